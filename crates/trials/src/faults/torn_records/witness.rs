//! Three users and a client who use what they have, and what they see.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::edit::{Keeper, Place};
use crate::{Answer, Client, Ground, Request, Service, pause};

const MINE: &str = "tamakatsura";
const OTHER: &str = "ukifune";
/// Before somebody asks again.
const BETWEEN: Duration = Duration::from_millis(50);
const PASSWORD: &str = "a lantern for every pass";

/// Somebody with a program and a browser.
#[derive(Debug)]
struct Witness {
    name: &'static str,
    id: String,
    access: String,
    refresh: String,
    cookie: String,
    /// Of the pages' record.
    key: String,
}

/// Whose records are edited, whose may be swapped with them, and who administers.
pub(super) struct Witnesses {
    api: Client,
    pages: Client,
    mine: Witness,
    other: Witness,
    admin: String,
}

/// What they saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Whether the one whose record is edited was refused something.
    pub(super) refused: bool,
    /// What should not have been.
    pub(super) wrong: Vec<String>,
}

impl Witnesses {
    pub(super) fn of(issuer: &Service, frontend: &Service, keeper: &dyn Keeper) -> Self {
        let mut api = Client::new(issuer.api());
        let mut pages = Client::new(frontend.pages());
        for name in [MINE, OTHER] {
            let email = format!("{name}@example.com");
            let body = json!({ "username": name, "password": PASSWORD, "email": email });
            let user = api.ask(&Request::json("POST", "/users", &body)).unwrap();
            assert_eq!(user.status, 201, "{}", user.text());
        }
        let mine = Witness::arrives(MINE, &mut api, &mut pages, keeper);
        let other = Witness::arrives(OTHER, &mut api, &mut pages, keeper);
        let login = Request::log_in("admin", Ground::ADMIN_PASSWORD);
        let admin = api.ask(&login).unwrap().member("access_token");
        Self {
            api,
            pages,
            mine,
            other,
            admin: admin.expect("a token"),
        }
    }

    /// Both log in and sign in anew.
    pub(super) fn arrive_again(&mut self, keeper: &dyn Keeper) {
        let (api, pages) = (&mut self.api, &mut self.pages);
        self.mine = Witness::arrives(MINE, api, pages, keeper);
        self.other = Witness::arrives(OTHER, api, pages, keeper);
    }

    /// The records of the first and the second.
    pub(super) fn places(&self) -> Vec<Place> {
        let place = |table, collection, (mine, other), owned, plain| Place {
            of_pages: table == "session",
            table,
            collection,
            mine,
            other,
            owned,
            plain,
        };
        let of = |get: fn(&Witness) -> String| (get(&self.mine), get(&self.other));
        let [users, sessions, records] = [
            &["id", "_id", "username_key", "disabled"][..],
            &[
                "id",
                "_id",
                "user",
                "live_until",
                "ends_at",
                "tokens_until",
                "ended_at",
                "end_cause",
                "generation",
            ],
            &["key", "_id", "used_at", "ends_at"],
        ];
        let id = of(|one| one.id.clone());
        let key = of(|one| one.key.clone());
        vec![
            place("user", "users", id, &["username"][..], users),
            place(
                "login_session",
                "login_sessions",
                of(Witness::sid),
                &["id", "_id", "user"],
                sessions,
            ),
            place(
                "session",
                "sessions",
                key,
                &["key", "_id", "sealed"],
                records,
            ),
        ]
    }

    /// All use all that they have. After a swap the second is edited as well, and may be refused like the first.
    pub(super) fn look(&mut self, swapped: bool) -> Seen {
        let mut seen = Seen::default();
        let mine = self.mine.uses(&mut self.api, &mut self.pages, &self.other);
        seen.refused = !mine.all_well;
        seen.wrong.extend(mine.wrong);
        let other = self.other.uses(&mut self.api, &mut self.pages, &self.mine);
        seen.wrong.extend(other.wrong);
        if !swapped && !other.all_well {
            seen.wrong
                .push(format!("the other is refused: {:?}", other.statuses));
        }
        let admin = [
            Request::get("/admin/users").bearer(&self.admin),
            Request::get("/admin/events").bearer(&self.admin),
            Request::get("/revocations"),
            Request::get("/health/ready"),
        ];
        for request in admin {
            let status = ask(&mut self.api, &request).map_or(0, |answer| answer.status);
            if status != 200 {
                seen.wrong
                    .push(format!("{status} for everybody: {request:?}"));
            }
        }
        seen
    }
}

struct Used {
    all_well: bool,
    statuses: Vec<u16>,
    wrong: Vec<String>,
}

impl Witness {
    fn arrives(
        name: &'static str,
        api: &mut Client,
        pages: &mut Client,
        keeper: &dyn Keeper,
    ) -> Self {
        let known = keeper.session_keys();
        let tokens = ask(api, &Request::log_in(name, PASSWORD)).unwrap();
        let page = ask(pages, &Request::sign_in(name, PASSWORD)).unwrap();
        let access = tokens.member("access_token").expect("a token");
        let keys = keeper.session_keys().into_iter();
        let new = keys.filter(|key| !known.contains(key)).collect::<Vec<_>>();
        assert_eq!(new.len(), 1, "one session more");
        Self {
            name,
            id: subject(&access),
            access,
            refresh: tokens.member("refresh_token").expect("a refresh token"),
            cookie: page.cookie("tegata").expect("a session"),
            key: new.concat(),
        }
    }

    fn uses(&mut self, api: &mut Client, pages: &mut Client, other: &Self) -> Used {
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
            ask(api, &Request::get("/users/me").bearer(&self.access)),
        );
        let fresh = keep("refresh", ask(api, &Request::refresh(&self.refresh)));
        let fresh = fresh.and_then(|fresh| fresh.member("access_token"));
        if let Some(token) = &fresh {
            keep(
                "/users/me again",
                ask(api, &Request::get("/users/me").bearer(token)),
            );
        }
        let mine = Request::get("/users/me/sessions").bearer(&self.access);
        keep("sessions", ask(api, &mine));
        for path in ["/", "/account"] {
            let page = Request::page(path).cookie(&self.cookie);
            keep(path, ask(pages, &page));
        }
        let well = |status: &u16| *status == 200;
        Used {
            all_well: fresh.is_some() && statuses.iter().all(well),
            statuses,
            wrong,
        }
    }

    /// Of the login session, as the store keeps it.
    fn sid(&self) -> String {
        let claims = claims(&self.access);
        claims["sid"].as_str().expect("a session").to_owned()
    }
}

/// A few times, for a busy machine says 503 too; what is refused stays refused.
fn ask(client: &mut Client, request: &Request) -> std::io::Result<Answer> {
    for _ in 0..2 {
        match client.ask(request) {
            Ok(answer) if answer.status == 503 => pause(BETWEEN),
            other => return other,
        }
    }
    client.ask(request)
}

fn subject(token: &str) -> String {
    claims(token)["sub"].as_str().unwrap_or_default().to_owned()
}

/// What a token says; nobody here has to believe it.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap_or_default();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}
