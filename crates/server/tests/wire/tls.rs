//! Https: what is spoken, which files are taken, and that a new pair is shown without a restart.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use tegata_server::{HANDSHAKE_TIMEOUT, Tls, Transport};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::house::{House, PATIENCE};

/// Certificates that sign themselves, by name: `{name}.crt` and `{name}.key`.
fn make(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let script = format!(
        r#"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN={name}" \
           -addext "subjectAltName=DNS:localhost" -addext "basicConstraints=critical,CA:FALSE" \
           -keyout {name}.key -out {name}.crt"#
    );
    let made = Command::new("sh")
        .args(["-ec", &script])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "these tests need openssl: {made:?}");
    (
        folder.join(format!("{name}.crt")),
        folder.join(format!("{name}.key")),
    )
}

async fn secure(folder: &Path) -> (House, PathBuf, PathBuf) {
    let (certificate, key) = make(folder, "first");
    let tls = Some(Tls::open(&certificate, &key).unwrap());
    let house = House::with(Transport {
        tls,
        ..Transport::default()
    });
    (house.await, certificate, key)
}

/// A client that trusts this certificate alone.
async fn connect(
    house: &House,
    trusted: &Path,
    protocol: &str,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<TlsStream<TcpStream>, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(trusted).unwrap())
        .unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TcpStream::connect(house.address).await.unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

#[tokio::test]
async fn http1_over_either_version_and_what_it_says() {
    let folder = TempDir::new().unwrap();
    let (house, certificate, _) = secure(folder.path()).await;
    for version in [&TLS12, &TLS13] {
        let mut stream = connect(&house, &certificate, "http/1.1", &[version])
            .await
            .unwrap();
        let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(
            answer.contains("strict-transport-security: max-age="),
            "{answer}"
        );
        // The framing stands here too.
        let mut stream = connect(&house, &certificate, "http/1.1", &[version])
            .await
            .unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\nHost: localhost\n\n")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
}

#[tokio::test]
async fn http2_and_its_own_ways_of_saying_things() {
    let folder = TempDir::new().unwrap();
    let (house, certificate, _) = secure(folder.path()).await;
    let stream = connect(&house, &certificate, "h2", &[&TLS13])
        .await
        .unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let handshake =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut client, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    let mut ask = async |request: Request<Body>| {
        let answer = timeout(PATIENCE, client.send_request(request))
            .await
            .unwrap()
            .unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts, String::from_utf8_lossy(&body).into_owned())
    };
    let at = |path: &str| Request::builder().uri(format!("https://localhost{path}"));

    let split = at("/names").header("cookie", "a=1").header("cookie", "b=2");
    let (parts, body) = ask(split.body(Body::empty()).unwrap()).await;
    assert_eq!(body, "host=localhost cookie=a=1; b=2", "as HTTP/1 has it");
    for name in [
        "strict-transport-security",
        "x-request-id",
        "content-security-policy",
    ] {
        assert!(parts.headers.contains_key(name), "{name}");
    }
    let other = at("/names").header("host", "other");
    // The same limits as over HTTP/1: of the first line as it would be there, and of fields, the host among them.
    let long_path = |line: usize| format!("/{}", "x".repeat(line - "GET / HTTP/1.1\r".len()));
    let many = |fields: usize| {
        let named = (1..fields).map(|it| format!("a{it}"));
        named.fold(at("/"), |request, name| request.header(name, "b"))
    };
    for (request, status) in [
        (other.body(Body::empty()), 400),
        (at("/missing").body(Body::empty()), 404),
        (at("/panic").body(Body::empty()), 500),
        (at("/").method("TRACE").body(Body::empty()), 405),
        (
            at("/echo")
                .method("POST")
                .body(Body::from(vec![0; 64 * 1024])),
            200,
        ),
        (
            at("/echo")
                .method("POST")
                .body(Body::from(vec![0; 64 * 1024 + 1])),
            413,
        ),
        (
            at("/").header("x", "y".repeat(20_000)).body(Body::empty()),
            431,
        ),
        (at(&long_path(8193)).body(Body::empty()), 414),
        (at(&long_path(15_000)).body(Body::empty()), 414),
        (at(&long_path(8192)).body(Body::empty()), 404),
        (many(64).body(Body::empty()), 200),
        (many(65).body(Body::empty()), 431),
        (many(400).body(Body::empty()), 431),
        (at("/").method("TEGATA-REFUSED").body(Body::empty()), 405),
        (at("/").body(Body::empty()), 200),
    ] {
        let (parts, _) = ask(request.unwrap()).await;
        assert_eq!(parts.status, status);
        assert!(parts.headers.contains_key("x-request-id"), "{status}");
        assert!(
            parts.headers.contains_key("x-content-type-options"),
            "{status}"
        );
    }
}

