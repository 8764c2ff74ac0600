//! The session database goes away in the middle of a request, at every call that the request makes to it.

use std::{
    ops::RangeInclusive,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use http::{Method, StatusCode, header};
use time::Duration;

use crate::{
    browser::{Browser, Page, form},
    logs,
    records::Call,
    site::{PASSWORD, TestSite, USERNAME},
};

/// A request of somebody, and what comes of it while the database is well.
struct Case {
    name: &'static str,
    visitor: Visitor,
    method: Method,
    address: &'static str,
    well: StatusCode,
    calls: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq)]
enum Visitor {
    New,
    SignedIn,
    /// Two minutes ago, so that a look at the session moves its idle time.
    SignedInAWhileAgo,
    WithAnExpiredLogin,
    /// Whose login session goes on.
    WithATokenThatEnded,
    WithAnUnknownCookie,
}

const CASES: &[Case] = &[
    Case {
        name: "a login",
        visitor: Visitor::New,
        method: Method::POST,
        address: "/login",
        well: StatusCode::SEE_OTHER,
        calls: &["insert"],
    },
    Case {
        name: "a login on top of another",
        visitor: Visitor::SignedIn,
        method: Method::POST,
        address: "/login",
        well: StatusCode::SEE_OTHER,
        calls: &["find", "remove", "insert"],
    },
    Case {
        name: "a login on top of an older one",
        visitor: Visitor::SignedInAWhileAgo,
        method: Method::POST,
        address: "/login",
        well: StatusCode::SEE_OTHER,
        calls: &["find", "touch", "remove", "insert"],
    },
    Case {
        name: "a login with a cookie of no session",
        visitor: Visitor::WithAnUnknownCookie,
        method: Method::POST,
        address: "/login",
        well: StatusCode::SEE_OTHER,
        calls: &["find", "insert"],
    },
    Case {
        name: "a registration",
        visitor: Visitor::New,
        method: Method::POST,
        address: "/register",
        well: StatusCode::SEE_OTHER,
        calls: &["insert"],
    },
    Case {
        name: "the landing of a login",
        visitor: Visitor::SignedIn,
        method: Method::GET,
        address: "/login/done",
        well: StatusCode::SEE_OTHER,
        calls: &["find"],
    },
    Case {
        name: "the login form",
        visitor: Visitor::SignedIn,
        method: Method::GET,
        address: "/login",
        well: StatusCode::SEE_OTHER,
        calls: &["find"],
    },
    Case {
        name: "a logout",
        visitor: Visitor::SignedIn,
        method: Method::POST,
        address: "/logout",
        well: StatusCode::SEE_OTHER,
        calls: &["find", "remove"],
    },
    Case {
        name: "a logout everywhere",
        visitor: Visitor::SignedIn,
        method: Method::POST,
        address: "/logout?all",
        well: StatusCode::SEE_OTHER,
        calls: &["find", "find", "remove"],
    },
    Case {
        name: "home",
        visitor: Visitor::SignedIn,
        method: Method::GET,
        address: "/",
        well: StatusCode::OK,
        calls: &["find"],
    },
    Case {
        name: "home after a while",
        visitor: Visitor::SignedInAWhileAgo,
        method: Method::GET,
        address: "/",
        well: StatusCode::OK,
        calls: &["find", "touch"],
    },
    Case {
        name: "home with an expired login",
        visitor: Visitor::WithAnExpiredLogin,
        method: Method::GET,
        address: "/",
        well: StatusCode::SEE_OTHER,
        calls: &["find", "touch", "find", "find", "remove"],
    },
    Case {
        name: "home with a token that can be replaced",
        visitor: Visitor::WithATokenThatEnded,
        method: Method::GET,
        address: "/",
        well: StatusCode::OK,
        calls: &["find", "touch", "find", "replace"],
    },
    Case {
        name: "a switch of the language",
        visitor: Visitor::SignedIn,
        method: Method::POST,
        address: "/language",
        well: StatusCode::SEE_OTHER,
        calls: &[],
    },
    Case {
        name: "the registration form",
        visitor: Visitor::SignedIn,
        method: Method::GET,
        address: "/register",
        well: StatusCode::OK,
        calls: &[],
    },
    Case {
        name: "a page that is not there",
        visitor: Visitor::SignedIn,
        method: Method::GET,
        address: "/nothing",
        well: StatusCode::NOT_FOUND,
        calls: &[],
    },
];

#[tokio::test]
async fn a_login_writes_its_session_once() {
    let site = TestSite::start().await;
    let mut browser = site.browser();

    browser.submit_login(USERNAME, PASSWORD).await;

    assert_eq!(site.records.calls(), [("insert", true)]);
}

#[tokio::test]
async fn a_request_calls_the_database_as_often_as_it_must() {
    for case in CASES {
        let mut story = Story::of(case).await;
        let page = story.happens(0..=0, true).await;
        assert_eq!(page.status, case.well, "{}", case.name);
        let verbs: Vec<&str> = story.calls.iter().map(|(verb, _)| *verb).collect();
        assert_eq!(verbs, case.calls, "{}", case.name);
    }
}

