//! `tegata health`: the exit code that health checks go by, and the line that says why.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use crate::tegata::Place;

/// Where a running pair listens, as settings for another command.
fn beside(api: &str, pages: &str) -> Place {
    let address = |url: &str| {
        url.trim_start_matches("http://")
            .replace("localhost", "127.0.0.1")
    };
    Place::new()
        .with("ISSUER_BIND", &address(api))
        .with("FRONTEND_BIND", &address(pages))
}

/// Nobody listens there, and no test is given that port.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Answers one request, whatever it is, and gives what it was.
fn answer_once(listener: &TcpListener, answer: &str) -> String {
    let (mut connection, _) = listener.accept().unwrap();
    let mut request = [0; 4096];
    let length = connection.read(&mut request).unwrap();
    connection.write_all(answer.as_bytes()).unwrap();
    String::from_utf8_lossy(&request[..length]).into_owned()
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn well(place: &Place, arguments: &[&str]) -> String {
    let output = place.output(&[&["health"], arguments].concat());
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_running_pair_is_ready_and_alive() {
    let home = Place::new();
    let tegata = home.start();
    let place = beside(&tegata.api, &tegata.pages);
    assert_eq!(well(&place, &[]).matches("is ready").count(), 2);
    assert_eq!(well(&place, &["--live"]).matches("is alive").count(), 2);
    for service in ["issuer", "frontend", &tegata.api, &tegata.pages] {
        assert_eq!(well(&place, &[service]).lines().count(), 1, "{service}");
    }
}

#[test]
fn one_of_the_two_may_run_alone_unless_it_is_the_one_that_was_asked_for() {
    let home = Place::new();
    let tegata = home.start();
    for (api, pages, here, missing) in [
        (tegata.api.as_str(), NOWHERE, "issuer", "frontend"),
        (NOWHERE, tegata.pages.as_str(), "frontend", "issuer"),
    ] {
        let place = beside(api, pages);
        assert_eq!(well(&place, &[]).lines().count(), 1);
        assert_eq!(well(&place, &[here]).lines().count(), 1);
        let (line, code) = place.refusal(&["health", missing]);
        assert!(line.contains("nothing listens on http://127"), "{line}");
        assert_eq!(code, 1);
    }
}

#[test]
fn nobody_at_all_is_a_failure() {
    let (line, code) = beside(NOWHERE, NOWHERE).refusal(&["health"]);
    assert!(line.contains("nothing listens"), "{line}");
    assert_eq!(code, 1);
}

#[test]
fn a_service_that_listens_on_every_address_is_found() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || answer_once(&listener, &ok(r#"{"status":"ready"}"#)));
    let place = Place::new().with("ISSUER_BIND", &format!("0.0.0.0:{port}"));
    well(&place, &["issuer"]);
    assert!(server.join().unwrap().starts_with("GET /health/ready "));
}

#[test]
fn a_service_that_is_not_ready_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let body = r#"{"status":"not_ready"}"#;
        let length = body.len();
        let answer =
            format!("HTTP/1.1 503 Service Unavailable\r\ncontent-length: {length}\r\n\r\n{body}");
        answer_once(&listener, &answer)
    });
    let (line, code) = Place::new().refusal(&["health", &address]);
    assert!(line.contains("503") && line.contains("not_ready"), "{line}");
    assert_eq!(code, 1);
    server.join().unwrap();
}

#[test]
fn another_program_that_answers_200_is_neither_ready_nor_alive() {
    for body in [
        "",
        "It looks like you are trying to access MongoDB over HTTP on the native driver port.\r\n",
        r#"{"status":"not_ready"}"#,
        r#"{"healthy":true}"#,
        r#""ready""#,
    ] {
        for arguments in [&["health"][..], &["health", "--live"]] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = format!("http://{}", listener.local_addr().unwrap());
            let server = std::thread::spawn(move || answer_once(&listener, &ok(body)));
            let (line, code) = Place::new().refusal(&[arguments, &[&address]].concat());
            assert!(line.contains("not as tegata does"), "{line}");
            assert_eq!(code, 1);
            server.join().unwrap();
        }
    }
}

#[test]
fn an_address_with_credentials_is_refused_and_they_are_not_repeated() {
    for address in [
        "http://hana:hunter2@127.0.0.1:1",
        "http://hunter2@127.0.0.1:1",
        "http://:hunter2@127.0.0.1:1",
        "HTTP://hana:hunter2@127.0.0.1:1/x",
    ] {
        let (line, _) = Place::new().refusal(&["health", address]);
        assert!(line.contains("without user and password"), "{line}");
        assert!(
            !line.contains("hana") && !line.contains("hunter2"),
            "{line}"
        );
    }
}

#[test]
fn silence_is_a_failure_in_good_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (line, code) = Place::new().refusal(&["health", &address]);
    assert!(line.contains("does not answer within 3 seconds"), "{line}");
    assert_eq!(code, 1);
}

#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    let home = Place::new();
    let tegata = home.start();
    let place = beside(&tegata.api, &tegata.pages).with("HTTP_PROXY", NOWHERE);
    let place = place.with("http_proxy", NOWHERE);
    assert_eq!(well(&place, &[]).lines().count(), 2);
}

#[test]
fn what_is_no_service_is_refused() {
    for nonsense in ["pages", "http://127.0.0.1:8000/health/live", "127.0.0.1"] {
        let (line, code) = Place::new().refusal(&["health", nonsense]);
        assert!(line.contains("write issuer, frontend, or"), "{line}");
        assert_eq!(code, 1);
    }
}

#[test]
fn good_health_is_logged_for_those_who_look_closely_only() {
    for (level, logged) in [("info", false), ("debug", true)] {
        let home = Place::new().with("LOG", level);
        let tegata = home.start();
        well(&beside(&tegata.api, &tegata.pages), &["issuer"]);
        let status = |path: &str| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let answer = runtime.block_on(reqwest::get(format!("{}{path}", tegata.api)));
            answer.unwrap().status()
        };
        assert_eq!(status("/docs"), 200);
        let log = tegata.log();
        assert!(log.contains("/docs"), "the log works: {log}");
        assert_eq!(log.contains("/health/ready"), logged, "{level}: {log}");
    }
}
