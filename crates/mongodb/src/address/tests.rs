use super::*;

#[test]
fn an_address_shows_where_and_not_who() {
    let address = Address::parse(
        "mongodb://hana:plum%40gate@a.example:27017,b.example/tegata?replicaSet=rs0&authSource=admin",
    )
    .unwrap();
    assert_eq!(address.database(), "tegata");
    for shown in [address.to_string(), format!("{address:?}")] {
        assert!(
            shown.contains("a.example:27017,b.example:27017/tegata"),
            "{shown}"
        );
        assert!(
            !shown.contains("hana") && !shown.contains("plum"),
            "{shown}"
        );
    }
}

#[test]
fn a_collection_stands_after_its_database() {
    for (text, place, collection) in [
        ("mongodb://h/db.users", "mongodb://h:27017/db", "users"),
        (
            "mongodb://u:p%2Fw@h:1,i:2/db.app.users?tls=true",
            "mongodb://h:1,i:2/db",
            "app.users",
        ),
    ] {
        let (address, found) = Address::of_collection(text).unwrap();
        assert_eq!(
            (address.to_string().as_str(), found.as_str()),
            (place, collection)
        );
    }
    for text in [
        "mongodb://h",
        "mongodb://h/",
        "mongodb://h/db",
        "mongodb://h/db.",
        "mongodb://h/.users",
    ] {
        let refused = Address::of_collection(text).unwrap_err();
        assert_eq!(refused, BadAddress::NoCollection, "{text}");
    }
}

#[tokio::test]
async fn a_collection_is_read_as_its_address_says_by_a_user_of_its_database() {
    let text = "mongodb://hana:plum@h/db.users?readPreference=secondary";
    let (address, _) = Address::of_collection(text).unwrap();
    let options = address.options().await.unwrap();
    assert_eq!(options.credential.unwrap().source.as_deref(), Some("db"));
    assert!(matches!(
        options.selection_criteria,
        Some(SelectionCriteria::ReadPreference(
            ReadPreference::Secondary { .. }
        ))
    ));
}

#[test]
fn whose_password_is_missing_is_known() {
    for (text, lacking) in [
        ("mongodb://hana@h/d", Some("hana")),
        ("mongodb://hana:@h/d", Some("hana")),
        ("mongodb://hana:plum@h/d", None),
        ("mongodb://h/d", None),
        ("mongodb://hana@h/d?authMechanism=MONGODB-X509", None),
    ] {
        let address = Address::parse(text).unwrap();
        assert_eq!(address.lacks_password_of(), lacking, "{text}");
        let completed = address.with_password("plum".to_owned());
        assert_eq!(completed.lacks_password_of(), None, "{text}");
    }
}

#[tokio::test]
async fn an_address_cannot_ask_for_less_than_durable_writes_and_fresh_reads() {
    let address = Address::parse("mongodb://h/d?w=0&journal=false&readPreference=secondary");
    let options = address.unwrap().options().await.unwrap();
    let mut durable = WriteConcern::majority();
    durable.journal = Some(true);
    assert_eq!(options.write_concern, Some(durable));
    assert_eq!(
        options.selection_criteria,
        Some(SelectionCriteria::ReadPreference(ReadPreference::Primary))
    );
    assert_eq!(
        options.server_selection_timeout,
        Some(SERVER_SELECTION_TIMEOUT)
    );
}

#[tokio::test]
async fn a_setting_of_the_pool_goes_before_the_address_and_that_before_the_default() {
    let sized = async |text: &str, max, min| {
        let address = Address::parse(text).unwrap();
        let address = address.with_pool_size(PoolSize { max, min }).unwrap();
        let options = address.options().await.unwrap();
        (options.max_pool_size, options.min_pool_size)
    };
    assert_eq!(sized("mongodb://h/d", None, None).await, (Some(20), None));
    let own = "mongodb://h/d?maxPoolSize=7&minPoolSize=2";
    assert_eq!(sized(own, None, None).await, (Some(7), Some(2)));
    assert_eq!(sized(own, Some(9), Some(3)).await, (Some(9), Some(3)));
    let upside_down = Address::parse(own).unwrap().with_pool_size(PoolSize {
        max: Some(1),
        min: None,
    });
    assert_eq!(upside_down.unwrap_err(), BadAddress::PoolSize);
}