#[tokio::test]
async fn a_call_that_fails_is_a_503_that_says_when_to_try_again() {
    for case in CASES {
        for number in 1..=case.calls.len() + 1 {
            for failing in [number..=number, number..=usize::MAX] {
                for reads_pages in [true, false] {
                    fails(case, failing.clone(), reads_pages).await;
                }
            }
        }
    }
}

async fn fails(case: &Case, failing: RangeInclusive<usize>, reads_pages: bool) {
    let mut story = Story::of(case).await;
    let cookie = story.browser.session_cookie().map(str::to_owned);
    let page = story.happens(failing.clone(), reads_pages).await;
    let told = format!("{}, {failing:?}, {:?}: {page:?}", case.name, story.calls);

    // A touch is for convenience; fresh tokens serve, and are offered again, until they are kept.
    let failed = |(verb, answered): &Call| !answered && !["touch", "replace"].contains(verb);
    let signs_in = case.method == Method::POST && ["/login", "/register"].contains(&case.address);
    if story.calls.iter().any(failed) {
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{told}");
        assert_eq!(page.header("retry-after"), Some("5"), "{told}");
        if reads_pages {
            assert!(page.is_page() && page.notice().is_none(), "{told}");
        } else {
            assert_eq!(page.json()["error"], "temporarily_unavailable", "{told}");
        }
        assert!(!story.was_signed_in(), "{told}");
        let mut set = page.set_cookies().into_iter();
        assert!(set.all(|cookie| cookie.has("Max-Age=0")), "{told}");
    } else {
        assert!(!page.status.is_server_error(), "{told}");
        assert_eq!(story.was_signed_in(), signs_in, "{told}");
    }

    // Who was given a cookie has a session; who kept theirs is as signed in as before, or signs in again.
    let kept = story.browser.session_cookie().map(str::to_owned);
    let given = kept.is_some() && kept != cookie;
    let ended = story.calls.contains(&("remove", true));
    let was_in = [
        Visitor::SignedIn,
        Visitor::SignedInAWhileAgo,
        Visitor::WithATokenThatEnded,
    ]
    .contains(&case.visitor);
    if given || (was_in && !ended) {
        let home = story.browser.get("/").await;
        assert_eq!(home.status, StatusCode::OK, "{told}");
    }
    let name = story.name;
    let page = story.browser.submit_login(&name, PASSWORD).await;
    let home = story.browser.follow(page).await;
    assert!(home.says(&format!("<h1>{name}</h1>")), "{told}");
}

/// One visitor of a site of their own, before the request of a case and after.
struct Story<'a> {
    case: &'a Case,
    site: TestSite,
    browser: Browser,
    /// Of nobody else in this process, so that the log tells them apart.
    name: String,
    calls: Vec<Call>,
}

impl<'a> Story<'a> {
    async fn of(case: &'a Case) -> Self {
        let site = TestSite::start().await;
        let name = format!("visitor-{}", fresh_number());
        site.issuer.knows(&name, PASSWORD, &[]);
        let mut browser = site.browser();
        match case.visitor {
            Visitor::New => {}
            Visitor::WithAnUnknownCookie => {
                let unknown = "AAAAAAAAAAAAAAAAAAAAAA".to_owned();
                browser.cookies.insert("tegata".to_owned(), unknown);
            }
            _ => {
                // As somebody else: what the log says of them is not of this story.
                browser.sign_in().await;
            }
        }
        match case.visitor {
            Visitor::SignedInAWhileAgo => site.clock.advance(Duration::minutes(2)),
            Visitor::WithAnExpiredLogin => site.let_the_login_expire(),
            Visitor::WithATokenThatEnded => site.let_the_token_expire(),
            _ => {}
        }
        Self {
            case,
            site,
            browser,
            name,
            calls: Vec::new(),
        }
    }

    /// Sends the request, while these calls to the database fail.
    async fn happens(&mut self, failing: RangeInclusive<usize>, reads_pages: bool) -> Page {
        let Case {
            method, address, ..
        } = self.case;
        let mut request = if *method == Method::POST {
            self.browser.form_request(address)
        } else {
            self.browser.navigation(method.clone(), address)
        };
        if !reads_pages {
            let headers = request.headers_mut().unwrap();
            headers.insert(header::ACCEPT, "application/json".parse().unwrap());
        }
        let fields = match *address {
            "/language" => form(&[("lang", "en")]),
            "/logout?all" => form(&[("sessions", "all")]),
            _ => form(&[("username", &self.name), ("password", PASSWORD)]),
        };
        let body = if *method == Method::POST { &fields } else { "" };
        self.site.records.fail(failing);
        let page = self.browser.send(request, body).await;
        self.calls = self.site.records.calls();
        page
    }

    fn was_signed_in(&self) -> bool {
        logs::say(&format!("user id-of-{} signed in", self.name))
    }
}

fn fresh_number() -> usize {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    COUNT.fetch_add(1, Relaxed)
}
