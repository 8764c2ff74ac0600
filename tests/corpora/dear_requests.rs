//! Requests of the largest size that is read, made of what parsers are slow at, each beside a plain one of its kind.

use super::{
    trial::Site,
    wire::{Asked, form},
};

/// A body's limit is 64 KiB; this leaves room for the names of its fields.
const LARGE: usize = 64 * 1024 - 512;
/// Headers of one request, below every server's limit.
const HEADER: usize = 14 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn filled(piece: &str, size: usize) -> String {
    piece.repeat(size / piece.len())
}

/// A plain request, and those that are held against it.
pub(crate) struct Kind {
    pub(crate) site: Site,
    pub(crate) plain: Named,
    pub(crate) dear: Vec<Named>,
}

/// A request with what it is.
type Named = (&'static str, Asked);

pub(crate) fn login(username: &str, password: &str) -> Asked {
    let members = [("username", username), ("password", password)];
    let body: serde_json::Map<_, _> = members
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into_iter()
        .collect();
    Asked::new("POST", "/token").body(JSON, serde_json::Value::Object(body).to_string())
}

fn register(member: &str, value: &str) -> Asked {
    let mut body = serde_json::json!({"username": "somebody.else", "password": "password"});
    body[member] = value.into();
    Asked::new("POST", "/users").body(JSON, body.to_string())
}

/// All of them.
pub(crate) fn kinds() -> [Kind; 6] {
    [
        bodies(),
        logins(),
        registrations(),
        guessable(),
        good(),
        pages(),
    ]
}

fn bodies() -> Kind {
    let token = |body: String| Asked::new("POST", "/token").body(FORM, body);
    let json = |body: String| Asked::new("POST", "/token").body(JSON, body);
    let members = (0..7_000)
        .map(|n| format!("\"{n:x}\":0"))
        .collect::<Vec<_>>();
    let nested = (0..120).fold(filled("0,", LARGE - 2_000) + "0", |inner, _| {
        format!("{{\"a\":[{inner}]}}")
    });
    Kind {
        site: Site::Api,
        plain: ("plain: a body that is refused", token("x=1".into())),
        dear: vec![
            ("form of &", token(filled("&", LARGE))),
            ("form of %41", token(filled("%41", LARGE))),
            ("form of 10,500 names", token(many_names())),
            ("JSON, 65,000 brackets", json(filled("[", LARGE))),
            (
                "JSON, 7,000 members",
                json(format!("{{{}}}", members.join(","))),
            ),
            ("JSON, deep and wide", json(nested)),
            (
                "JSON, one string of escapes",
                json(format!("{{\"username\":\"{}\"}}", filled("\\u0041", LARGE))),
            ),
            (
                "JSON, long number",
                json(format!("{{\"a\":{}}}", filled("9", LARGE))),
            ),
            (
                "scope of words",
                token(format!(
                    "grant_type=client_credentials&scope={}",
                    filled("a+b+", LARGE)
                )),
            ),
            (
                "query of &",
                Asked::new("GET", format!("/revocations?{}", filled("&", HEADER))),
            ),
            (
                "Basic",
                token("x=1".into())
                    .header("authorization", format!("Basic {}", filled("OjEl", HEADER))),
            ),
            (
                "Bearer",
                token("x=1".into()).header(
                    "authorization",
                    format!("Bearer {}", filled("eyJ.", HEADER)),
                ),
            ),
        ],
    }
}

fn logins() -> Kind {
    Kind {
        site: Site::Api,
        plain: ("plain: a wrong password", login("nobody", "wrong")),
        dear: vec![
            (
                "username that grows 18 times",
                login(&filled("\u{fdfa}", LARGE), "wrong"),
            ),
            (
                "username of marks",
                login(&filled("\u{301}\u{316}", LARGE), "wrong"),
            ),
            ("username of Hangul", login(&filled("각", LARGE), "wrong")),
            (
                "password over the limit",
                login("nobody", &filled("x", LARGE)),
            ),
        ],
    }
}

fn registrations() -> Kind {
    Kind {
        site: Site::Api,
        plain: ("plain: a name that is refused", register("username", "a b")),
        dear: vec![
            (
                "registration, email of dots",
                register("email", &format!("a@{}", filled("a.", LARGE))),
            ),
            (
                "registration, email of quotes",
                register("email", &format!("\"{}\"@a", filled("\\a", LARGE / 2))),
            ),
            (
                "registration, name of letters",
                register("name", &filled("葛\u{e0100}", LARGE)),
            ),
            (
                "registration, username that grows",
                register("username", &filled("\u{fdfa}", LARGE)),
            ),
        ],
    }
}

/// Passwords that the estimator finds too easy.
fn guessable() -> Kind {
    let password = |name, password: String| (name, register("password", &password));
    Kind {
        site: Site::Api,
        plain: password("plain: a common password", "password".into()),
        dear: vec![
            password("password, one letter 72 times", "a".repeat(72)),
            password("password, pairs", "ab".repeat(36)),
            password("password, digits", "1234567890".repeat(7)),
            password("password, dates", "1.1.91".repeat(12)),
        ],
    }
}

/// Passwords that it finds good. The plain one is hashed like them.
fn good() -> Kind {
    // Letters for which others may stand: each doubles what might be meant.
    let leet = "4@8({[<369&#!1|0$5+7%2zxZ".repeat(3)[..72].to_owned();
    let password = |name, password: String| (name, register("password", &password));
    Kind {
        site: Site::Api,
        plain: password("plain: a good password", "plum, gate, 7 rivers".into()),
        dear: vec![
            password("password, keyboard", "qwertyuiop[]asdfgh".repeat(4)),
            password("password, other signs for letters", leet),
            password("password, the same signs for letters", "4@({[<".repeat(12)),
            password("password, words", "passwordmonkeydragon".repeat(3)),
        ],
    }
}

fn pages() -> Kind {
    let page = |header: &str, value: String| Asked::new("GET", "/login").header(header, value);
    Kind {
        site: Site::Pages,
        plain: ("plain: a page", page("x-y", "z".into())),
        dear: vec![
            ("3,500 cookies", page("cookie", filled("a=b;", HEADER))),
            (
                "1,500 session cookies",
                page("cookie", filled("tegata=1;", HEADER)),
            ),
            (
                "Accept-Language",
                page("accept-language", filled("en;q=0.1,", HEADER)),
            ),
            (
                "X-Forwarded-For",
                page("x-forwarded-for", filled("::1,", HEADER)),
            ),
            ("Accept", page("accept", filled("text/htm,", HEADER))),
            (
                "next of slashes",
                Asked::new("GET", format!("/login?next={}", filled("/a/..", HEADER))),
            ),
            (
                "next that fits",
                Asked::new("GET", format!("/login?next={}", filled("/..", 2_000))),
            ),
            (
                "form of names",
                Asked::new("POST", "/login").body(FORM, many_names()),
            ),
            (
                "login, next of slashes",
                Asked::new("POST", "/login").form(&[("next", filled("/", LARGE / 4).as_bytes())]),
            ),
            (
                "language, next of dots",
                Asked::new("POST", "/language").body(
                    FORM,
                    form(&[
                        ("lang", b"en"),
                        ("next", filled("/.", LARGE / 4).as_bytes()),
                    ]),
                ),
            ),
        ],
    }
}

fn many_names() -> String {
    (0..10_500).map(|n| format!("{n:x}=&")).collect()
}
