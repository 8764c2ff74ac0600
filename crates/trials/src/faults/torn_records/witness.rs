//! Somebody with a program and a browser, and what they see with all that they have.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::edit::Keeper;
use crate::{Answer, Client, Request, pause, until};

/// Before somebody asks again.
const BETWEEN: Duration = Duration::from_millis(50);
/// Until a machine that is busy has answered.
const PATIENCE: Duration = Duration::from_secs(30);
pub(super) const PASSWORD: &str = "a lantern for every pass";

/// See the module.
#[derive(Debug)]
pub(super) struct Witness {
    pub(super) name: &'static str,
    pub(super) id: String,
    live: Tokens,
    ended: Tokens,
    cookie: String,
    /// Of the pages' record.
    pub(super) key: String,
}

/// Of a login session.
#[derive(Debug)]
struct Tokens {
    access: String,
    refresh: String,
}

/// What somebody saw.
pub(super) struct Used {
    pub(super) all_well: bool,
    pub(super) statuses: Vec<u16>,
    pub(super) wrong: Vec<String>,
}

impl Tokens {
    fn of(login: &Answer) -> Self {
        Self {
            access: login.member("access_token").expect("a token"),
            refresh: login.member("refresh_token").expect("a refresh token"),
        }
    }

    /// Of the login session, as the store keeps it.
    fn sid(&self) -> String {
        let claims = claims(&self.access);
        claims["sid"].as_str().expect("a session").to_owned()
    }
}

impl Witness {
    /// Logs in, signs in at the pages, ends another login, and fails to log in once more.
    pub(super) fn arrives(
        name: &'static str,
        api: &mut Client,
        pages: &mut Client,
        keeper: &dyn Keeper,
    ) -> Self {
        let known = keeper.session_keys();
        let mut log_in = || Tokens::of(&until_told(api, &Request::log_in(name, PASSWORD), 200));
        let (live, ended) = (log_in(), log_in());
        until_told(api, &Request::revoke(&ended.refresh), 200);
        let page = until_told(pages, &Request::sign_in(name, PASSWORD), 303);
        let keys = keeper.session_keys().into_iter();
        let new = keys.filter(|key| !known.contains(key)).collect::<Vec<_>>();
        assert_eq!(new.len(), 1, "one session more");
        until_told(api, &Request::log_in(name, "wrong"), 400);
        Self {
            name,
            id: subject(&live.access),
            live,
            ended,
            cookie: page.cookie("tegata").expect("a session"),
            key: new.concat(),
        }
    }

    /// Of the login session that lives.
    pub(super) fn sid(&self) -> String {
        self.live.sid()
    }

    /// Of the one that was ended.
    pub(super) fn ended_sid(&self) -> String {
        self.ended.sid()
    }

    /// What the store counts failures of theirs under.
    pub(super) fn counter(&self) -> String {
        format!("pair/u-{}/127.0.0.1", self.id)
    }

    /// Uses all that they have; nothing of this other user may be seen.
    pub(super) fn uses(&mut self, api: &mut Client, pages: &mut Client, other: &Self) -> Used {
        let mut statuses = Vec::new();
        let mut wrong = Vec::new();
        let mut keep = |what: &str, answer: std::io::Result<Answer>| {
            let Ok(answer) = answer else {
                wrong.push(format!("{what}: no answer"));
                return None;
            };
            statuses.push(answer.status);
            if answer.status >= 500 && answer.status != 503 {
                wrong.push(format!("{what}: {}", answer.status));
            }
            let text = answer.text();
            if text.contains(other.name) || text.contains(&other.id) {
                wrong.push(format!("{what} shows {} of {}", other.name, self.name));
            }
            if let Some(token) = answer.member("access_token")
                && subject(&token) != self.id
            {
                wrong.push(format!(
                    "{what} gives a token of somebody else to {}",
                    self.name
                ));
            }
            Some(answer)
        };
        keep("login", ask(api, &Request::log_in(self.name, PASSWORD)));
        keep(
            "/users/me",
            ask(api, &Request::get("/users/me").bearer(&self.live.access)),
        );
        let fresh = keep("refresh", ask(api, &Request::refresh(&self.live.refresh)));
        let fresh = fresh.and_then(|fresh| fresh.member("access_token"));
        if let Some(token) = &fresh {
            keep(
                "/users/me again",
                ask(api, &Request::get("/users/me").bearer(token)),
            );
        }
        let mine = Request::get("/users/me/sessions").bearer(&self.live.access);
        keep("sessions", ask(api, &mine));
        for path in ["/", "/account"] {
            let page = Request::page(path).cookie(&self.cookie);
            keep(path, ask(pages, &page));
        }
        let mut over = Vec::new();
        for request in [
            Request::refresh(&self.ended.refresh),
            Request::get("/users/me").bearer(&self.ended.access),
        ] {
            let status = ask(api, &request).map_or(0, |answer| answer.status);
            if !matches!(status, 400 | 401 | 503) {
                over.push(format!("a session that was ended: {status}"));
            }
        }
        wrong.extend(over);
        let well = |status: &u16| *status == 200;
        Used {
            all_well: fresh.is_some() && statuses.iter().all(well),
            statuses,
            wrong,
        }
    }
}

/// For as long as a busy machine says 503.
fn until_told(client: &mut Client, request: &Request, status: u16) -> Answer {
    let told = || client.ask(request).ok().filter(|told| told.status != 503);
    let (answer, _) = until("an answer that is not 503", PATIENCE, told);
    assert_eq!(answer.status, status, "{}", answer.text());
    answer
}

/// A few times, for a busy machine says 503 too; what is refused stays refused.
pub(super) fn ask(client: &mut Client, request: &Request) -> std::io::Result<Answer> {
    for _ in 0..2 {
        match client.ask(request) {
            Ok(answer) if answer.status == 503 => pause(BETWEEN),
            other => return other,
        }
    }
    client.ask(request)
}

pub(super) fn subject(token: &str) -> String {
    claims(token)["sub"].as_str().unwrap_or_default().to_owned()
}

/// What a token says; nobody here has to believe it.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap_or_default();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}
