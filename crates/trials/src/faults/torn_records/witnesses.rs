//! Two users, two programs of their own and an administrator, who use what they have, and what they see.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    edit::{Keeper, Kind, Place},
    places::place,
    witness::{PASSWORD, Witness, ask, subject},
};
use crate::{Client, Ground, Request, Service, until};

const MINE: &str = "tamakatsura";
const OTHER: &str = "ukifune";
/// The log has an event at once, the store half a second later.
const KEPT: Duration = Duration::from_secs(20);

/// Whose records are edited, whose may be swapped with them, and who administers.
pub(super) struct Witnesses {
    api: Client,
    pages: Client,
    mine: Witness,
    other: Witness,
    clients: [Program; 2],
    /// Of the one and of the other.
    events: [String; 2],
    admin: String,
}

/// A client with its secret.
struct Program {
    id: String,
    secret: String,
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
    pub(super) fn of(
        ground: &Ground,
        (issuer, frontend): (&Service, &Service),
        keeper: &dyn Keeper,
    ) -> Self {
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
        let admin = admin.expect("a token");
        let events = [&mine, &other].map(|one| event_of(&mut api, &admin, &one.id));
        Self {
            api,
            pages,
            mine,
            other,
            clients: ["billing", "reports"].map(|name| Program::added(ground, name)),
            events,
            admin,
        }
    }

    /// Both log in and sign in anew.
    pub(super) fn arrive_again(&mut self, keeper: &dyn Keeper) {
        let (api, pages) = (&mut self.api, &mut self.pages);
        self.mine = Witness::arrives(MINE, api, pages, keeper);
        self.other = Witness::arrives(OTHER, api, pages, keeper);
    }

    /// The records of this kind of the one and of the other.
    pub(super) fn place(&self, kind: Kind) -> Place {
        let of = |get: fn(&Witness) -> String| [get(&self.mine), get(&self.other)];
        let ids = match kind {
            Kind::User => of(|one| one.id.clone()),
            Kind::LiveSession => of(Witness::sid),
            Kind::EndedSession => of(Witness::ended_sid),
            Kind::SigningKeys => ["signing", "refresh"].map(str::to_owned),
            Kind::RefreshKey => ["refresh", "signing"].map(str::to_owned),
            Kind::Client => [0, 1].map(|one| self.clients[one].id.clone()),
            Kind::Event => self.events.clone(),
            Kind::Counter => of(Witness::counter),
            Kind::Session => of(|one| one.key.clone()),
        };
        place(kind, ids)
    }

    /// All use all that they have. After a swap the second is edited as well, and may be refused like the first.
    pub(super) fn look(&mut self, kind: Option<Kind>, swapped: bool) -> Seen {
        let mut seen = Seen::default();
        let mine = self.mine.uses(&mut self.api, &mut self.pages, &self.other);
        seen.refused = !mine.all_well;
        seen.wrong.extend(mine.wrong);
        let is_theirs = matches!(kind, Some(Kind::User | Kind::LiveSession | Kind::Session));
        if !is_theirs && !mine.all_well {
            let what = format!("its user is refused: {:?}", mine.statuses);
            seen.wrong.push(what);
        }
        let other = self.other.uses(&mut self.api, &mut self.pages, &self.mine);
        seen.wrong.extend(other.wrong);
        if !swapped && !other.all_well {
            seen.wrong
                .push(format!("the other is refused: {:?}", other.statuses));
        }
        let [mine, other] = [0, 1].map(|one| self.clients[one].gets_in(&mut self.api));
        let may_fail = kind == Some(Kind::Client);
        for (status, may_fail) in [(mine, may_fail), (other, may_fail && swapped)] {
            seen.refused |= status != 200;
            if status != 200 && !(may_fail && [401, 503].contains(&status)) {
                seen.wrong.push(format!("a client is told {status}"));
            }
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

impl Program {
    fn added(ground: &Ground, name: &str) -> Self {
        let done = ground.run(&["client", "add", name, "--scope", "orders:read"]);
        let said = String::from_utf8(done.stdout).unwrap();
        let value = |name: &str| {
            let mut lines = said.lines();
            let value = lines.find_map(|line| line.strip_prefix(name));
            value.expect("it is printed").to_owned()
        };
        Self {
            id: value("CLIENT_ID="),
            secret: value("CLIENT_SECRET="),
        }
    }

    /// The status of its answer; 0 when it is given a token of somebody else.
    fn gets_in(&self, api: &mut Client) -> u16 {
        let pair = BASE64_STANDARD.encode(format!("{}:{}", self.id, self.secret));
        let request = Request::form("/token", &[("grant_type", "client_credentials")])
            .header("authorization", &format!("Basic {pair}"));
        let Ok(answer) = ask(api, &request) else {
            return 0;
        };
        let token = answer.member("access_token");
        if token.is_some_and(|token| !subject(&token).ends_with(&self.id)) {
            return 0;
        }
        answer.status
    }
}

/// The id of an event that is about this user.
fn event_of(api: &mut Client, admin: &str, user: &str) -> String {
    let request = Request::get(&format!("/admin/events?user={user}")).bearer(admin);
    let kept = || {
        let answer = api.ask(&request).ok()?.json();
        let id = |event: &Value| event["id"].as_str().map(str::to_owned);
        id(answer["events"].as_array()?.first()?)
    };
    until("an event is kept", KEPT, kept).0
}
