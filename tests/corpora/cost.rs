//! What one request can be made to cost: requests of the largest size that is read, made of what parsers are slow at,
//! against a plain one of the same kind. CPU of this whole process, so nothing else may run in it.

use std::fs;

use super::{
    trial::{Site, Trial},
    wire::{Asked, form},
    world::World,
};
use crate::pair::{PASSWORD, USERNAME};

/// A body's limit is 64 KiB; this leaves room for the names of its fields.
const LARGE: usize = 64 * 1024 - 512;
/// Headers of one request, below every server's limit.
const HEADER: usize = 14 * 1024;
/// Nobody makes the services work this much harder than a plain request does.
const MOST: f64 = 50.0;
/// The kernel brings its counts up to date every few milliseconds only.
const AT_ONCE: u64 = 12;
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn filled(piece: &str, size: usize) -> String {
    piece.repeat(size / piece.len())
}

struct Case {
    name: &'static str,
    plain: &'static str,
    site: Site,
    asked: Asked,
}

fn case(name: &'static str, plain: &'static str, site: Site, asked: Asked) -> Case {
    Case {
        name,
        plain,
        site,
        asked,
    }
}

fn login(username: &str, password: &str) -> Asked {
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

fn cases() -> Vec<Case> {
    use Site::{Api, Pages};
    let token = |body: String| Asked::new("POST", "/token").body(FORM, body);
    let json = |body: String| Asked::new("POST", "/token").body(JSON, body);
    let page = |header: &str, value: String| Asked::new("GET", "/login").header(header, value);
    let many = |count: usize| (0..count).map(|n| format!("{n:x}=&")).collect::<String>();
    let members = (0..7_000)
        .map(|n| format!("\"{n:x}\":0"))
        .collect::<Vec<_>>();
    let nested = (0..120).fold(filled("0,", LARGE - 2_000) + "0", |inner, _| {
        format!("{{\"a\":[{inner}]}}")
    });
    // Letters for which others may stand: each doubles what might be meant.
    let leet = "4@8({[<369&#!1|0$5+7%2zxZ4@8({[<369&#!1|0$5+7%2zxZ4@8({[<369&#!1|0$5+7%2";
    vec![
        case(
            "plain: a body that is refused",
            "",
            Api,
            token("x=1".into()),
        ),
        case(
            "form of &",
            "plain: a body that is refused",
            Api,
            token(filled("&", LARGE)),
        ),
        case(
            "form of %41",
            "plain: a body that is refused",
            Api,
            token(filled("%41", LARGE)),
        ),
        case(
            "form of 10,500 names",
            "plain: a body that is refused",
            Api,
            token(many(10_500)),
        ),
        case(
            "JSON, 65,000 brackets",
            "plain: a body that is refused",
            Api,
            json(filled("[", LARGE)),
        ),
        case(
            "JSON, 7,000 members",
            "plain: a body that is refused",
            Api,
            json(format!("{{{}}}", members.join(","))),
        ),
        case(
            "JSON, deep and wide",
            "plain: a body that is refused",
            Api,
            json(nested),
        ),
        case(
            "JSON, one string of escapes",
            "plain: a body that is refused",
            Api,
            json(format!("{{\"username\":\"{}\"}}", filled("\\u0041", LARGE))),
        ),
        case(
            "JSON, long number",
            "plain: a body that is refused",
            Api,
            json(format!("{{\"a\":{}}}", filled("9", LARGE))),
        ),
        case(
            "scope of words",
            "plain: a body that is refused",
            Api,
            token(format!(
                "grant_type=client_credentials&scope={}",
                filled("a+b+", LARGE)
            )),
        ),
        case(
            "query of &",
            "plain: a body that is refused",
            Api,
            Asked::new("GET", format!("/revocations?{}", filled("&", HEADER))),
        ),
        case(
            "Basic",
            "plain: a body that is refused",
            Api,
            token("x=1".into())
                .header("authorization", format!("Basic {}", filled("OjEl", HEADER))),
        ),
        case(
            "Bearer",
            "plain: a body that is refused",
            Api,
            token("x=1".into()).header(
                "authorization",
                format!("Bearer {}", filled("eyJ.", HEADER)),
            ),
        ),
        case("plain: a wrong password", "", Api, login("nobody", "wrong")),
        case(
            "username that grows 18 times",
            "plain: a wrong password",
            Api,
            login(&filled("\u{fdfa}", LARGE), "wrong"),
        ),
        case(
            "username of marks",
            "plain: a wrong password",
            Api,
            login(&filled("\u{301}\u{316}", LARGE), "wrong"),
        ),
        case(
            "username of Hangul",
            "plain: a wrong password",
            Api,
            login(&filled("각", LARGE), "wrong"),
        ),
        case(
            "password over the limit",
            "plain: a wrong password",
            Api,
            login("nobody", &filled("x", LARGE)),
        ),
        case(
            "plain: a name that is refused",
            "",
            Api,
            register("username", "a b"),
        ),
        case(
            "registration, email of dots",
            "plain: a name that is refused",
            Api,
            register("email", &format!("a@{}", filled("a.", LARGE))),
        ),
        case(
            "registration, email of quotes",
            "plain: a name that is refused",
            Api,
            register("email", &format!("\"{}\"@a", filled("\\a", LARGE / 2))),
        ),
        case(
            "registration, name of letters",
            "plain: a name that is refused",
            Api,
            register("name", &filled("葛\u{e0100}", LARGE)),
        ),
        case(
            "registration, username that grows",
            "plain: a name that is refused",
            Api,
            register("username", &filled("\u{fdfa}", LARGE)),
        ),
        case(
            "plain: a common password",
            "",
            Api,
            register("password", "password"),
        ),
        case(
            "password, one letter 72 times",
            "plain: a common password",
            Api,
            register("password", &"a".repeat(72)),
        ),
        case(
            "password, pairs",
            "plain: a common password",
            Api,
            register("password", &"ab".repeat(36)),
        ),
        case(
            "password, digits",
            "plain: a common password",
            Api,
            register("password", &"1234567890".repeat(7)),
        ),
        case(
            "password, dates",
            "plain: a common password",
            Api,
            register("password", &"1.1.91".repeat(12)),
        ),
        case(
            "password, keyboard",
            "plain: a common password",
            Api,
            register("password", &"qwertyuiop[]asdfgh".repeat(4)),
        ),
        case(
            "password, other signs for letters",
            "plain: a common password",
            Api,
            register("password", leet),
        ),
        case(
            "password, words",
            "plain: a common password",
            Api,
            register("password", &"passwordmonkeydragon".repeat(3)),
        ),
        case("plain: a page", "", Pages, page("x-y", "z".into())),
        case(
            "3,500 cookies",
            "plain: a page",
            Pages,
            page("cookie", filled("a=b;", HEADER)),
        ),
        case(
            "1,500 session cookies",
            "plain: a page",
            Pages,
            page("cookie", filled("tegata=1;", HEADER)),
        ),
        case(
            "Accept-Language",
            "plain: a page",
            Pages,
            page("accept-language", filled("en;q=0.1,", HEADER)),
        ),
        case(
            "X-Forwarded-For",
            "plain: a page",
            Pages,
            page("x-forwarded-for", filled("::1,", HEADER)),
        ),
        case(
            "Accept",
            "plain: a page",
            Pages,
            page("accept", filled("text/htm,", HEADER)),
        ),
        case(
            "next of slashes",
            "plain: a page",
            Pages,
            Asked::new("GET", format!("/login?next={}", filled("/a/..", HEADER))),
        ),
        case(
            "next that fits",
            "plain: a page",
            Pages,
            Asked::new("GET", format!("/login?next={}", filled("/..", 2_000))),
        ),
        case(
            "form of names",
            "plain: a page",
            Pages,
            Asked::new("POST", "/login").body(FORM, many(10_500)),
        ),
        case(
            "login, next of slashes",
            "plain: a page",
            Pages,
            Asked::new("POST", "/login").form(&[("next", filled("/", LARGE / 4).as_bytes())]),
        ),
        case(
            "language, next of dots",
            "plain: a page",
            Pages,
            Asked::new("POST", "/language").body(
                FORM,
                form(&[
                    ("lang", b"en"),
                    ("next", filled("/.", LARGE / 4).as_bytes()),
                ]),
            ),
        ),
    ]
}

/// Nanoseconds that all threads of this process have been running.
fn cpu() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let files =
        tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("schedstat")).ok());
    files
        .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
        .sum()
}

