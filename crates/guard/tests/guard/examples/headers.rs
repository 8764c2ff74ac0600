//! The service of Auth0's samples, before a key server on loopback.

use std::{
    net::SocketAddr,
    sync::{Arc, LazyLock},
};

use serde_json::{Value, json};
use tegata_guard::{
    testing::{KeyServer, ManualClock, Mint},
    token::{Algorithm, KeyPair},
};
use time::Duration;

use super::headers_example::app;
use crate::{
    app::{Answer, START},
    dialects::table::ROWS,
    forge::{token_of_text, with},
    wire::{get, serve},
};

const AUDIENCE: &str = "https://api.example.com";

/// To make one takes a third of a second.
static PAIR: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(Algorithm::RS256).unwrap());
static OTHER_PAIR: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(Algorithm::RS256).unwrap());

/// The example on a real listener, its key server, and the clock of both, which stands at [`START`].
struct Example {
    address: SocketAddr,
    server: KeyServer,
    /// Signs with a key that the server publishes.
    mint: Mint,
    clock: ManualClock,
}

impl Example {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With a server that does something from the beginning.
    async fn with(prepare: impl FnOnce(&mut KeyServer)) -> Self {
        let clock = ManualClock::new(START);
        let mut server = KeyServer::of(mint(&PAIR));
        let domain = server.issuer().replace("http://", "");
        let mint = server.mint().with_issuer(format!("https://{domain}/"));
        prepare(&mut server);
        let settings = move |name: &str| match name {
            "AUTH0_DOMAIN" => Some(domain.clone()),
            "API_AUDIENCE" => Some(AUDIENCE.to_owned()),
            _ => None,
        };
        let app = app(&settings, Arc::new(clock.clone())).unwrap();
        let address = serve(app).await;
        Self {
            address,
            server,
            mint,
            clock,
        }
    }

    async fn ask(&self, authorization: &str) -> Answer {
        let value = authorization.as_bytes().to_vec();
        get(self.address, "/headers", &[value]).await
    }

    /// A 200 and what it says, or the status and the reason.
    async fn says(&self, token: &str) -> String {
        let answer = self.ask(&format!("Bearer {token}")).await;
        let said = match answer.status.as_u16() {
            200 => &answer.body,
            _ => answer.header("tegata-reason"),
        };
        format!("{} {said}", answer.status.as_u16())
    }

    /// As Auth0 signs it, good for a day.
    fn payload(&self) -> Value {
        let now = START.unix_timestamp();
        let issuer = self.server.issuer().replace("http://", "https://") + "/";
        json!({
            "iss": issuer, "sub": "auth0|5f7c8ec7c33c6c004bbafe82", "aud": AUDIENCE,
            "iat": now, "exp": now + 86_400, "azp": "client", "scope": "openid profile",
            "permissions": [],
        })
    }

    fn token(&self) -> String {
        self.mint.forge(self.mint.header(), self.payload())
    }

    fn token_with(&self, claim: &str, value: Value) -> String {
        let payload = with(self.payload(), claim, value);
        self.mint.forge(self.mint.header(), payload)
    }

    fn token_headed(&self, member: &str, value: Value) -> String {
        let header = with(self.mint.header(), member, value);
        self.mint.forge(header, self.payload())
    }
}

fn mint(pair: &KeyPair) -> Mint {
    Mint::of_pair(pair).with_type("JWT")
}

#[tokio::test]
async fn a_good_token_is_granted_access_whatever_the_case_and_the_blanks() {
    let example = Example::start().await;
    let token = example.token();
    for before in [
        "Bearer ",
        "bearer ",
        "BEARER ",
        "Bearer    ",
        "Bearer\t",
        " \tbEARER \t \t",
    ] {
        for after in ["", " ", "\t \t"] {
            let answer = example.ask(&format!("{before}{token}{after}")).await;
            assert_eq!(answer.status, 200, "{before:?}");
            assert_eq!(answer.body, "Access Granted");
        }
    }
}

#[tokio::test]
async fn tokens_as_auth0_writes_them_are_good() {
    let example = Example::start().await;
    let userinfo = format!("{}userinfo", example.payload()["iss"].as_str().unwrap());
    for token in [
        example.token_with("aud", json!([AUDIENCE, userinfo])),
        example.token_with("aud", json!([userinfo, AUDIENCE])),
        example.token_headed("typ", json!("at+jwt")),
        example.token_headed("typ", Value::Null),
    ] {
        assert_eq!(example.says(&token).await, "200 Access Granted");
    }
}

