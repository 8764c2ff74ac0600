//! An issuer that is broken, or not one at all: nothing panics, nothing that is known is lost, and what is lived
//! through is over when it is.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    issuer::{Issuer, Manner},
    service::{PATIENCE, asked, following, refused},
};

/// Each by itself, all at once.
async fn all_lived_through(manners: impl IntoIterator<Item = (String, Manner)>) {
    let trials = manners
        .into_iter()
        .map(|(what, manner)| lived_through(what, manner));
    join_all(trials).await;
}

/// Takes a service that knows "known" through an issuer that answers in this manner, and back.
async fn lived_through(what: String, manner: Manner) {
    let issuer = Issuer::start();
    issuer.end("known");
    let (service, revocations, _) = following(&issuer);
    issuer.is_followed().await;
    let so_far = issuer.asked().len();
    issuer.answer(manner);
    issuer.was_asked(so_far + 2).await;
    let status = revocations.status();
    assert_eq!((status.reachable, status.ended), (false, 1), "{what}");
    assert_eq!(
        asked(&service, "known").await,
        "401 session_ended",
        "{what}"
    );
    assert_eq!(asked(&service, "other").await, "200", "{what}");
    issuer.answer(Manner::Properly);
    issuer.end("new");
    refused(&service, "new", PATIENCE).await;
    assert_eq!(
        asked(&service, "known").await,
        "401 session_ended",
        "{what}"
    );
}

#[tokio::test]
async fn a_broken_answer_is_no_answer() {
    let hash = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let bodies = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "<!doctype html><title>Log in to the wireless network</title>".to_owned(),
        r#"{"ended":[],"next":"x","more":false"#.to_owned(),
        r#"{"ended":[],"next":"x","more":false}{}"#.to_owned(),
        r#"{"ended":[],"next":"x"}"#.to_owned(),
        r#"{"ended":[],"more":false}"#.to_owned(),
        r#"{"next":"x","more":false}"#.to_owned(),
        r#"{"ended":[],"ended":[],"next":"x","more":false}"#.to_owned(),
        r#"{"ended":{},"next":"x","more":false}"#.to_owned(),
        r#"{"ended":[],"next":7,"more":false}"#.to_owned(),
        r#"{"ended":[],"next":"","more":false}"#.to_owned(),
        r#"{"ended":[],"next":null,"more":false}"#.to_owned(),
        r#"{"ended":[],"next":"x","more":"no"}"#.to_owned(),
        json!({"ended": [], "next": "x".repeat(1025), "more": false}).to_string(),
        entry(&json!({"sid_sha256": hash})),
        entry(&json!({"until": 1})),
        entry(&json!({"sid_sha256": hash, "until": "1"})),
        entry(&json!({"sid_sha256": hash, "until": null})),
        entry(&json!({"sid_sha256": 1, "until": 1})),
        entry(&json!({"sid_sha256": "", "until": 1})),
        entry(&json!({"sid_sha256": &hash[1..], "until": 1})),
        entry(&json!({"sid_sha256": format!("{hash}="), "until": 1})),
        entry(&json!({"sid_sha256": format!("{hash}AAAA"), "until": 1})),
        entry(&json!({"sid_sha256": hash.replace('-', "+"), "until": 1})),
        entry(&json!("47DEQpj8HBSa")),
        entry(&json!({"sid_sha256": hash, "until": 1})).replace(":1}", ":1e999}"),
        "[".repeat(100_000),
        format!("{{\"a\":{}", "[".repeat(100_000)),
        "\u{0}".repeat(100),
    ];
    let named = bodies.map(|body| {
        let what = body.chars().take(100).collect();
        (what, Manner::With(200, body))
    });
    all_lived_through(named).await;
}

fn entry(entry: &Value) -> String {
    json!({"ended": [entry], "next": "x", "more": false}).to_string()
}

#[tokio::test]
async fn any_status_but_200_is_no_answer() {
    let good = json!({"ended": [], "next": "x", "more": false}).to_string();
    // 400 is another matter: the cursor is dropped, and asking for everything is refused as well.
    let statuses = [201, 204, 206, 301, 400, 401, 404, 429, 500, 503];
    let named = statuses.map(|status| (status.to_string(), Manner::With(status, good.clone())));
    all_lived_through(named).await;
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_short() {
    let large = format!(
        r#"{{"ended":[],"next":"x","more":false{}}}"#,
        " ".repeat(10 << 20)
    );
    all_lived_through([
        ("endless".to_owned(), Manner::Endlessly),
        ("10 MiB".to_owned(), Manner::With(200, large)),
    ])
    .await;
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    let elsewhere = Issuer::start();
    elsewhere.end("other");
    let url = format!("{}/revocations", elsewhere.address());
    lived_through("redirect".to_owned(), Manner::ElsewhereAt(url)).await;
    assert_eq!(elsewhere.asked(), []);
}

#[tokio::test]
async fn no_time_is_too_odd() {
    let issuer = Issuer::start();
    for (sid, until) in [
        ("negative", json!(-1)),
        ("least", json!(i64::MIN)),
        ("most", json!(u64::MAX)),
        ("huge", json!(1e300)),
        ("fraction", json!(1.5)),
        ("zero", json!(0)),
    ] {
        issuer.end_until(sid, &until);
    }
    let (service, _, _) = following(&issuer);
    issuer.is_followed().await;
    for sid in ["most", "huge"] {
        assert_eq!(asked(&service, sid).await, "401 session_ended", "{sid}");
    }
    assert_eq!(asked(&service, "other").await, "200");
}

#[tokio::test]
async fn an_issuer_that_never_waits_is_not_asked_without_pause() {
    for manner in [Manner::Impatiently, Manner::InCircles] {
        let issuer = Issuer::start();
        issuer.end("known");
        issuer.answer(manner.clone());
        let begun = Instant::now();
        let (service, _, _) = following(&issuer);
        issuer.was_asked(6).await;
        let pauses = 3;
        assert!(
            begun.elapsed() > pauses * Duration::from_millis(250),
            "{manner:?}: {:?}",
            begun.elapsed()
        );
        issuer.end("new");
        refused(&service, "new", Duration::from_secs(2)).await;
    }
}
