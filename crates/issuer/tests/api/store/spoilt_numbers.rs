//! A file in which somebody has written what SQLite takes and we never write: moments of no year, counts of no number,
//! half of an end. And what was spoilt does not count among what is asked for.

use tegata_issuer::{
    login_session::{EndCause, Ended, LoginSession, Sid},
    store::{EndMark, EndedSession, Ending, Which},
    throttle::{Account, Counter, Tally},
};
use tegata_token::SystemRandom;
use time::Duration;

use super::{conformance::NOW, spoilt::Spoilt};
use crate::log;

#[tokio::test]
async fn a_moment_of_no_year_spoils_that_record_alone() {
    let world = Spoilt::new().await;
    let (user, session) = (world.users[0].id, world.sessions[0].id);
    for column in ["created_at", "updated_at"] {
        world.by_hand(&format!(
            "UPDATE user SET {column} = {} WHERE id = '{user}'",
            i64::MAX
        ));
        let refused = world.store.user_by_id(user).await.unwrap_err();
        assert!(refused.is_of_one_record(), "{refused}");
        let refused = refused.to_string();
        assert!(
            refused.contains(&format!("the user {user}: {column}")),
            "{refused}"
        );
        world.by_hand(&format!("UPDATE user SET {column} = 0 WHERE id = '{user}'"));
    }
    for column in ["created_at", "used_at", "tokens_until", "rotated_at"] {
        world.by_hand(&format!(
            "UPDATE login_session SET {column} = {} WHERE id = '{session}'",
            i64::MIN
        ));
        let refused = world.store.session_with_user(session).await.unwrap_err();
        let refused = refused.to_string();
        assert!(
            refused.contains(&format!("the login_session {session}: {column}")),
            "{refused}"
        );
        world.by_hand(&format!(
            "UPDATE login_session SET {column} = 0 WHERE id = '{session}'"
        ));
    }
}

#[tokio::test]
async fn a_session_whose_end_was_half_taken_away_does_not_live_again() {
    let world = Spoilt::new().await;
    let id = world.sessions[0].id;
    let ended = Ended {
        at: NOW + Duration::minutes(1),
        cause: EndCause::SignedOut,
    };
    let ends = world.store.end_session(id, None, ended).await;
    ends.unwrap().expect("it was live");

    world.by_hand(&format!(
        "UPDATE login_session SET ended_at = NULL WHERE id = '{id}'"
    ));

    let refused = world.store.session_with_user(id).await.unwrap_err();
    let refused = refused.to_string();
    assert!(
        refused.contains(&format!("the login_session {id}: end_cause")),
        "{refused}"
    );
    let live = world.store.sessions_after(None, NOW, 10).await.unwrap();
    assert!(live.iter().all(|one| one.id != id));
    // And one whose end is of no year has ended.
    world.by_hand(&format!(
        "UPDATE login_session SET ended_at = {} WHERE id = '{id}'",
        i64::MAX
    ));
    let (session, _) = world.store.session_with_user(id).await.unwrap().unwrap();
    assert!(session.ended.is_some());
}

#[tokio::test]
async fn a_count_that_cannot_be_read_holds_nobody_back_and_is_mended_by_the_next() {
    log::capture();
    let world = Spoilt::new().await;
    let account = Account::of_user(world.users[0].id);
    let of = [Counter::account(&account)];
    for (column, value) in [
        ("count", -1),
        ("count", 2_000_000_000),
        ("count", 1 << 32),
        ("count", i64::MAX),
        ("at", i64::MIN),
        ("until", i64::MAX),
    ] {
        world.store.forget_attempts(&of).await.unwrap();
        world.store.count_attempt(&of, NOW).await.unwrap();
        world.by_hand(&format!("UPDATE attempt SET {column} = {value}"));

        let counted = world.store.attempts(&of, NOW).await.unwrap();
        assert_eq!(counted, [Tally::NONE], "{column} = {value}");
        log::said(&format!(
            "the attempt account/u-{}: {column} cannot be read",
            world.users[0].id
        ));
        let told = world.store.attempts_at(&account, NOW, 10).await.unwrap();
        assert_eq!(told, [], "{column} = {value}");
        let next = world.store.count_attempt(&of, NOW).await.unwrap();
        assert!((1..=2).contains(&next[0].count), "{next:?}");
        if column == "count" {
            assert_eq!(next[0].count, 1, "{value}");
        }
        assert_eq!(next[0].at, NOW);
        assert_eq!(world.store.attempts(&of, NOW).await.unwrap(), next);
    }
}

