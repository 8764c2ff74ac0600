//! Documents of login sessions in which somebody has written. (Of users and of pages' sessions: through the front door
//! in `tests/mongodb/documents.rs`.)

use tegata_issuer::{
    login_session::{EndCause, Ended, Sid},
    store::{EndMark, LoginSessions as _, MongoStore, Users as _},
};
use tegata_mongod::Mongod;
use tegata_mongodb::Address;
use tegata_token::SystemRandom;
use time::Duration;

use super::conformance::{FAR, session_of, user};
use mongodb::bson::{Document, doc};

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
    let torn = sessions[0].id;
    let others = || sessions[1..].iter().map(|one| one.id).collect::<Vec<_>>();
    let by_hand = |change: Document| {
        let one = doc! { "q": { "_id": torn.to_string() }, "u": change };
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
    assert_eq!(store.end_every_session(ended).await.unwrap(), 3);
    by_hand(doc! { "$set": { "tokens_until": "soon" } });
    let start = EndMark {
        at: FAR,
        sid: Sid::new(&SystemRandom),
    };
    let told = store.sessions_ended_after(start, 2).await.unwrap();
    let mut told: Vec<Sid> = told.iter().map(|one| one.mark.sid).collect();
    told.sort_by_key(Sid::to_string);
    assert_eq!(told, others());

    by_hand(
        doc! { "$set": { "tokens_until": mongodb::bson::DateTime::from_millis(0) }, "$unset": { "ended_at": "" } },
    );
    let refused = store.session_with_user(torn).await.unwrap_err();
    assert!(refused.is_of_one_record(), "{refused}");
    let refused = refused.to_string();
    assert!(
        refused.contains(&format!("login_sessions/{torn}")) && refused.contains("end_cause"),
        "{refused}"
    );
    let live = store.sessions_after(None, FAR, 9).await.unwrap();
    assert!(live.is_empty(), "{live:?}");
}
