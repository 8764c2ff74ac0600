//! Sends, has every answer judged, and counts.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    panic,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

use super::{
    verdict::problem,
    wire::{Asked, Reply, Wire},
    world::World,
};
use crate::pair::{PASSWORD, USERNAME};

/// Which service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    Api,
    Pages,
}

type Table = BTreeMap<(String, &'static str), BTreeMap<u16, usize>>;

/// See the module.
pub(crate) struct Trial {
    pub(crate) world: World,
    pub(crate) description: Value,
    api: Wire,
    pages: Wire,
    /// The id of a user beside the administrator.
    pub(crate) another: String,
    /// Of so many requests that are tried, one is sent: 1 for all. No divisor of a list's length, so that each string
    /// and each input has its turn.
    pub(crate) one_of: usize,
    turn: usize,
    sent: u64,
    token: String,
    session: String,
    table: Table,
    problems: Vec<String>,
    panics: Arc<Mutex<Vec<String>>>,
}

impl Trial {
    pub(crate) async fn of(world: World) -> Self {
        let mut trial = Self {
            api: Wire::to(&world.api),
            pages: Wire::to(&world.pages),
            world,
            description: Value::Null,
            another: String::new(),
            one_of: 1,
            turn: 0,
            sent: 0,
            token: String::new(),
            session: String::new(),
            table: Table::new(),
            problems: Vec::new(),
            panics: watch_panics(),
        };
        let described = trial
            .send(Site::Api, Asked::new("GET", "/openapi.json"))
            .await;
        trial.description = described.json();
        trial.sign_in().await;
        trial.another = trial.add_another().await;
        trial
    }

    /// Somebody whom the administrator may change; the id.
    async fn add_another(&mut self) -> String {
        let user = r#"{"username":"jiro","password":"a lantern by the ferry"}"#;
        let asked = Asked::new("POST", "/admin/users").body("application/json", user);
        let asked = self.signed_in(Site::Api, asked);
        let reply = self.send(Site::Api, asked).await.json();
        let id = reply["id"].as_str().or(reply["user"]["id"].as_str());
        id.unwrap_or_else(|| panic!("{reply}")).to_owned()
    }

    /// A fresh token and a fresh session of the administrator.
    async fn sign_in(&mut self) {
        let login = [
            ("username", USERNAME.as_bytes()),
            ("password", PASSWORD.as_bytes()),
        ];
        let reply = self
            .send(Site::Api, Asked::new("POST", "/token").form(&login))
            .await;
        self.token = reply.json()["access_token"].as_str().unwrap().to_owned();
        let reply = self
            .send(Site::Pages, Asked::new("POST", "/login").form(&login))
            .await;
        self.session = reply.cookie("tegata").unwrap();
    }

    pub(crate) fn session(&self) -> String {
        format!("tegata={}", self.session)
    }

    /// As the administrator: with the token, or with the session.
    pub(crate) fn signed_in(&self, site: Site, asked: Asked) -> Asked {
        match site {
            Site::Api => asked.header("authorization", format!("Bearer {}", self.token)),
            Site::Pages => asked.header("cookie", self.session()),
        }
    }

    /// Sends without judging; from another address each time.
    pub(crate) async fn send(&mut self, site: Site, asked: Asked) -> Reply {
        self.sent += 1;
        let [.., a, b, c] = self.sent.to_be_bytes();
        let named = asked
            .headers
            .iter()
            .any(|(name, _)| name == "x-forwarded-for");
        let asked = if named {
            asked
        } else {
            asked.header(
                "x-forwarded-for",
                format!("2001:db8:{a:x}:{:x}::1", u16::from_be_bytes([b, c])),
            )
        };
        match site {
            Site::Api => self.api.send(&asked).await,
            Site::Pages => self.pages.send(&asked).await,
        }
    }

    /// Sends, judges and counts.
    pub(crate) async fn tries(
        &mut self,
        (input, corpus): (&str, &'static str),
        site: Site,
        asked: Asked,
        naughty: &[u8],
    ) -> Reply {
        self.turn += 1;
        if !self.turn.is_multiple_of(self.one_of) {
            return Reply::default();
        }
        let shown = format!("{input}: {}", naughty.escape_ascii());
        let reply = self.send(site, asked).await;
        let counts = self.table.entry((input.to_owned(), corpus)).or_default();
        *counts.entry(reply.status).or_default() += 1;
        if let Some(problem) = problem(&self.world, site, &reply, naughty) {
            self.problems
                .push(format!("{problem} ({}) of {shown}", reply.status));
        }
        reply
    }

    /// The same as the administrator, who signs in again when the string has ended that.
    pub(crate) async fn tries_signed_in(
        &mut self,
        place: (&str, &'static str),
        site: Site,
        asked: Asked,
        naughty: &[u8],
    ) -> Reply {
        let signed_in = self.signed_in(site, asked);
        let reply = self.tries(place, site, signed_in, naughty).await;
        let sent_away = reply
            .header("location")
            .is_some_and(|to| to.starts_with("/login"));
        if reply.status == 401 || (site == Site::Pages && sent_away) {
            self.sign_in().await;
        }
        reply
    }

    /// Prints the table, and fails when anything was wrong.
    pub(crate) fn finish(self) {
        let mut lines = String::new();
        let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
        for ((input, corpus), counts) in &self.table {
            let count: usize = counts.values().sum();
            let shown: Vec<String> = counts
                .iter()
                .map(|(status, count)| format!("{status}×{count}"))
                .collect();
            let _ = writeln!(
                lines,
                "| {input} | {corpus} | {count} | {} |",
                shown.join(" ")
            );
            for (status, count) in counts {
                *statuses.entry(*status).or_default() += count;
            }
        }
        println!("| input | corpus | requests | answers |\n| --- | --- | --- | --- |\n{lines}");
        println!(
            "{} requests, {} inputs: {statuses:?}",
            statuses.values().sum::<usize>(),
            self.table.len()
        );
        let first: Vec<&String> = self.problems.iter().take(40).collect();
        assert!(
            first.is_empty(),
            "{} problems, such as {first:#?}",
            self.problems.len()
        );
        let panics = self.panics.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(panics.is_empty(), "{panics:?}");
    }
}

/// The places where the product panics from now on; tests that fail elsewhere are no concern of this one.
fn watch_panics() -> Arc<Mutex<Vec<String>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (before, here) = (panic::take_hook(), Arc::clone(&seen));
    panic::set_hook(Box::new(move |info| {
        if let Some(at) = info
            .location()
            .filter(|at| !at.file().starts_with("tests/"))
        {
            here.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(at.to_string());
        }
        before(info);
    }));
    seen
}