/// The library refuses it before anybody is asked, so nothing of ours is on the answer; `docs/operations.md` says so.
#[tokio::test]
async fn http2_heads_past_what_the_library_reads_reach_nobody_and_end_nothing() {
    let folder = TempDir::new().unwrap();
    let (house, certificate, _) = secure(folder.path()).await;
    let stream = connect(&house, &certificate, "h2", &[&TLS13])
        .await
        .unwrap();
    let handshake =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut client, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    for (length, status, is_ours) in [(60, 431, true), (66, 431, false), (1, 200, true)] {
        let request = Request::builder()
            .uri("https://localhost/")
            .header("x", "y".repeat(length * 1024))
            .body(Body::empty())
            .unwrap();
        let answer = timeout(PATIENCE, client.send_request(request));
        let answer = answer.await.unwrap().unwrap();
        assert_eq!(answer.status(), status, "{length} KiB");
        let headers = answer.headers();
        assert_eq!(headers.contains_key("x-request-id"), is_ours, "{length}");
        assert_eq!(headers.is_empty(), !is_ours, "{length}: {headers:?}");
    }
    assert_eq!(house.seen.paths(), ["/"], "the last one");
}

#[tokio::test]
async fn who_does_not_agree_on_tls_is_left() {
    let folder = TempDir::new().unwrap();
    let (house, certificate, _) = secure(folder.path()).await;
    let mut silent = house.connect().await;
    let mut plain = house.connect().await;
    plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let start = Instant::now();
    for raw in [&mut plain, &mut silent] {
        let mut said = Vec::new();
        let read = raw.0.read_to_end(&mut said);
        let _ = timeout(PATIENCE, read).await.expect("it is not closed");
        assert!(
            !said.starts_with(b"HTTP"),
            "nothing is answered in the clear"
        );
    }
    assert!(start.elapsed() < HANDSHAKE_TIMEOUT + Duration::from_secs(5));
    assert!(
        connect(&house, &certificate, "http/1.1", &[&TLS13])
            .await
            .is_ok()
    );
}

#[test]
fn files_that_are_no_pair_are_named() {
    let folder = TempDir::new().unwrap();
    let (certificate, key) = make(folder.path(), "one");
    let (_, other_key) = make(folder.path(), "other");
    let (missing, empty) = (folder.path().join("missing"), folder.path().join("empty"));
    fs::write(&empty, "").unwrap();
    for (certificate, key, says) in [
        (&missing, &key, "TLS_CERT_FILE="),
        (&certificate, &missing, "TLS_KEY_FILE="),
        (&empty, &key, "there is no certificate in it"),
        (&key, &key, "there is no certificate in it"),
        (&certificate, &empty, "there is no private key in it"),
        (&certificate, &certificate, "there is no private key in it"),
        (&certificate, &other_key, "does not belong to"),
    ] {
        let why = Tls::open(certificate, key).unwrap_err().to_string();
        assert!(why.contains(says), "{why}");
        assert_eq!(why.lines().count(), 1, "{why}");
    }
    let secret = fs::read_to_string(&key).unwrap();
    let tls = Tls::open(&certificate, &key).unwrap();
    assert!(!format!("{tls:?}").contains(secret.lines().nth(1).unwrap()));
}

/// Until whoever trusts this certificate alone gets in.
async fn shown(house: &House, certificate: &Path) {
    let start = Instant::now();
    while connect(house, certificate, "http/1.1", &[&TLS13])
        .await
        .is_err()
    {
        assert!(
            start.elapsed() < PATIENCE,
            "{} is not shown",
            certificate.display()
        );
    }
}

#[tokio::test]
async fn a_new_pair_is_shown_however_it_comes() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (certificate, key) = make(folder.path(), "first");
    // As certificates are mounted in clusters: a link to a folder that is swapped.
    fs::create_dir(at("1")).unwrap();
    fs::create_dir(at("2")).unwrap();
    for (file, from) in [("tls.crt", &certificate), ("tls.key", &key)] {
        fs::copy(from, at("1").join(file)).unwrap();
    }
    symlink("1", at("now")).unwrap();
    let tls = Tls::open(at("now/tls.crt"), at("now/tls.key")).unwrap();
    let house = House::with(Transport {
        tls: Some(tls),
        ..Transport::default()
    });
    let house = house.await;
    shown(&house, &certificate).await;
    let mut old = connect(&house, &certificate, "http/1.1", &[&TLS13])
        .await
        .unwrap();

    let (second, second_key) = make(folder.path(), "second");
    fs::copy(&second, at("2/tls.crt")).unwrap();
    fs::copy(&second_key, at("2/tls.key")).unwrap();
    symlink("2", at("next")).unwrap();
    fs::rename(at("next"), at("now")).unwrap();
    shown(&house, &second).await;
    assert!(
        connect(&house, &certificate, "http/1.1", &[&TLS13])
            .await
            .is_err()
    );
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    old.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    old.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200"),
        "a connection outlives its certificate"
    );

    // Half of a pair changes nothing; the other half does. By rename, as most programs renew.
    let (third, third_key) = make(folder.path(), "third");
    fs::copy(&third, at("new")).unwrap();
    fs::rename(at("new"), at("2/tls.crt")).unwrap();
    let looks = Instant::now() + Duration::from_secs(5);
    while Instant::now() < looks {
        assert!(
            connect(&house, &second, "http/1.1", &[&TLS13])
                .await
                .is_ok()
        );
    }
    fs::copy(&third_key, at("new")).unwrap();
    fs::rename(at("new"), at("2/tls.key")).unwrap();
    shown(&house, &third).await;
}
