//! The pair by https, with the real binary.

use std::{fs, path::Path, process::Command};

use reqwest::{Certificate, Client};
use serde_json::Value;

use crate::tegata::Place;

/// An authority and a certificate of it for `localhost` and `login.test`, in this place.
fn certificates(place: &Place) {
    let script = r#"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=an authority" -keyout ca.key -out ca.crt
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=login.test" -keyout tls.key -out tls.csr
        printf 'subjectAltName=DNS:localhost,DNS:login.test\nbasicConstraints=CA:FALSE\n' > names
        openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out tls.crt
    "#;
    let made = Command::new("sh")
        .args(["-ec", script])
        .current_dir(place.path("."))
        .output()
        .unwrap();
    assert!(made.status.success(), "these tests need openssl: {made:?}");
}

fn with_tls(place: Place) -> Place {
    place
        .with("TLS_CERT_FILE", "tls.crt")
        .with("TLS_KEY_FILE", "tls.key")
}

/// A client that trusts the authority there.
fn client(authority: &Path) -> Client {
    let authority = Certificate::from_pem(&fs::read(authority).unwrap()).unwrap();
    let client = Client::builder().no_proxy().cookie_store(true);
    client.tls_certs_only([authority]).build().unwrap()
}

/// By the name in the certificate.
fn named(url: &str) -> String {
    url.replace("127.0.0.1", "localhost")
}

#[tokio::test]
async fn the_pair_answers_by_https_alone_and_its_halves_find_each_other() {
    let home = with_tls(Place::new());
    certificates(&home);
    let tegata = home.start();
    let (pages, api) = (named(&tegata.pages), named(&tegata.api));
    assert!(pages.starts_with("https://") && api.starts_with("https://"));
    let http = client(&home.path("ca.crt"));
    for url in [format!("{pages}/login"), format!("{api}/health/ready")] {
        let answer = http.get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        let strict = &answer.headers()["strict-transport-security"];
        assert!(strict.to_str().unwrap().starts_with("max-age="), "{url}");
        assert!(!answer.headers().contains_key("server"));
        let plain = http.get(url.replace("https", "http")).send().await;
        assert!(plain.is_err(), "{url}");
    }
    // The pages ask the issuer, and their cookies are for https alone.
    let form = [("username", "admin"), ("password", &tegata.admin_password)];
    let signing_in = http.post(format!("{pages}/login")).form(&form);
    let signed_in = signing_in.header("origin", &pages).send().await.unwrap();
    assert_eq!(signed_in.url().path(), "/", "{:?}", signed_in.url());
    assert!(signed_in.text().await.unwrap().contains("admin"));

    let address = |url: &str| url.replace("https://localhost", "127.0.0.1");
    let beside = home
        .again()
        .with("ISSUER_BIND", &address(&api))
        .with("FRONTEND_BIND", &address(&pages));
    let health = with_tls(beside).output(&["health"]);
    let said = String::from_utf8(health.stdout).unwrap();
    assert_eq!(said.matches("is ready").count(), 2, "{said}");
    assert_eq!(tegata.stop("TERM"), Some(0));
}

#[tokio::test]
async fn pages_apart_trust_the_issuer_of_an_authority_of_ones_own() {
    let secret = "a strong one, of thirty-two bytes or more";
    let home = with_tls(Place::new().with("SECRET_KEY", secret));
    certificates(&home);
    let issuer = home.serve("issuer");
    for (trusted, state) in [(true, "ok"), (false, "unreachable")] {
        let mut place = home.again().with("SECRET_KEY", secret);
        place = place.with("ISSUER_URL", &issuer.url);
        if trusted {
            place = place.with("SSL_CERT_FILE", "ca.crt");
        }
        let pages = place.serve("frontend");
        let ready = reqwest::get(format!("{}/health/ready", pages.url)).await;
        let ready: Value = ready.unwrap().json().await.unwrap();
        assert_eq!(ready["checks"]["issuer"], state, "{ready}");
    }
}

#[test]
fn plain_http_is_for_this_machine_and_for_behind_a_proxy() {
    let secret = "a strong one, of thirty-two bytes or more";
    let open = |service: &str, bind: &str| {
        let place = Place::new()
            .with("SECRET_KEY", secret)
            .with(bind, "0.0.0.0:0");
        (
            place.with("PUBLIC_URL", "https://login.test"),
            service.to_owned(),
        )
    };
    for (service, bind) in [
        ("issuer", "ISSUER_BIND"),
        ("frontend", "FRONTEND_BIND"),
        ("up", "ISSUER_BIND"),
    ] {
        let (place, service) = open(service, bind);
        let (line, code) = place.refusal(&[&service]);
        for says in [bind, "TLS_CERT_FILE", "TRUSTED_PROXIES"] {
            assert!(line.contains(says), "{line}");
        }
        assert_eq!(code, 1);
    }
    for (service, bind) in [("issuer", "ISSUER_BIND"), ("frontend", "FRONTEND_BIND")] {
        let (place, _) = open(service, bind);
        let mut running = place.with("TRUSTED_PROXIES", "10.0.0.1").serve(service);
        assert_eq!(running.stop("TERM"), Some(0));
        let (place, _) = open(service, bind);
        certificates(&place);
        let mut running = with_tls(place).serve(service);
        assert_eq!(running.stop("TERM"), Some(0));
    }
}

#[test]
fn half_a_pair_and_files_that_are_none_are_refused_in_one_line() {
    let place = || {
        let place = Place::new().with("SECRET_KEY", "a strong one, of thirty-two bytes or more");
        certificates(&place);
        place
    };
    for (certificate, key, says) in [
        ("tls.crt", "", "TLS_KEY_FILE is not"),
        ("", "tls.key", "TLS_CERT_FILE is not"),
        ("missing", "tls.key", "cannot be read"),
        ("names", "tls.key", "no certificate in it"),
        ("tls.crt", "names", "no private key in it"),
        ("tls.crt", "ca.key", "does not belong"),
    ] {
        for service in ["up", "issuer", "frontend"] {
            let set = [("TLS_CERT_FILE", certificate), ("TLS_KEY_FILE", key)];
            let set = set.into_iter().filter(|(_, file)| !file.is_empty());
            let place = set.fold(place(), |place, (name, file)| place.with(name, file));
            let (line, code) = place.refusal(&[service]);
            assert!(line.contains(says), "{line}");
            assert_eq!(code, 1);
        }
    }
}
