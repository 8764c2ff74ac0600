//! Documents of login sessions, and of counts, in which somebody has written. (Of users and of pages' sessions: through the front door
//! in `tests/mongodb/documents.rs`.)

use tegata_issuer::{
    login_session::{EndCause, Ended, Sid},
    store::{Attempts as _, EndMark, Ending, LoginSessions as _, MongoStore, Users as _},
    throttle::{Account, Counter, Tally},
};
use tegata_mongod::Mongod;
use tegata_mongodb::Address;
use tegata_token::SystemRandom;
use time::Duration;

use super::conformance::{FAR, session_of, user};
use mongodb::bson::{Bson, DateTime, Document, doc};

const DATABASE: &str = "spoilt_sessions";

#[tokio::test]
async fn a_torn_session_does_not_live_again_nor_count_among_what_is_asked_for() {
    let server = Mongod::shared_standalone();
    let store = MongoStore::new(Address::parse(&server.uri(DATABASE)).unwrap());
    store.database().prepare().await.unwrap();
    let hanako = user("hanako");
    store.add_user(&hanako).await.unwrap();
    let mut sessions = [0; 3].map(|_| session_of(&hanako, FAR));
    sessions.sort_by_key(|one| one.id.to_string());
    for session in &sessions {
        store.begin_session(session).await.unwrap();
    }
    let torn_id = sessions[0].id;
    let others = || sessions[1..].iter().map(|one| one.id).collect::<Vec<_>>();
    let by_hand = |change: Document| {
        let one = doc! { "q": { "_id": torn_id.to_string() }, "u": change };
        server.command(
            DATABASE,
            doc! { "update": "login_sessions", "updates": [one] },
        );
    };

    // A page that lacks it would be taken for the last one.
    by_hand(doc! { "$set": { "generation": "by a pen in a shell" } });
    let live = store.sessions_after(None, FAR, 2).await.unwrap();
    assert_eq!(live.iter().map(|one| one.id).collect::<Vec<_>>(), others());
    by_hand(doc! { "$set": { "generation": 0_i64 } });

    let ended = Ended {
        at: FAR + Duration::minutes(1),
        cause: EndCause::SignedOut,
    };
    by_hand(doc! { "$set": { "address": "nonsense" } });
    let ending = store.end_session(torn_id, Some(hanako.id), ended).await;
    let user = Some(hanako.id);
    assert_eq!(ending.unwrap(), Some(Ending { user }), "it can be ended");
    by_hand(doc! { "$unset": { "address": "" } });
    assert_eq!(store.end_every_session(ended).await.unwrap(), 2);
    let start = EndMark {
        at: FAR,
        sid: Sid::new(&SystemRandom),
    };
    for torn in [
        Bson::from("soon"),
        Bson::Null,
        DateTime::from_millis(0).into(),
    ] {
        by_hand(doc! { "$set": { "tokens_until": torn.clone() } });
        let told = store.sessions_ended_after(start, 9).await.unwrap();
        assert_eq!(told.len(), 3, "{torn}");
        for one in told {
            let expected = (one.mark.sid != torn_id).then_some(sessions[1].tokens_until);
            assert_eq!(one.tokens_until, expected, "{torn}");
        }
    }

    by_hand(
        doc! { "$set": { "tokens_until": DateTime::from_millis(0) }, "$unset": { "ended_at": "" } },
    );
    let refused = store.session_with_user(torn_id).await.unwrap_err();
    assert!(refused.is_of_one_record(), "{refused}");
    let refused = refused.to_string();
    assert!(
        refused.contains(&format!("login_sessions/{torn_id}")) && refused.contains("end_cause"),
        "{refused}"
    );
    let live = store.sessions_after(None, FAR, 9).await.unwrap();
    assert!(live.is_empty(), "{live:?}");
}

#[tokio::test]
async fn a_count_that_we_do_not_write_holds_nobody_back_and_is_begun_anew() {
    let server = Mongod::shared_standalone();
    let uri = server.fresh_uri();
    let address = Address::parse(&uri).unwrap();
    let database = uri.rsplit('/').next().unwrap().split('?').next().unwrap();
    let store = MongoStore::new(address);
    store.database().prepare().await.unwrap();
    let hanako = user("hanako").id;
    let account = Account::of_user(hanako);
    let of = [Counter::account(&account)];
    for count in [
        Bson::Int64(2_000_000_000),
        Bson::Int32(2_000_000_000),
        Bson::Int32(1_000_001),
        Bson::Int64(i64::MAX),
        Bson::Int32(-5),
    ] {
        store.count_attempt(&of, FAR).await.unwrap();
        let change = doc! { "$set": { "count": count.clone() } };
        let one = doc! { "q": { "_id": format!("account/u-{hanako}") }, "u": change };
        server.command(database, doc! { "update": "attempts", "updates": [one] });

        let counted = store.attempts(&of, FAR).await.unwrap();
        assert_eq!(counted, [Tally::NONE], "{count:?}");
        let told = store.attempts_at(&account, FAR, 10).await.unwrap();
        assert_eq!(told, [], "{count:?}");
        let next = store.count_attempt(&of, FAR).await.unwrap();
        assert_eq!(next[0].count, 1, "{count:?}");
        assert_eq!(store.attempts(&of, FAR).await.unwrap(), next);
    }
}
