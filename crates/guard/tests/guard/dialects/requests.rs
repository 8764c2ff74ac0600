//! At least one real request for each reason, and the service that it is sent to.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, routing::get};
use serde_json::{Value, json};
use tegata_guard::{
    Caller, Guard, Keys,
    rejection::Dialect,
    token::{ManualClock, Reason},
};

use crate::{
    app::{self, OTHER_SECRET, SECRET, START},
    forge::{header, payload, token, token_of_bytes, with},
    wire::serve,
};

/// A request that is refused.
pub(crate) struct Request {
    /// For this.
    pub(crate) reason: &'static str,
    pub(crate) path: &'static str,
    /// Its `Authorization` headers.
    pub(crate) authorizations: Vec<Vec<u8>>,
}

/// A service on a real listener, whose every route answers in this dialect.
pub(crate) async fn service(dialect: Dialect) -> SocketAddr {
    let guard = strict(SECRET);
    let unknown = async |caller: Caller| caller.refuse(Reason::UserUnknown);
    let disabled = async |caller: Caller| caller.refuse(Reason::UserDisabled);
    let routes = app::service()
        .route("/unknown", get(unknown))
        .route("/disabled", get(disabled))
        .layer(guard.layer().dialect(dialect));
    #[cfg(feature = "revocations")]
    let routes = routes.merge(super::ended::routes(&guard, dialect).await);
    serve(Router::new().merge(routes)).await
}

/// A guard that asks for everything, by a clock that stands at [`START`].
fn strict(secret: &str) -> Guard {
    Guard::new(Keys::shared_secret(secret).unwrap())
        .with_issuer("https://issuer.test")
        .with_audience("https://api.test")
        .with_clock(Arc::new(ManualClock::new(START)))
}

/// Every way to be refused; the first element is the good token of which the others are spoilt.
pub(crate) fn requests() -> Vec<Request> {
    let mut all = without_a_token();
    all.extend(of_bad_form());
    all.extend(of_bad_claims());
    all.extend(of_good_tokens());
    all
}

fn without_a_token() -> Vec<Request> {
    let good = token(&header(), &payload());
    let cases: [(&str, &[&str]); 14] = [
        ("header_missing", &[]),
        ("header_missing", &[""]),
        ("header_missing", &["  \t"]),
        ("wrong_scheme", &[" Basic eDp5"]),
        ("wrong_scheme", &[" JWT x.y.z"]),
        ("wrong_scheme", &[&good]),
        ("wrong_scheme", &[&format!(" Bearer{good}")]),
        ("token_missing", &[" Bearer"]),
        ("token_missing", &[" bearer \t "]),
        ("extra_parts", &[" Bearer a b"]),
        ("extra_parts", &[&format!(" Bearer {good} {good}")]),
        ("extra_parts", &[&format!(" Bearer {good}"), " Bearer"]),
        ("extra_parts", &[&format!(" Bearer {good}"), " Basic eDp5"]),
        ("extra_parts", &[&format!(" Bearer\t{good}\tx")]),
    ];
    let request = |(reason, values): (&'static str, &[&str])| Request {
        reason,
        path: "/",
        authorizations: values
            .iter()
            .map(|value| value.as_bytes().to_vec())
            .collect(),
    };
    cases.into_iter().map(request).collect()
}

fn of_bad_form() -> Vec<Request> {
    let good = token(&header(), &payload());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let sealed = |name, value| token(&with(header(), name, value), &payload());
    let text = payload().to_string();
    let twice = text.replacen('{', "{\"sub\":\"user-2\",", 1);
    let other = app::sign(&app::claims(), OTHER_SECRET);
    let mut all = vec![
        bearer("malformed", "/", "x"),
        bearer("malformed", "/", "x.y.z"),
        bearer("malformed", "/", signed),
        bearer("malformed", "/", &format!("{good}.")),
        bearer("malformed", "/", &format!("{good}.{signature}.x")),
        bearer("malformed", "/", &format!("{good}=")),
        bearer("malformed", "/", &"a".repeat(9_000)),
        bearer("malformed", "/", &sealed("crit", json!(["b64"]))),
        bearer("malformed", "/", &token_of_bytes(b"[]", b"{}")),
        bearer(
            "malformed",
            "/",
            &token_of_bytes(header().to_string().as_bytes(), twice.as_bytes()),
        ),
        bearer("wrong_type", "/", &sealed("typ", json!("JWT"))),
        bearer("wrong_type", "/", &sealed("typ", Value::Null)),
        bearer("key_id_missing", "/", &sealed("kid", Value::Null)),
        bearer(
            "key_mismatch",
            "/",
            &sealed("kid", json!("../../etc/passwd")),
        ),
        bearer("key_mismatch", "/", &other),
        bearer("bad_signature", "/", &format!("{signed}.")),
        bearer(
            "bad_signature",
            "/",
            &format!("{signed}.{}", "A".repeat(43)),
        ),
    ];
    for name in ["none", "None", "hs256", "RS256", "ES256", "HS512"] {
        let token = sealed("alg", json!(name));
        all.push(bearer("algorithm_not_allowed", "/", &token));
    }
    // No text at all, though a header may carry it.
    all.push(Request {
        reason: "malformed",
        path: "/",
        authorizations: vec![b" Bearer \xff".to_vec()],
    });
    all
}

fn of_bad_claims() -> Vec<Request> {
    let now = START.unix_timestamp();
    let cases = [
        ("claim_missing", "exp", Value::Null),
        ("expired", "exp", json!(now - 10)),
        ("expired", "exp", json!(-1)),
        ("not_yet_valid", "nbf", json!(now + 11)),
        ("issued_in_future", "iat", json!(now + 11)),
        ("wrong_issuer", "iss", Value::Null),
        ("wrong_issuer", "iss", json!("https://issuer.test/")),
        ("wrong_audience", "aud", Value::Null),
        ("wrong_audience", "aud", json!([])),
        ("wrong_audience", "aud", json!(["https://api.test/"])),
        ("malformed", "exp", json!("tomorrow")),
        ("malformed", "aud", json!({"https://api.test": true})),
    ];
    let request = |(reason, name, value)| {
        bearer(
            reason,
            "/",
            &token(&header(), &with(payload(), name, value)),
        )
    };
    cases.map(request).into()
}

/// What is refused although nothing is wrong with the token.
fn of_good_tokens() -> Vec<Request> {
    let good = token(&header(), &payload());
    let mut all = vec![
        bearer("scope_missing", "/writes", &good),
        bearer("scope_missing", "/editors", &good),
        bearer("user_unknown", "/unknown", &good),
        bearer("user_disabled", "/disabled", &good),
    ];
    #[cfg(feature = "revocations")]
    all.extend(super::ended::requests());
    all
}

pub(super) fn bearer(reason: &'static str, path: &'static str, token: &str) -> Request {
    Request {
        reason,
        path,
        authorizations: vec![format!(" Bearer {token}").into_bytes()],
    }
}
