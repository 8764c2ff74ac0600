//! At least one real request for each reason, and the service that it is sent to.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, LazyLock},
};

use axum::{Router, routing::get};
use serde_json::{Value, json};
use tegata_guard::{
    Caller, Guard, Keys,
    rejection::Dialect,
    token::{Algorithm, KeyPair, Keyring, ManualClock, Reason, Signer},
};

use crate::{
    app::{self, OTHER_SECRET, SECRET, START},
    forge::{header, payload, token, token_of_text, with},
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
    let guard = Guard::new(Keys::shared_secret(SECRET).unwrap())
        .with_issuer("https://issuer.test")
        .with_audience("https://api.test")
        .with_clock(clock());
    let unknown = async |caller: Caller| caller.refuse(Reason::UserUnknown);
    let disabled = async |caller: Caller| caller.refuse(Reason::UserDisabled);
    let routes = app::service()
        .route("/unknown", get(unknown))
        .route("/disabled", get(disabled))
        .layer(guard.layer().dialect(dialect));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    let behind = |path, keys| {
        let layer = Guard::new(keys).with_clock(clock()).layer();
        let route = Router::new().route(path, get(async || "in"));
        route.layer(layer.dialect(dialect))
    };
    let ring = Keyring::new(None, vec![PAIR.verifying_key()]);
    let routes = routes
        .merge(behind("/key-set", Keys::ring(ring)))
        .merge(behind("/nowhere", Keys::jwks(nowhere).unwrap()));
    let routes = routes.merge(super::ended::routes(&guard, dialect).await);
    serve(routes).await
}

/// The pair whose public half the service holds at `/key-set`.
static PAIR: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(Algorithm::ES256).unwrap());

/// A clock that stands at [`START`].
pub(super) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(START))
}

/// Every way to be refused.
pub(crate) fn requests() -> Vec<Request> {
    [
        without_a_token(),
        of_bad_form(),
        of_bad_claims(),
        of_good_tokens(),
        of_key_pairs(),
        super::ended::requests(),
    ]
    .into_iter()
    .flatten()
    .collect()
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
        bearer("malformed", "/", &token_of_text(SECRET, "[]", "{}")),
        bearer(
            "malformed",
            "/",
            &token_of_text(SECRET, &header().to_string(), &twice),
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
    vec![
        bearer("scope_missing", "/writes", &good),
        bearer("scope_missing", "/editors", &good),
        bearer("user_unknown", "/unknown", &good),
        bearer("user_disabled", "/disabled", &good),
    ]
}

/// At a service that holds public keys.
fn of_key_pairs() -> Vec<Request> {
    let claims = app::claims();
    let good = Signer::new(PAIR.signing_key()).sign(&claims).unwrap();
    let stranger = KeyPair::generate(Algorithm::ES256).unwrap();
    let unknown = Signer::new(stranger.signing_key()).sign(&claims).unwrap();
    let (header, _) = good.split_once('.').unwrap();
    let (_, rest) = unknown.split_once('.').unwrap();
    let named = with(
        self::header(),
        "kid",
        json!(PAIR.verifying_key().kid().as_str()),
    );
    let unnamed = with(
        with(named.clone(), "alg", json!("ES256")),
        "kid",
        Value::Null,
    );
    vec![
        bearer("key_unknown", "/key-set", &unknown),
        bearer("keys_unavailable", "/nowhere", &good),
        bearer("bad_signature", "/key-set", &format!("{header}.{rest}")),
        bearer(
            "algorithm_not_allowed",
            "/key-set",
            &token(&named, &payload()),
        ),
        bearer("key_id_missing", "/key-set", &token(&unnamed, &payload())),
    ]
}

pub(super) fn bearer(reason: &'static str, path: &'static str, token: &str) -> Request {
    Request {
        reason,
        path,
        authorizations: vec![format!(" Bearer {token}").into_bytes()],
    }
}
