//! Audit events: what was kept is told, latest first, and changes no more.

use std::sync::Arc;

use tegata_issuer::{
    event::{Act, Actor, By, Event, Kind},
    login_session::Sid,
    store::{Store, Which},
    user::user_id,
};
use tegata_server::Client;
use tegata_token::SystemRandom;
use time::Duration;
use uuid::Uuid;

use super::{Handles, NOW, at_once};

/// So many milliseconds after [`NOW`].
fn event(millis: i64, user: Option<Uuid>) -> Event {
    let at = NOW + Duration::milliseconds(millis);
    let act = By::nobody(Client::default()).did(Kind::Login);
    Event {
        id: user_id(at, &SystemRandom),
        at,
        act: Act { user, ..act },
    }
}

fn of(user: Option<Uuid>) -> Which {
    Which {
        user,
        ..Which::default()
    }
}

async fn told(store: &Arc<dyn Store>, user: Option<Uuid>) -> Vec<Event> {
    store.events_before(None, of(user), 10_000).await.unwrap()
}

pub(in super::super) async fn an_event_of_every_kind_comes_back_whole(handles: &Handles) {
    let store = handles.open().await;
    let (user, actor) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut events: Vec<Event> = (0..)
        .zip(Kind::ALL)
        .map(|(millis, kind)| {
            let plain = event(millis, None);
            let act = Act { kind, ..plain.act };
            Event { act, ..plain }
        })
        .collect();
    for (millis, (actor, address)) in (100..).zip([
        (Actor::Nobody, "203.0.113.9"),
        (Actor::CommandLine, "2001:db8::1"),
        (Actor::User(actor), "0.0.0.0"),
    ]) {
        let plain = event(millis, Some(user));
        let from = Client {
            address: Some(address.parse().unwrap()),
            user_agent: Some("{\"$ne\":null}'; DROP TABLE event; --".repeat(12)),
        };
        let act = Act {
            by: By { actor, from },
            session: Some(Sid::new(&SystemRandom)),
            client_id: Some("billing".to_owned()),
            cause: Some("$where".to_owned()),
            count: Some(u64::try_from(i64::MAX).unwrap()),
            ..plain.act
        };
        events.push(Event { act, ..plain });
    }
    store.add_events(&events).await.unwrap();
    store.add_events(&[]).await.unwrap();
    events.reverse();
    let there = told(&store, None).await;
    assert_eq!(there, events);
    assert_eq!(told(&handles.open().await, None).await, events);
}

pub(in super::super) async fn an_event_that_is_added_again_stays_as_it_was(handles: &Handles) {
    let store = handles.open().await;
    let (first, second) = (event(0, None), event(1, None));
    store
        .add_events(std::slice::from_ref(&first))
        .await
        .unwrap();
    let other = Act {
        kind: Kind::Logout,
        ..first.act.clone()
    };
    let again = Event {
        act: other,
        ..first.clone()
    };
    let batch = [again, second.clone(), second.clone()];
    store.add_events(&batch).await.unwrap();
    assert_eq!(told(&store, None).await, [second, first]);
}

pub(in super::super) async fn pages_go_through_the_events_of_one_and_of_all(handles: &Handles) {
    let store = handles.open().await;
    let users = [None, Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2))];
    let events: Vec<Event> = (0..60)
        .map(|number| event(number, users[usize::try_from(number).unwrap() % 3]))
        .collect();
    // Late ones take their place.
    for batch in events.rchunks(7) {
        store.add_events(batch).await.unwrap();
    }
    for user in users {
        let of_whom = |event: &&Event| user.is_none() || event.act.user == user;
        let theirs: Vec<Event> = events.iter().rev().filter(of_whom).cloned().collect();
        for limit in [1, 7, 20, 100] {
            let (mut seen, mut before) = (Vec::new(), None);
            loop {
                let page = store.events_before(before, of(user), limit).await.unwrap();
                assert!(page.len() <= limit);
                before = page.last().map(|event| event.id);
                let last = page.len() < limit;
                seen.extend(page);
                if last {
                    break;
                }
            }
            assert_eq!(seen, theirs);
        }
    }
    let stranger = Some(Uuid::from_u128(3));
    assert_eq!(told(&store, stranger).await, []);
    assert_eq!(store.events_before(None, of(None), 0).await.unwrap(), []);
}

pub(in super::super) async fn writers_at_once_lose_nothing(handles: &Handles) {
    let stores = handles.open_many(3).await;
    let written = at_once(&stores, 30, |number, store: Arc<dyn Store>| async move {
        let number = i64::try_from(number).unwrap();
        let batch: Vec<Event> = (0..20).map(|n| event(number * 20 + n, None)).collect();
        store.add_events(&batch).await.unwrap();
        batch
    });
    let mut written: Vec<Event> = written.await.into_iter().flatten().collect();
    written.reverse();
    assert_eq!(told(&stores[0], None).await, written);
}

pub(in super::super) async fn refreshes_are_left_out_on_request(handles: &Handles) {
    let store = handles.open().await;
    let user = Some(Uuid::from_u128(1));
    let mut events: Vec<Event> = (0..6).map(|millis| event(millis, user)).collect();
    for refresh in [0, 2, 3, 5] {
        events[refresh].act.kind = Kind::Refresh;
    }
    store.add_events(&events).await.unwrap();
    for user in [user, None] {
        let which = Which {
            user,
            without_refreshes: true,
            kind: None,
        };
        let found = store.events_before(None, which, 2).await.unwrap();
        assert_eq!(
            found,
            [events[4].clone(), events[1].clone()],
            "the limit counts others"
        );
        for (without_refreshes, kind, left) in [
            (false, Kind::Refresh, vec![5, 3]),
            (true, Kind::Refresh, vec![]),
            (true, events[1].act.kind, vec![4, 1]),
            (false, Kind::UserDeleted, vec![]),
        ] {
            let which = Which {
                user,
                without_refreshes,
                kind: Some(kind),
            };
            let found = store.events_before(None, which, 2).await.unwrap();
            let left: Vec<Event> = left
                .into_iter()
                .map(|at: usize| events[at].clone())
                .collect();
            assert_eq!(found, left, "{kind:?}");
        }
    }
}
