//! The clock is put forward and back while people are signed in: of both services, and of the frontend alone. Shows
//! that within the leeway nothing is refused, that nobody is logged out for good, that no session outlives its
//! absolute end, and that nothing panics or waits for ever.
//!
//! The real binary, with Debian's libfaketime before the C library; where that is not installed, it says so. What
//! measures time limits, the monotonic clock, is left alone.

use std::path::{Path, PathBuf};

use super::{guarded::first_login, report};
use crate::{Answer, Client, Conditions, Ground, Request, Row, Service};

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
/// Of every verifier, in seconds.
const LEEWAY: i64 = 10;
/// In seconds.
const SHIFTS: [i64; 8] = [5, -5, 30, -30, 120, -120, -3600, 86_400];
const HALF_A_DAY: &str = "12h";

pub(super) fn run(on: &Conditions) -> Vec<Row> {
    if !Path::new(LIBRARY).exists() {
        let what = format!("clock, {}", on.store);
        return report::skipped(&what, "libfaketime is not installed (Debian: libfaketime)");
    }
    let shifts = on.either(&SHIFTS[..], &SHIFTS[6..]);
    let mut rows = Vec::new();
    for both in [true, false] {
        let world = World::new(on, "30d");
        for &shift in shifts {
            rows.push(world.shifted(on, shift, both));
        }
        rows.push(world.no_panic(on, both));
    }
    rows.push(absolute_end(on));
    rows
}

struct World {
    issuer: Service,
    frontend: Service,
    clocks: [PathBuf; 2],
}

/// Somebody with a program and a browser.
struct Visitor {
    access: String,
    refresh: String,
    cookie: String,
}

/// What came of their requests: the API, a refresh, the API with the fresh token, a page, and a new sign-in.
type Statuses = [u16; 5];

impl World {
    fn new(on: &Conditions, max_age: &str) -> Self {
        let ground = on.ground().with("LOGIN_SESSION_MAX_AGE", max_age);
        let clocks = ["issuer", "frontend"].map(|name| ground.path(&format!("clock-{name}")));
        let [of_issuer, of_frontend] = clocks.clone();
        set(&of_issuer, 0);
        set(&of_frontend, 0);
        let ground = behind(ground, &of_issuer);
        let issuer = ground.issuer();
        issuer.start();
        let ground = behind(ground, &of_frontend);
        let frontend = ground.frontend(issuer.api());
        frontend.start();
        Self {
            issuer,
            frontend,
            clocks,
        }
    }

    fn shifted(&self, on: &Conditions, shift: i64, both: bool) -> Row {
        let mut visitor = self.visitor();
        self.set(shift, both);
        let meanwhile = self.ask(&mut visitor);
        self.set(0, both);
        let afterwards = self.ask(&mut visitor);

        let whose = if both {
            "both clocks"
        } else {
            "the frontend's clock"
        };
        let what = format!("{whose} {shift:+} s, {}", on.store);
        let errors = meanwhile
            .iter()
            .any(|&status| status == 0 || (status >= 500 && status != 503));
        let well = [200, 200, 200, 200, 303];
        let within = shift.abs() <= LEEWAY;
        let target = if within {
            "nothing refused"
        } else {
            "nobody logged out, no 5xx but 503; afterwards all is well"
        };
        let stays = meanwhile[3] != 303 && meanwhile[1] == 200;
        // A token from a moment ago may be of the future now, or over: then there is a fresh one.
        let met =
            !errors && stays && afterwards[1..] == well[1..] && (!within || meanwhile == well);
        let measured =
            format!("API, refresh, API, page, sign-in: {meanwhile:?}, afterwards {afterwards:?}");
        Row::new(&what, target, measured, met)
    }

    fn no_panic(&self, on: &Conditions, both: bool) -> Row {
        let whose = if both {
            "both clocks"
        } else {
            "the frontend's clock"
        };
        let logs = [self.issuer.log(), self.frontend.log()].concat();
        let panics = logs.matches("panicked").count();
        Row::new(
            &format!("{whose} there and back, {}", on.store),
            "no panic",
            format!("{panics} panics"),
            panics == 0 && self.issuer.is_running() && self.frontend.is_running(),
        )
    }

    fn set(&self, shift: i64, both: bool) {
        let [issuer, frontend] = &self.clocks;
        set(frontend, shift);
        if both {
            set(issuer, shift);
        }
    }

    fn visitor(&self) -> Visitor {
        let tokens = first_login(self.issuer.api());
        let page = Client::new(self.frontend.pages())
            .ask(&remembered())
            .unwrap();
        Visitor {
            access: tokens.member("access_token").expect("a token"),
            refresh: tokens.member("refresh_token").expect("a refresh token"),
            cookie: page.cookie("tegata").expect("a session"),
        }
    }

    fn ask(&self, visitor: &mut Visitor) -> Statuses {
        let mut api = Client::new(self.issuer.api());
        let mut pages = Client::new(self.frontend.pages());
        let me = api.ask(&Request::get("/users/me").bearer(&visitor.access));
        let fresh = api.ask(&Request::refresh(&visitor.refresh));
        if let Ok(fresh) = &fresh
            && fresh.status == 200
        {
            visitor.access = fresh.member("access_token").expect("a token");
            visitor.refresh = fresh.member("refresh_token").expect("a refresh token");
        }
        let me_again = api.ask(&Request::get("/users/me").bearer(&visitor.access));
        let page = pages.ask(&Request::page("/").cookie(&visitor.cookie));
        let signed_in = pages.ask(&remembered());
        [me, fresh, me_again, page, signed_in].map(status)
    }
}

/// A session of half a day, a day later: by the clock of both, and of each alone.
fn absolute_end(on: &Conditions) -> Row {
    const DAY: i64 = 86_400;
    let world = World::new(on, HALF_A_DAY);
    let mut visitor = world.visitor();
    let mut other = world.visitor();
    set(&world.clocks[1], DAY);
    let by_frontend = world.ask(&mut visitor);
    world.set(DAY, true);
    let by_both = world.ask(&mut other);
    let over = by_frontend[3] == 303 && by_both[..4] == [401, 400, 401, 303];
    Row::new(
        &format!("a session of 12 h, a day later, {}", on.store),
        "over",
        format!(
            "by the frontend's clock the page gives {}; by both API, refresh, API, page {:?}",
            by_frontend[3],
            &by_both[..4]
        ),
        over,
    )
}

fn behind(ground: Ground, clock: &Path) -> Ground {
    let file = format!("FAKETIME_TIMESTAMP_FILE={}", clock.display());
    let library = format!("LD_PRELOAD={LIBRARY}");
    let settings = [
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "DONT_FAKE_MONOTONIC=1",
    ];
    ground.through(&[&["env", &library, &file], settings.as_slice()].concat())
}

/// Read by the library at every look at the clock, so it is put in place whole.
fn set(clock: &Path, shift: i64) {
    let next = clock.with_extension("next");
    std::fs::write(&next, format!("{shift:+}\n")).unwrap();
    std::fs::rename(next, clock).unwrap();
}

/// A sign-in that lasts as long as the settings say, not only until the browser is closed.
fn remembered() -> Request {
    let fields = [
        ("username", "admin"),
        ("password", Ground::ADMIN_PASSWORD),
        ("remember", "on"),
    ];
    Request::form("/login", &fields).header("accept", "text/html")
}

fn status(answer: std::io::Result<Answer>) -> u16 {
    answer.map_or(0, |answer| answer.status)
}