#[tokio::test]
async fn what_cannot_be_read_does_not_count_among_what_is_asked_for() {
    let world = Spoilt::new().await;
    let mut ids: Vec<String> = world
        .sessions
        .iter()
        .map(|one| one.id.to_string())
        .collect();
    ids.sort();
    // A page that lacks it would be taken for the last one.
    world.by_hand(&format!(
        "UPDATE login_session SET generation = -1 WHERE id = '{}'",
        ids[0]
    ));
    let live = world.store.sessions_after(None, NOW, 2).await.unwrap();
    let live: Vec<String> = live.iter().map(|one| one.id.to_string()).collect();
    assert_eq!(live, ids[1..]);

    world.by_hand("UPDATE login_session SET generation = 0");
    let at = NOW + Duration::minutes(1);
    let ended = Ended {
        at,
        cause: EndCause::EndedByAdmin,
    };
    assert_eq!(world.store.end_every_session(ended).await.unwrap(), 3);
    world.by_hand(&format!(
        "UPDATE login_session SET id = 'torn' WHERE id = '{}'",
        ids[0]
    ));
    let told = world.ended(2).await;
    let told: Vec<String> = told.iter().map(|one| one.mark.sid.to_string()).collect();
    assert_eq!(told, ids[1..]);
}

#[tokio::test]
async fn an_end_stays_whatever_becomes_of_the_moments_beside_it() {
    let world = Spoilt::new().await;
    let ended = Ended {
        at: NOW + Duration::minutes(1),
        cause: EndCause::SignedOut,
    };
    assert_eq!(world.store.end_every_session(ended).await.unwrap(), 3);
    let id = world.sessions[0].id;
    for (torn, tokens_until) in [
        // Of no year, and from before the session.
        (format!("tokens_until = {}", i64::MAX), None),
        (format!("tokens_until = {}", i64::MIN), None),
        ("tokens_until = 0".to_owned(), None),
        (
            format!("created_at = {}", i64::MAX),
            Some(world.sessions[0].tokens_until),
        ),
    ] {
        let [created_at, before] = [
            &world.sessions[0].created_at,
            &world.sessions[0].tokens_until,
        ]
        .map(|at| at.unix_timestamp_nanos() / 1_000_000);
        world.by_hand(&format!(
            "UPDATE login_session SET created_at = {created_at}, tokens_until = {before};
             UPDATE login_session SET {torn} WHERE id = '{id}'"
        ));

        let told = world.ended(9).await;
        assert_eq!(told.len(), 3, "{torn}");
        for one in told {
            let expected = if one.mark.sid == id {
                tokens_until
            } else {
                Some(world.sessions[0].tokens_until)
            };
            assert_eq!(one.tokens_until, expected, "{torn}");
        }
    }
}

#[tokio::test]
async fn a_session_of_which_something_cannot_be_read_can_be_ended() {
    let world = Spoilt::new().await;
    let ended = Ended {
        at: NOW + Duration::minutes(1),
        cause: EndCause::SignedOut,
    };
    let [nobody, hers, theirs] = &world.sessions[..] else {
        panic!("three");
    };
    for (session, torn) in [
        (nobody, "user = 'nobody'"),
        (
            hers,
            "address = 'nonsense', generation = -1, used_at = 1 << 62",
        ),
    ] {
        let id = session.id;
        world.by_hand(&format!(
            "UPDATE login_session SET {torn} WHERE id = '{id}'"
        ));
    }
    let end = |session: &LoginSession, user| world.store.end_session(session.id, user, ended);

    assert_eq!(end(nobody, Some(nobody.user)).await.unwrap(), None);
    let ending = end(nobody, None).await.unwrap();
    assert_eq!(ending, Some(Ending { user: None }));
    assert_eq!(end(hers, Some(theirs.user)).await.unwrap(), None);
    let ending = end(hers, Some(hers.user)).await.unwrap();
    let user = Some(hers.user);
    assert_eq!(ending, Some(Ending { user }));
    assert_eq!(end(hers, None).await.unwrap(), None, "once");
    assert_eq!(world.ended(9).await.len(), 2);
}

impl Spoilt {
    /// Those that were ended after they began.
    async fn ended(&self, limit: usize) -> Vec<EndedSession> {
        let start = EndMark {
            at: NOW,
            sid: Sid::new(&SystemRandom),
        };
        self.store.sessions_ended_after(start, limit).await.unwrap()
    }
}

#[tokio::test]
async fn an_event_without_a_kind_is_left_out_and_not_overlooked() {
    let world = Spoilt::new().await;
    let events = world.two_events().await;
    world.by_hand(&format!(
        "UPDATE event SET kind = '' WHERE id = '{}'",
        events[0].id
    ));
    for without_refreshes in [false, true] {
        let which = Which {
            without_refreshes,
            ..Which::default()
        };
        let told = world.store.events_before(None, which, 1).await.unwrap();
        assert_eq!(told, [events[1].clone()]);
    }
    world.by_hand("UPDATE event SET kind = 'login', count = -1");
    let told = world.store.events_before(None, Which::default(), 9).await;
    assert_eq!(told.unwrap(), [], "a count that is none");
}
