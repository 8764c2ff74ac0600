//! A login session goes on: one atomic step from one refresh token to the next.

use std::{collections::BTreeSet, sync::Arc};

use tegata_issuer::{
    login_session::{EndCause, Ended, LoginSession, Owner, Sid, Turn},
    store::{Store, Turned},
    user::User,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{FAR, Handles, at_once, begun, disabling, session_of, user, with_email};
use crate::app::LIFETIMES;

pub(in super::super) async fn a_session_comes_back_whole(handles: &Handles) {
    let store = handles.open().await;
    let hanako = with_email("hanako", "h@example.com");
    store.add_user(&hanako).await.unwrap();
    let plain = session_of(&hanako, FAR);
    let mut full = session_of(&hanako, FAR + Duration::milliseconds(7));
    full.client.address = Some("2001:db8::9".parse().unwrap());
    full.client.user_agent = Some("curl/8 '\"$ne\"; DROP TABLE user".to_owned());
    for session in [&plain, &full] {
        store.begin_session(session).await.unwrap();
    }
    let other = handles.open().await;
    for session in [plain, full] {
        let found = other.session_with_user(session.id).await.unwrap();
        assert_eq!(found, Some((session, Some(hanako.clone()))));
    }
    let unknown = Sid::new(&tegata_token::SystemRandom);
    assert_eq!(other.session_with_user(unknown).await.unwrap(), None);
    assert_eq!(turn(&store, unknown, 0, FAR).await, Turned::Unknown);
}

pub(in super::super) async fn of_100_rotations_of_one_token_all_hold_one_successor(
    handles: &Handles,
) {
    let stores = handles.open_many(4).await;
    let (hanako, session) = begun(&stores[0], FAR).await;
    for generation in 0..3 {
        let now = FAR + Duration::minutes(15) * (generation + 1);
        let sid = session.id;
        let turned = at_once(&stores, 100, move |_, store| async move {
            turn(&store, sid, generation as u32, now).await
        });
        for turned in turned.await {
            let (next, theirs) = goes_on(turned);
            assert_eq!(next.generation, generation as u32 + 1);
            assert_eq!(theirs, hanako);
        }
        let (kept, _) = kept(&stores[1], sid).await;
        assert_eq!(kept.generation, generation as u32 + 1, "one step");
        assert_eq!((kept.used_at, kept.rotated_at), (now, now));
        assert_eq!(kept.tokens_until, now + LIFETIMES.access_token);
        assert_eq!(kept.live_until, now + LIFETIMES.idle);
        assert_eq!(kept.ends_at, session.ends_at);
    }
}

pub(in super::super) async fn a_lost_answer_is_given_again_within_the_grace(handles: &Handles) {
    let store = handles.open().await;
    let (_, session) = begun(&store, FAR).await;
    let (first, _) = goes_on(turn(&store, session.id, 0, FAR).await);
    for seconds in [0, 1, 29] {
        let now = FAR + Duration::seconds(seconds);
        let (again, _) = goes_on(turn(&store, session.id, 0, now).await);
        assert_eq!(again.generation, first.generation, "{seconds} s");
        assert_eq!(
            again.rotated_at, first.rotated_at,
            "the grace is not prolonged"
        );
    }
    let last = FAR + LIFETIMES.grace - Duration::milliseconds(1);
    let (again, _) = goes_on(turn(&store, session.id, 0, last).await);
    assert_eq!(again.tokens_until, last + LIFETIMES.access_token);
    goes_on(turn(&store, session.id, 1, last).await);
}

pub(in super::super) async fn a_replay_after_the_grace_ends_the_session(handles: &Handles) {
    let store = handles.open().await;
    let (_, session) = begun(&store, FAR).await;
    let (_, untouched) = begun(&store, FAR).await;
    goes_on(turn(&store, session.id, 0, FAR).await);
    let late = FAR + LIFETIMES.grace;
    let turned = turn(&store, session.id, 0, late).await;
    assert!(
        matches!(turned, Turned::Ended(_, EndCause::RefreshReused)),
        "{turned:?}"
    );
    let reused = Some(ended(late, EndCause::RefreshReused));
    assert_eq!(kept(&store, session.id).await.0.ended, reused);
    // Neither the thief's token nor the owner's continues it.
    for generation in [0, 1, 2] {
        let turned = turn(&store, session.id, generation, late).await;
        assert!(
            matches!(turned, Turned::Over(_, EndCause::RefreshReused)),
            "{turned:?}"
        );
    }
    goes_on(turn(&store, untouched.id, 0, late).await);
}

pub(in super::super) async fn a_replay_of_an_older_token_ends_it_at_any_time(handles: &Handles) {
    let store = handles.open().await;
    let (_, session) = begun(&store, FAR).await;
    for generation in 0..3 {
        goes_on(turn(&store, session.id, generation, FAR).await);
    }
    // All in one moment: the grace is for the last one only.
    goes_on(turn(&store, session.id, 2, FAR).await);
    let turned = turn(&store, session.id, 1, FAR).await;
    assert!(
        matches!(turned, Turned::Ended(_, EndCause::RefreshReused)),
        "{turned:?}"
    );
}

pub(in super::super) async fn of_100_replays_one_ends_the_session(handles: &Handles) {
    let stores = handles.open_many(4).await;
    let (_, session) = begun(&stores[0], FAR).await;
    goes_on(turn(&stores[0], session.id, 0, FAR).await);
    let late = FAR + Duration::minutes(1);
    let sid = session.id;
    let turned = at_once(&stores, 100, move |_, store| async move {
        turn(&store, sid, 0, late).await
    });
    let turned = turned.await;
    let ends = turned
        .iter()
        .filter(|one| matches!(one, Turned::Ended(..)))
        .count();
    let over = turned
        .iter()
        .filter(|one| matches!(one, Turned::Over(..)))
        .count();
    assert_eq!((ends, over), (1, 99));
}

pub(in super::super) async fn a_clock_that_was_set_back_ends_nothing(handles: &Handles) {
    let store = handles.open().await;
    let (_, session) = begun(&store, FAR).await;
    let back = FAR - Duration::hours(3);
    let (first, _) = goes_on(turn(&store, session.id, 0, FAR + Duration::minutes(15)).await);
    let (again, _) = goes_on(turn(&store, session.id, 0, back).await);
    assert_eq!(again.generation, first.generation);
    let (second, _) = goes_on(turn(&store, session.id, 1, back).await);
    assert_eq!(second.generation, 2);
    assert_eq!(second.used_at, first.used_at, "use does not go back");
    let (again, _) = goes_on(turn(&store, session.id, 1, back).await);
    assert_eq!(again.generation, 2);
}

pub(in super::super) async fn a_store_set_back_to_a_backup_goes_on_from_the_token(
    handles: &Handles,
) {
    let store = handles.open().await;
    let (_, session) = begun(&store, FAR).await;
    let (next, _) = goes_on(turn(&store, session.id, 7, FAR).await);
    assert_eq!(next.generation, 8);
    let (again, _) = goes_on(turn(&store, session.id, 7, FAR).await);
    assert_eq!(again.generation, 8);
}

pub(in super::super) async fn time_ends_a_session_and_says_so(handles: &Handles) {
    let store = handles.open().await;
    let (_, idle) = begun(&store, FAR).await;
    let used = FAR + LIFETIMES.idle - Duration::milliseconds(1);
    goes_on(turn(&store, idle.id, 0, used).await);
    let turned = turn(&store, idle.id, 1, used + LIFETIMES.idle).await;
    assert!(
        matches!(turned, Turned::Over(_, EndCause::Expired)),
        "{turned:?}"
    );

    let (_, busy) = begun(&store, FAR).await;
    let (mut now, mut generation) = (FAR, 0);
    while now < busy.ends_at {
        let (next, _) = goes_on(turn(&store, busy.id, generation, now).await);
        assert!(next.live_until <= busy.ends_at);
        assert!(
            next.tokens_until <= busy.ends_at,
            "no token outlives its session"
        );
        generation = next.generation;
        now += LIFETIMES.idle - Duration::hours(1);
    }
    let turned = turn(&store, busy.id, generation, busy.ends_at).await;
    assert!(
        matches!(turned, Turned::Over(_, EndCause::Expired)),
        "{turned:?}"
    );
}

pub(in super::super) async fn whoever_was_disabled_or_is_gone_does_not_go_on(handles: &Handles) {
    let store = handles.open().await;
    let (hanako, session) = begun(&store, FAR).await;
    let disabled = store.change_user(hanako.id, &disabling(true), FAR).await;
    disabled.unwrap();
    let turned = turn(&store, session.id, 0, FAR).await;
    assert!(
        matches!(turned, Turned::Ended(_, EndCause::UserDisabled)),
        "{turned:?}"
    );
    let enabled = store.change_user(hanako.id, &disabling(false), FAR).await;
    enabled.unwrap();
    let turned = turn(&store, session.id, 0, FAR).await;
    assert!(
        matches!(turned, Turned::Over(_, EndCause::UserDisabled)),
        "it stays ended: {turned:?}"
    );

    let nobody = User {
        id: Uuid::from_u128(1),
        ..user("nobody")
    };
    let session = session_of(&nobody, FAR);
    store.begin_session(&session).await.unwrap();
    let turned = turn(&store, session.id, 0, FAR).await;
    assert!(
        matches!(turned, Turned::Ended(_, EndCause::UserDeleted)),
        "{turned:?}"
    );
}

pub(in super::super) async fn an_end_among_rotations_stays(handles: &Handles) {
    let stores = handles.open_many(4).await;
    let (_, session) = begun(&stores[0], FAR).await;
    let sid = session.id;
    let signed_out = ended(FAR, EndCause::SignedOut);
    let outcomes = at_once(&stores, 100, move |number, store| async move {
        if number == 50 {
            store.end_session(sid, None, signed_out).await.unwrap();
            return None;
        }
        Some(turn(&store, sid, 0, FAR).await)
    });
    let seen: BTreeSet<&str> = outcomes
        .await
        .iter()
        .flatten()
        .map(|turned| match turned {
            Turned::GoesOn(next, _) => {
                assert_eq!(next.generation, 1);
                "goes on"
            }
            Turned::Over(_, EndCause::SignedOut) => "over",
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(!seen.is_empty());
    assert_eq!(kept(&stores[2], sid).await.0.ended, Some(signed_out));
    let turned = turn(&stores[3], sid, 1, FAR).await;
    assert!(
        matches!(turned, Turned::Over(_, EndCause::SignedOut)),
        "{turned:?}"
    );
}

async fn turn(store: &Arc<dyn Store>, sid: Sid, generation: u32, at: OffsetDateTime) -> Turned {
    let known = store.session_with_user(sid).await.unwrap();
    let owner = known.map_or(Uuid::nil(), |(session, _)| session.user);
    let turn = Turn {
        sid,
        generation,
        owner: Owner::of(owner),
        at,
        lifetimes: LIFETIMES,
    };
    store.turn_session(&turn).await.unwrap()
}

#[track_caller]
fn goes_on(turned: Turned) -> (LoginSession, User) {
    match turned {
        Turned::GoesOn(session, user) => (session, *user),
        other => panic!("{other:?}"),
    }
}

async fn kept(store: &Arc<dyn Store>, sid: Sid) -> (LoginSession, Option<User>) {
    store.session_with_user(sid).await.unwrap().unwrap()
}

fn ended(at: OffsetDateTime, cause: EndCause) -> Ended {
    Ended { at, cause }
}