#[tokio::test]
#[ignore = "measures the CPU of its process: run it alone"]
async fn no_request_costs_much_more_than_a_plain_one() {
    let mut trial = Trial::of(World::on_sqlite().await).await;
    let mut costs: Vec<(&str, f64)> = Vec::new();
    let mut dear = Vec::new();
    println!("| request | status | µs | of a plain one |\n| --- | --- | --- | --- |");
    for case in cases() {
        let mut best = u64::MAX;
        let mut status = 0;
        for _ in 0..3 {
            let before = cpu();
            for _ in 0..AT_ONCE {
                status = trial.send(case.site, case.asked.clone()).await.status;
            }
            best = best.min((cpu() - before) / AT_ONCE);
        }
        assert!((1..500).contains(&status), "{}: {status}", case.name);
        let micros = best as f64 / 1000.0;
        let plain = costs.iter().find(|(name, _)| *name == case.plain);
        let ratio = plain.map_or(1.0, |(_, plain)| micros / plain);
        println!("| {} | {status} | {micros:.0} | {ratio:.1} |", case.name);
        costs.push((case.name, micros));
        if ratio > MOST {
            dear.push(format!("{}: {ratio:.0}", case.name));
        }
    }
    assert!(dear.is_empty(), "{dear:?}");
    let (user, password) = (USERNAME, PASSWORD);
    let answer = trial.send(Site::Api, login(user, password)).await;
    assert_eq!(answer.status, 200, "it serves as before");
}
