use serde_json::json;
use tegata_token::SystemRandom;
use time::macros::datetime;

use super::*;

const HASH: &str = "$2b$04$qs2Zyl/YBBc/eEc/FmPdy.uTCtZSxm3mqfLo5VHzTJ2nozRMM48.W";
const NOW: OffsetDateTime = datetime!(2026-01-31 09:30 UTC);

fn describe(members: Value) -> Result<Described, BadRecord> {
    let Value::Object(members) = members else {
        panic!("an object")
    };
    Record::new(members).describe(NOW, &SystemRandom)
}

/// A record that is good but for one member.
fn with(name: &str, value: Value) -> Result<User, BadRecord> {
    let mut record = json!({ "username": "hanako", "password_hash": HASH });
    record[name] = value;
    describe(record).map(|described| described.user)
}

#[test]
fn a_document_of_the_fastapi_tutorial_is_a_user() {
    let described = describe(json!({
        "username": "johndoe",
        "full_name": "John Doe",
        "email": "johndoe@example.com",
        "hashed_password": HASH,
        "disabled": false,
    }));
    let Described { user, has_id } = described.unwrap();
    assert_eq!(user.username.as_str(), "johndoe");
    assert_eq!(user.name.unwrap().as_str(), "John Doe");
    assert_eq!(user.email.unwrap().as_str(), "johndoe@example.com");
    assert_eq!(user.password_hash.as_stored(), HASH);
    assert_eq!((user.created_at, user.updated_at), (NOW, NOW));
    assert!(!user.disabled && !has_id && user.id.get_version_num() == 7);
}

#[test]
fn roles_are_a_list_or_a_text_of_words() {
    for roles in [
        json!(["admin", "editor"]),
        json!("admin editor"),
        json!("admin,editor"),
        json!(" admin; editor "),
        json!("admin|editor"),
    ] {
        assert_eq!(
            with("roles", roles.clone()).unwrap().roles,
            ["admin", "editor"],
            "{roles}"
        );
    }
    assert_eq!(with("roles", json!("")).unwrap().roles, [""; 0]);
    let many = |count| json!(vec!["r".repeat(64); count]);
    assert_eq!(with("roles", many(64)).unwrap().roles.len(), 64);
    assert_eq!(with("roles", many(65)), Err(BadName::Roles.into()));
    for bad in [json!(["a b"]), json!([1]), json!("a/b"), json!(7)] {
        assert!(with("roles", bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn whoever_was_locked_out_stays_so_under_either_name_of_it() {
    let disabled = |name: &str, value: Value| with(name, value).map(|user| user.disabled);
    for yes in [json!(true), json!(1), json!("True"), json!("t"), json!("1")] {
        assert_eq!(disabled("disabled", yes.clone()), Ok(true), "{yes}");
        assert_eq!(disabled("is_active", yes.clone()), Ok(false), "{yes}");
    }
    for no in [json!(false), json!(0), json!("FALSE"), json!("f")] {
        assert_eq!(disabled("disabled", no.clone()), Ok(false), "{no}");
        assert_eq!(disabled("active", no.clone()), Ok(true), "{no}");
    }
    assert_eq!(disabled("disabled", Value::Null), Ok(false));
    assert!(disabled("disabled", json!("perhaps")).is_err());
}

#[test]
fn an_id_and_times_are_kept() {
    let id = "0190a5e2-7f2c-7c3a-9b6e-1f2d3c4b5a69";
    assert_eq!(with("id", json!(id)).unwrap().id.to_string(), id);
    let user = with("created_at", json!("2024-05-01T12:00:00.1239+09:00")).unwrap();
    assert_eq!(user.created_at, datetime!(2024-05-01 3:00:00.123 UTC));
    assert_eq!(user.updated_at, NOW);
    let (seconds, _) = user.id.get_timestamp().unwrap().to_unix();
    assert_eq!(
        i64::try_from(seconds),
        Ok(user.created_at.unix_timestamp()),
        "a new id sorts by creation"
    );
    for bad in [
        json!(7),
        json!("7"),
        json!("00000000-0000-0000-0000-000000000000"),
    ] {
        assert!(with("id", bad.clone()).is_err(), "{bad}");
    }
    for bad in [json!(1_714_532_400), json!("2024-05-01 12:00:00")] {
        assert!(with("updated_at", bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn a_refusal_names_the_member() {
    let refused = |name: &str, value: Value| with(name, value).unwrap_err().to_string();
    assert_eq!(refused("username", Value::Null), "there is no username");
    assert_eq!(
        refused("password_hash", json!(" ")),
        "there is no password hash"
    );
    assert_eq!(refused("email", json!(7)), "email should be a text");
    assert!(refused("email", json!("nowhere")).starts_with("Email should be"));
    assert!(refused("full_name", json!("a\nb")).starts_with("Name should have"));
    assert!(refused("username", json!("a b")).starts_with("Username should have"));
}

#[test]
fn what_may_be_a_hash_in_the_wrong_place_is_no_label_and_not_in_debug() {
    let record = |username: &str| {
        let mut members = Map::new();
        members.insert("username".to_owned(), json!(username));
        Record::new(members)
    };
    assert_eq!(record(HASH).label(), None);
    assert_eq!(record(" hanako ").label().as_deref(), Some("hanako"));
    assert_eq!(record(&"x".repeat(80)).label().unwrap().chars().count(), 65);
    assert!(!format!("{:?}", record(HASH)).contains("$2b$"));
}