#[tokio::test]
async fn every_refusal_has_the_code_and_description_of_the_table() {
    let example = Example::start().await;
    let good = example.token();
    let (header, rest) = good.split_once('.').unwrap();
    let (signed, _) = good.rsplit_once('.').unwrap();
    let stranger = mint(&OTHER_PAIR).forge(mint(&OTHER_PAIR).header(), example.payload());
    let (_, strange) = stranger.split_once('.').unwrap();
    let now = START.unix_timestamp();
    let public = example.mint.jwk()["n"].as_str().unwrap().to_owned();
    let hs256 = with(example.mint.header(), "alg", json!("HS256")).to_string();
    let confused = token_of_text(&public, &hs256, &example.payload().to_string());
    let bearer = |token: String| Some(format!("Bearer {token}"));
    let domain = example.server.issuer().replace("http://", "https://");
    for (reason, authorization) in [
        ("header_missing", None),
        ("wrong_scheme", Some("Basic eDp5".to_owned())),
        ("wrong_scheme", Some(format!("JWT {good}"))),
        ("wrong_scheme", Some(good.clone())),
        ("token_missing", Some("Bearer".to_owned())),
        ("extra_parts", bearer(format!("{good} {good}"))),
        ("malformed", bearer("x.y.z".to_owned())),
        ("malformed", bearer(signed.to_owned())),
        ("malformed", bearer(format!("{header}.{rest}.{rest}.x"))),
        (
            "algorithm_not_allowed",
            bearer(example.token_headed("alg", json!("none"))),
        ),
        (
            "algorithm_not_allowed",
            bearer(example.token_headed("alg", json!("HS256"))),
        ),
        ("algorithm_not_allowed", bearer(confused)),
        ("bad_signature", bearer(format!("{header}.{strange}"))),
        ("bad_signature", bearer(format!("{signed}."))),
        (
            "key_id_missing",
            bearer(example.token_headed("kid", Value::Null)),
        ),
        ("key_unknown", bearer(stranger.clone())),
        (
            "expired",
            bearer(example.token_with("exp", json!(now - 10))),
        ),
        (
            "not_yet_valid",
            bearer(example.token_with("nbf", json!(now + 11))),
        ),
        (
            "issued_in_future",
            bearer(example.token_with("iat", json!(now + 11))),
        ),
        (
            "wrong_issuer",
            bearer(example.token_with("iss", json!(domain))),
        ),
        (
            "wrong_issuer",
            bearer(example.token_with("iss", Value::Null)),
        ),
        (
            "wrong_audience",
            bearer(example.token_with("aud", json!("https://api.example.com/"))),
        ),
        (
            "wrong_audience",
            bearer(example.token_with("aud", json!(["other"]))),
        ),
        (
            "wrong_audience",
            bearer(example.token_with("aud", Value::Null)),
        ),
        (
            "claim_missing",
            bearer(example.token_with("exp", Value::Null)),
        ),
        (
            "wrong_type",
            bearer(example.token_headed("typ", json!("logout+jwt"))),
        ),
    ] {
        let values = authorization.map(String::into_bytes);
        let answer = get(example.address, "/headers", &Vec::from_iter(values)).await;
        assert_eq!(answer.header("tegata-reason"), reason);
        assert_eq!(answer.status, 401, "{reason}");
        let row = ROWS.iter().find(|row| row.reason == reason).unwrap();
        let (code, description) = row.auth0;
        let body = json!({"code": code, "description": description});
        assert_eq!(answer.json(), body, "{reason}");
    }
}

#[tokio::test]
async fn only_rs256_is_taken_whatever_else_is_published() {
    let example = Example::start().await;
    let ed25519 = Mint::new(Algorithm::EdDSA).with_type("JWT");
    example.server.publish(ed25519.jwk());
    let token = ed25519.forge(ed25519.header(), example.payload());
    assert_eq!(example.says(&token).await, "401 algorithm_not_allowed");
    assert_eq!(example.says(&example.token()).await, "200 Access Granted");
}

#[tokio::test]
async fn two_keys_of_one_name_are_both_tried() {
    let example = Example::start().await;
    let (one, two) = (mint(&PAIR).with_kid("k"), mint(&OTHER_PAIR).with_kid("k"));
    example.server.publish_only([one.jwk(), two.jwk()]);
    for mint in [one, two] {
        let token = mint.forge(mint.header(), example.payload());
        assert_eq!(example.says(&token).await, "200 Access Granted");
    }
}

#[tokio::test]
async fn a_key_that_is_new_in_the_set_is_known_at_once() {
    let example = Example::start().await;
    assert_eq!(example.says(&example.token()).await, "200 Access Granted");
    let new = mint(&OTHER_PAIR);
    example.server.publish(new.jwk());
    let token = new.forge(new.header(), example.payload());
    assert_eq!(example.says(&token).await, "200 Access Granted");
}

#[tokio::test]
async fn a_key_server_that_is_down_refuses_nobody_for_good() {
    let mut example = Example::with(KeyServer::stop).await;
    let answer = example.ask(&format!("Bearer {}", example.token())).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(answer.header("tegata-reason"), "keys_unavailable");
    assert_eq!(
        answer.body,
        r#"{"code":"temporarily_unavailable","description":"The keys that check tokens cannot be reached; try again."}"#
    );
    // What is wrong before any key is asked stays a 401.
    let answer = get(example.address, "/headers", &[]).await;
    assert_eq!(answer.status, 401);

    example.server.listen();
    example.clock.advance(Duration::seconds(10));
    assert_eq!(example.says(&example.token()).await, "200 Access Granted");
    example.server.stop();
    example.clock.advance(Duration::hours(1));
    assert_eq!(example.says(&example.token()).await, "200 Access Granted");
}

#[test]
fn a_setting_that_is_missing_or_no_host_is_named() {
    for (domain, audience, named) in [
        (None, Some(AUDIENCE), "AUTH0_DOMAIN"),
        (Some(""), Some(AUDIENCE), "AUTH0_DOMAIN"),
        (
            Some("https://example.eu.auth0.com/"),
            Some(AUDIENCE),
            "AUTH0_DOMAIN",
        ),
        (Some("example.com:99999"), Some(AUDIENCE), "AUTH0_DOMAIN"),
        (Some("example.eu.auth0.com"), None, "API_AUDIENCE"),
    ] {
        let settings = |name: &str| match name {
            "AUTH0_DOMAIN" => domain.map(str::to_owned),
            "API_AUDIENCE" => audience.map(str::to_owned),
            _ => None,
        };
        let refused = app(&settings, Arc::new(ManualClock::new(START))).unwrap_err();
        assert!(refused.to_string().contains(named), "{refused}");
    }
}
