//! `tegata explain`: what a developer reads of a token, the exit code, and that neither the signature nor a terminal
//! escape is ever printed.

use std::{io::Write, process::Stdio};

use axum::{Router, routing::get};
use serde_json::{Value, json};
use tegata_guard::token::{
    Algorithm, Claims, Clock, HmacSecret, KeyPair, Keyring, Signer, SystemClock,
};
use time::Duration;

use crate::{pair::SECRET, tegata::Place};

const ISSUER: &str = "http://127.0.0.1:8000";
/// Without a comma, so that it can stand in a list.
const BEFORE: &str = "another secret of thirty-two bytes or more";

fn claims() -> Claims {
    let mut claims = Claims::new("user-1", SystemClock.now(), Duration::minutes(15));
    claims.iss = Some(ISSUER.to_owned());
    claims
}

fn signed(claims: &Claims, secret: &str) -> String {
    let secret = HmacSecret::parse_insecure(secret).unwrap();
    Signer::new(secret.signing_key()).sign(claims).unwrap()
}

fn service() -> Place {
    Place::new().with("SECRET_KEY", SECRET)
}

/// What was said, and the exit code.
struct Said {
    out: String,
    err: String,
    code: i32,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {}", self.out))
    }
}

/// Runs it with this on standard input.
fn explain(place: &Place, arguments: &[&str], input: &[u8]) -> Said {
    let mut child = place
        .command(&[&["explain"], arguments].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // One that reads no more closes the pipe.
    let writing = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    Said {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

#[test]
fn a_good_token_is_good_however_it_is_written() {
    let token = signed(&claims(), SECRET);
    let place = service();
    for (arguments, input) in [
        (vec![token.as_str()], String::new()),
        (vec!["Bearer", &token], String::new()),
        (vec![&format!("Bearer {token}")], String::new()),
        (vec!["-"], format!("{token}\n")),
        (vec![], format!("Authorization: bearer {token}\r\n")),
    ] {
        let said = explain(&place, &arguments, input.as_bytes());
        assert_eq!(said.code, 0, "{} {}", said.out, said.err);
        assert!(said.out.starts_with("good\n"), "{}", said.out);
        assert!(said.out.contains("proven by the signature"));
        assert!(said.out.contains("sub: \"user-1\""));
        assert!(said.err.is_empty(), "{}", said.err);
    }
}

#[test]
fn a_refusal_has_its_code_its_numbers_and_exit_code_1() {
    let mut old = claims();
    old.exp = SystemClock.now().unix_timestamp() - 72;
    old.iss = Some(format!("{ISSUER}/"));
    let place = service().with("AUDIENCE", "image");

    let said = explain(&place, &[&signed(&old, SECRET)], b"");

    assert_eq!(said.code, 1);
    assert!(said.err.contains("refused: wrong_issuer"), "{}", said.err);
    for words in [
        "refused: wrong_issuer",
        "differs only by a trailing slash",
        "aud is missing, wanted `image`",
        "exp 1 min 1",
        "leeway 10 s",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
}

#[test]
fn another_secret_shows_both_fingerprints_and_the_claims_unproven() {
    let other = "another secret of thirty-two bytes or more";
    let kid = |secret: &str| HmacSecret::parse(secret).unwrap().kid().to_string();
    let said = explain(&service(), &["--json", &signed(&claims(), other)], b"");

    assert_eq!(said.code, 1);
    let said = said.json();
    assert_eq!(said["verdict"], "refused");
    assert_eq!(said["reason"], "key_mismatch");
    assert_eq!(said["proven"], false);
    assert_eq!(said["claims"]["sub"], "user-1");
    let checks = said["checks"].as_array().unwrap();
    let key = checks.iter().find(|check| check["check"] == "key").unwrap();
    assert_eq!(key["outcome"], "failed");
    let words = format!(
        "signed with key `{}`; this service knows `{}`",
        kid(other),
        kid(SECRET)
    );
    assert_eq!(key["detail"], words);
}

#[test]
fn a_secret_with_a_line_break_too_many_is_recognised() {
    let place = service();
    let base64 = "base64:YSBzZWNyZXQgZm9yIHRlc3RzLCBvZiAzMiBieXRlcyBvciBtb3JlCg==";
    let with_break = signed(&claims(), base64);
    let said = explain(&place, &[&with_break], b"");
    assert!(
        said.out.contains("with a line break at its end"),
        "{}",
        said.out
    );
    let honest = signed(&claims(), "another secret of thirty-two bytes or more");
    assert!(
        !explain(&place, &[&honest], b"")
            .out
            .contains("it was signed with")
    );
}

#[test]
fn the_signature_is_never_printed() {
    let good = signed(&claims(), SECRET);
    let signature = good.rsplit_once('.').unwrap().1.to_owned();
    for token in [
        good.clone(),
        format!("{good}="),
        format!("{good}.x"),
        format!("{good} {good}"),
    ] {
        for json in [&[][..], &["--json"]] {
            let said = explain(&service(), json, token.as_bytes());
            let all = format!("{}{}", said.out, said.err);
            assert!(!all.contains(&signature), "{all}");
        }
    }
    // Nor by a slip in the arguments.
    let said = explain(&service(), &["--tok", &good], b"");
    assert_eq!(said.code, 2);
    assert!(!said.err.contains(&signature), "{}", said.err);
}

#[test]
fn no_terminal_obeys_what_a_token_says() {
    let mut evil = claims();
    evil.preferred_username = Some("\u{1b}[2J\u{9b}31m\u{202e}\u{7}\r\n".to_owned());
    evil.extra
        .insert("\u{1b}]0;x\u{7}".to_owned(), json!(["\u{7f}"]));
    let token = signed(&evil, SECRET);
    for json in [&[][..], &["--json"]] {
        let said = explain(&service(), json, token.as_bytes());
        let strange = said
            .out
            .chars()
            .filter(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(strange.count(), 0, "{:?}", said.out);
        assert!(said.out.contains("\\u001b[2J"), "{}", said.out);
    }
    // And the JSON says what the token says.
    let said = explain(&service(), &["--json"], token.as_bytes()).json();
    assert_eq!(
        said["claims"]["preferred_username"],
        "\u{1b}[2J\u{9b}31m\u{202e}\u{7}\r\n"
    );
}

#[test]
fn garbage_is_refused_in_words() {
    let huge = vec![b'a'; 1024 * 1024];
    for (input, says) in [
        (&b""[..], "there is no token"),
        (b"abc", "segments: 1"),
        (b"\xff\x00\xfe.b.c", "base64url does not know"),
        (&huge, "1048576 bytes, and 8192 are read"),
        (b"trt_r8AGOgj1GNT3sHmhGMwuZQ", "this is a refresh token"),
    ] {
        let said = explain(&service(), &[], input);
        assert_eq!(said.code, 1, "{says}");
        assert!(said.out.contains("refused: malformed"), "{}", said.out);
        assert!(said.out.contains(says), "{}", said.out);
        assert!(said.out.len() < 4000);
    }
    let said = explain(&service(), &[], &vec![b'a'; 3 * 1024 * 1024]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("more than 2 MiB"), "{}", said.err);
}

#[test]
fn without_a_secret_the_rest_is_told() {
    let place = Place::new();
    let said = explain(&place, &[], signed(&claims(), SECRET).as_bytes());
    assert_eq!(said.code, 2);
    assert!(said.out.starts_with("not judged"), "{}", said.out);
    assert!(
        said.out.contains("there is no SECRET_KEY here"),
        "{}",
        said.out
    );
    assert!(said.out.contains("exp in 1"), "{}", said.out);
    assert!(!place.path("data").exists(), "nothing is made");
}

#[test]
fn a_token_of_flask_jwt_is_judged_by_its_rules() {
    let now = SystemClock.now().unix_timestamp();
    let claims = json!({"identity": 1, "iat": now, "nbf": now, "exp": now + 300});
    let secret = HmacSecret::parse(SECRET).unwrap();
    let signer = Signer::new(secret.signing_key()).with_type("JWT");
    let token = signer.sign_object(claims.as_object().unwrap()).unwrap();

    let said = explain(&service(), &["--dialect", "flask-jwt"], token.as_bytes());
    assert_eq!(said.code, 0, "{}", said.out);

    let said = explain(&service(), &[], token.as_bytes());
    assert!(said.out.contains("refused: wrong_type"), "{}", said.out);
    let said = explain(&service(), &["--typ", "JWT"], token.as_bytes());
    assert!(said.out.contains("sub is missing"), "{}", said.out);
}

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
