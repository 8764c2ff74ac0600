//! Judged by keys that somebody publishes.

use axum::{Router, routing::get};
use serde_json::{Value, json};
use tegata_guard::token::{Algorithm, KeyPair, Keyring, Signer};

use super::{BEFORE, claims, explain, service, signed};

#[tokio::test(flavor = "multi_thread")]
async fn where_the_issuer_signs_with_a_pair_its_published_keys_are_taken() {
    let pair = KeyPair::generate(Algorithm::EdDSA).unwrap();
    let token = Signer::new(pair.signing_key()).sign(&claims()).unwrap();
    let set = json!({"keys": Keyring::new(None, vec![pair.verifying_key()]).jwks()});
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let keys = Router::new().route(
        "/.well-known/jwks.json",
        get(move || async move { set.to_string() }),
    );
    tokio::spawn(async move { axum::serve(socket, keys).await.unwrap() });
    let place = service().with("ALGORITHM", "EdDSA");

    // A proxy for the world outside is not asked, as the services ask none.
    let here = place
        .with("ISSUER_URL", &url)
        .with("HTTP_PROXY", "http://127.0.0.1:1")
        .with("http_proxy", "http://127.0.0.1:1");
    let said = explain(&here, &[], token.as_bytes());
    assert_eq!(said.code, 0, "{} {}", said.out, said.err);
    // As the services do: what was signed with the secret is good only while it is listed as a previous one.
    let here = here.again().with("ALGORITHM", "EdDSA");
    let here = here.with("ISSUER_URL", &url).with("SECRET_KEY", BEFORE);
    let before = signed(&claims(), BEFORE);
    let said = explain(&here, &[], before.as_bytes());
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.out.contains("algorithm_not_allowed"), "{}", said.out);
    let listed = here.with("PREVIOUS_SECRET_KEYS", BEFORE);
    let said = explain(&listed, &[], before.as_bytes());
    assert_eq!(said.code, 0, "{} {}", said.out, said.err);

    let away = service()
        .with("ALGORITHM", "EdDSA")
        .with("ISSUER_URL", "http://127.0.0.1:1");
    let said = explain(&away, &[], token.as_bytes());
    assert_eq!(said.code, 2, "nobody can say that it is refused");
    assert!(said.out.contains("cannot be had"), "{}", said.out);
    let said = explain(&away, &["--json"], token.as_bytes()).json();
    assert_eq!(said["verdict"], "not_judged");
    assert_eq!(said["reason"], Value::Null);
    // What no key can mend is refused all the same.
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.";
    for hopeless in ["a.b", unsigned] {
        assert_eq!(explain(&away, &[], hopeless.as_bytes()).code, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_set_is_read_from_a_file_and_from_an_address() {
    let pair = KeyPair::generate(Algorithm::ES256).unwrap();
    let mut claims = claims();
    claims.iss = Some("https://example.eu.auth0.com/".to_owned());
    let token = Signer::new(pair.signing_key())
        .with_type("JWT")
        .sign(&claims)
        .unwrap();
    let ring = Keyring::new(None, vec![pair.verifying_key()]);
    let mut set = json!({"keys": ring.jwks()});
    set["keys"]
        .as_array_mut()
        .unwrap()
        .push(json!({"kty": "oct", "kid": "leaked", "k": "AAAA"}));
    let place = service();
    let file = place.path("keys.json");
    std::fs::write(&file, set.to_string()).unwrap();
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks.json", socket.local_addr().unwrap());
    let keys = Router::new().route("/jwks.json", get(move || async move { set.to_string() }));
    tokio::spawn(async move { axum::serve(socket, keys).await.unwrap() });

    for jwks in [file.to_str().unwrap(), &url] {
        let asked = ["--jwks", jwks, "--dialect", "jwt"];
        let said = explain(&place, &asked, token.as_bytes());
        assert_eq!(said.code, 0, "{} {}", said.out, said.err);
        assert!(
            said.out.contains("the key leaked of the set is left out"),
            "{}",
            said.out
        );
        let wanted = [&asked[..], &["--issuer", "https://example.eu.auth0.com"]].concat();
        let said = explain(&place, &wanted, token.as_bytes());
        assert!(
            said.out.contains("differs only by a trailing slash"),
            "{}",
            said.out
        );
    }
    for (bad, says) in [
        (place.path("none").to_str().unwrap(), "No such file"),
        ("http://example.com/jwks.json", "write https://"),
        (
            "https://hana:hunter2@localhost/x",
            "without user and password",
        ),
        (&url.replace("jwks", "nothing"), "404"),
    ] {
        let said = explain(&place, &["--jwks", bad], token.as_bytes());
        assert_eq!(said.code, 2, "{says}");
        assert!(said.err.contains(says), "{}", said.err);
        assert!(!said.err.contains("hunter2"), "{}", said.err);
    }
}
