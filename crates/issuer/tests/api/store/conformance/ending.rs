//! A login session is ended, once and for good, and others can find out.

use std::sync::Arc;

use tegata_issuer::{
    login_session::{EndCause, Ended, LoginSession, Sid},
    store::{EndMark, Ending, Store},
};
use time::{Duration, OffsetDateTime};

use super::{FAR, Handles, at_once, begun, session_of, user};
use crate::app::LIFETIMES;

pub(in super::super) async fn a_session_is_ended_once(handles: &Handles) {
    let stores = handles.open_many(4).await;
    let (hanako, session) = begun(&stores[0], FAR).await;
    let (_, other) = begun(&stores[0], FAR).await;
    let (sid, id) = (session.id, hanako.id);
    let ends = at_once(&stores, 100, move |number, store| async move {
        let user = (number % 2 == 0).then_some(id);
        store.end_session(sid, user, out(FAR)).await.unwrap()
    });
    let ends: Vec<Ending> = ends.await.into_iter().flatten().collect();
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].user, Some(hanako.id));
    assert_eq!(cause(&stores[1], sid).await, Some(out(FAR)));
    let later = Ended {
        at: FAR + Duration::hours(1),
        cause: EndCause::EndedByAdmin,
    };
    assert_eq!(stores[2].end_session(sid, None, later).await.unwrap(), None);
    assert_eq!(
        cause(&stores[3], sid).await,
        Some(out(FAR)),
        "the first cause stays"
    );
    assert_eq!(cause(&stores[3], other.id).await, None);
}

pub(in super::super) async fn nobody_ends_the_session_of_another(handles: &Handles) {
    let store = handles.open().await;
    let (hanako, session) = begun(&store, FAR).await;
    let taro = user("taro");
    let ended = store.end_session(session.id, Some(taro.id), out(FAR));
    assert_eq!(ended.await.unwrap(), None);
    assert_eq!(cause(&store, session.id).await, None);
    let over = store.end_session(session.id, Some(hanako.id), out(session.live_until));
    assert_eq!(over.await.unwrap(), None, "what time has ended is over");
    let ended = store.end_session(session.id, Some(hanako.id), out(FAR));
    assert!(ended.await.unwrap().is_some());
}

pub(in super::super) async fn all_of_a_user_end_but_one(handles: &Handles) {
    let store = handles.open().await;
    let (hanako, own) = begun(&store, FAR).await;
    let (_, foreign) = begun(&store, FAR).await;
    for _ in 0..5 {
        store
            .begin_session(&session_of(&hanako, FAR))
            .await
            .unwrap();
    }
    let others = store.end_sessions_of(hanako.id, Some(own.id), out(FAR));
    assert_eq!(others.await.unwrap(), 5);
    let live = store.sessions_of(hanako.id, FAR, 10).await.unwrap();
    assert_eq!(live, std::slice::from_ref(&own));
    let again = store.end_sessions_of(hanako.id, Some(own.id), out(FAR));
    assert_eq!(again.await.unwrap(), 0);
    assert_eq!(
        store
            .end_sessions_of(hanako.id, None, out(FAR))
            .await
            .unwrap(),
        1
    );
    assert_eq!(cause(&store, foreign.id).await, None);
    assert_eq!(store.end_every_session(out(FAR)).await.unwrap(), 1);
    assert_eq!(cause(&store, foreign.id).await, Some(out(FAR)));
}

pub(in super::super) async fn live_sessions_are_listed_latest_first(handles: &Handles) {
    let store = handles.open().await;
    let (hanako, first) = begun(&store, FAR).await;
    let at = |minutes| FAR + Duration::minutes(minutes);
    let second = session_of(&hanako, at(1));
    let third = session_of(&hanako, at(2));
    for session in [&second, &third] {
        store.begin_session(session).await.unwrap();
    }
    begun(&store, FAR).await;
    let of = |now, limit| store.sessions_of(hanako.id, now, limit);
    assert_eq!(
        of(at(3), 10).await.unwrap(),
        [third.clone(), second.clone(), first.clone()]
    );
    assert_eq!(of(at(3), 2).await.unwrap(), [third.clone(), second.clone()]);
    store.end_session(third.id, None, out(at(3))).await.unwrap();
    assert_eq!(of(first.live_until, 10).await.unwrap(), [second]);
    assert_eq!(of(FAR + LIFETIMES.session, 10).await.unwrap(), []);
}

pub(in super::super) async fn pages_go_through_all_live_sessions(handles: &Handles) {
    let store = handles.open().await;
    let (hanako, first) = begun(&store, FAR).await;
    let mut all = vec![first];
    for _ in 0..24 {
        let session = session_of(&hanako, FAR);
        store.begin_session(&session).await.unwrap();
        all.push(session);
    }
    let ended = all.pop().unwrap();
    store.end_session(ended.id, None, out(FAR)).await.unwrap();
    all.sort_by_key(|session| session.id.to_string());
    for limit in [1, 7, 24, 100] {
        let mut found: Vec<LoginSession> = Vec::new();
        loop {
            let after = found.last().map(|session| session.id);
            let page = store.sessions_after(after, FAR, limit).await.unwrap();
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= limit);
            found.extend(page);
        }
        assert_eq!(found, all, "{limit} at a time");
    }
}

pub(in super::super) async fn what_was_ended_is_found_in_order(handles: &Handles) {
    let stores = handles.open_many(2).await;
    let (hanako, _) = begun(&stores[0], FAR).await;
    let mut expected = Vec::new();
    for number in 0..30 {
        let session = session_of(&hanako, FAR);
        stores[0].begin_session(&session).await.unwrap();
        // Ten at each of three moments.
        let at = FAR + Duration::milliseconds(number / 10);
        stores[0]
            .end_session(session.id, None, out(at))
            .await
            .unwrap();
        expected.push((at, session.id.to_string(), Some(session.tokens_until)));
    }
    expected.sort();
    for limit in [1, 3, 10, 100] {
        let mut mark = EndMark {
            at: FAR - Duration::milliseconds(1),
            sid: "AAAAAAAAAAAAAAAAAAAAAA".parse::<Sid>().unwrap(),
        };
        let mut found = Vec::new();
        loop {
            let page = stores[1].sessions_ended_after(mark, limit).await.unwrap();
            let Some(last) = page.last() else {
                break;
            };
            mark = last.mark;
            found.extend(
                page.iter()
                    .map(|end| (end.mark.at, end.mark.sid.to_string(), end.tokens_until)),
            );
        }
        assert_eq!(found, expected, "{limit} at a time");
    }
}

fn out(at: OffsetDateTime) -> Ended {
    Ended {
        at,
        cause: EndCause::SignedOut,
    }
}

async fn cause(store: &Arc<dyn Store>, sid: Sid) -> Option<Ended> {
    let found = store.session_with_user(sid).await.unwrap();
    found.unwrap().0.ended
}
