//! The database is sent the next turn of a session, and does it only after whoever asked was told that it does not
//! answer, and after the grace. Shows that such a turn is none: the one who asks again goes on, and is not taken for
//! a thief.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{guarded::first_login, report};
use crate::{Client, Conditions, Ground, Proxy, Request, Row, StoreKind, pause, until};

const GRACE: Duration = Duration::from_secs(6);
/// Longer than the grace.
const HELD: Duration = Duration::from_secs(8);
const TOLD: Duration = Duration::from_secs(3);

pub(super) fn run(on: &Conditions) -> Vec<Row> {
    let times = on.times(3);
    let ground = Ground::new(&on.binary, StoreKind::MongodbStandalone);
    let line = Proxy::to(&ground.mongod().host());
    let ground = ground
        .with(
            "DATABASE_URL",
            &format!("mongodb://{}/issuer", line.address()),
        )
        .with("REFRESH_GRACE", &format!("{}s", GRACE.as_secs()));
    let issuer = ground.issuer();
    issuer.start();

    let mut told = Vec::new();
    let mut lost = Vec::new();
    for _ in 0..times {
        let mut client = Client::new(issuer.api());
        let answer = first_login(issuer.api());
        let token = answer.member("refresh_token");
        let refresh = Request::refresh(&token.unwrap_or_else(|| panic!("{}", answer.text())));
        line.hold_updates();
        let held = line.held();
        let (url, asked) = (issuer.api().to_owned(), refresh.clone());
        let asking = thread::spawn(move || {
            let start = Instant::now();
            let answer = Client::new(&url).ask(&asked).unwrap();
            (answer.status, start.elapsed())
        });
        let sent = || (line.held() > held).then_some(());
        until("the turn is on its way", Duration::from_secs(5), sent);
        let (status, took) = asking.join().unwrap();
        told.push(took);
        pause(HELD.saturating_sub(took));
        line.let_go();
        pause(Duration::from_millis(300));
        let again = client.ask(&refresh).unwrap();
        if (status, again.status) != (503, 200) {
            lost.push(format!("{status}, then {} {}", again.status, again.text()));
        }
    }
    let what = format!("a turn that the database does too late × {times}");
    vec![
        Row::new(
            &what,
            "503, and asked again it goes on",
            format!("{} sessions lost {}", lost.len(), lost.join("; ")),
            lost.is_empty(),
        ),
        report::at_most(&format!("{what}: told 503"), TOLD, &told),
    ]
}
