//! Whatever the framing lets through, the HTTP library frames in the same way: as many requests, bodies as long.

use std::{
    cell::Cell,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::body::Body;
use hyper_util::rt::TokioIo;
use proptest::{prelude::*, test_runner::TestRunner};
use tegata_server::{
    framing::{Fault, Framing},
    fuzzing,
};
use tokio::{io::AsyncWriteExt, time::timeout};

/// The last request: none must come before it is due.
const END: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
/// On a clock that moves when nobody has anything to do: at once.
const IN_VAIN: Duration = Duration::from_secs(1);

/// Bodies of the requests that hyper reads out of these bytes, set up as the server has it; none if it objects, or waits
/// for more of a body than there is.
async fn as_hyper_reads(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut client, server) = tokio::io::duplex(1 << 20);
    client.write_all(&[bytes, END].concat()).await.unwrap();
    let seen = Arc::new(Mutex::new((Vec::new(), false)));
    let noted = Arc::clone(&seen);
    let service = hyper::service::service_fn(move |request: hyper::Request<_>| {
        let noted = Arc::clone(&noted);
        async move {
            let body = axum::body::to_bytes(Body::new(request.into_body()), usize::MAX).await;
            let mut noted = noted.lock().unwrap();
            match body {
                Ok(body) => noted.0.push(body.to_vec()),
                Err(_) => noted.1 = true,
            }
            Ok::<_, Infallible>(hyper::Response::new(Body::empty()))
        }
    });
    let served = fuzzing::http1().serve_connection(TokioIo::new(server), service);
    let served = timeout(IN_VAIN, served).await;
    let (mut bodies, objects) = seen.lock().unwrap().clone();
    let ends = matches!(served, Ok(Ok(()))) && !objects;
    // The last one is the end's, which has none.
    (ends && bodies.pop()?.is_empty()).then_some(bodies)
}

/// The same, as we frame them: what passes, cut wherever it arrives cut.
fn as_we_read(bytes: &[u8], cut: usize) -> (Vec<u8>, Option<Fault>, bool) {
    let (mut framing, mut passed) = (Framing::default(), Vec::new());
    for piece in bytes.chunks(cut) {
        if let Err(fault) = framing.pass(piece, &mut passed) {
            return (passed, Some(fault), false);
        }
    }
    (passed, None, framing.between_requests())
}

/// Requests, good or nearly.
fn traffic() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::sample::select(vec![
        "GET / HTTP/1.1\r\n",
        "POST /echo HTTP/1.1\r\n",
        "POST http://a/ HTTP/1.1\r\n",
        "POST / HTTP/1.0\r\n",
        "GET /\r\n",
        "PUT /é HTTP/1.1\r\n",
        "OPTIONS * HTTP/1.1\r\n",
        "\r\nGET / HTTP/1.1\r\n",
        "CONNECT a:1 HTTP/1.1\r\n",
    ]);
    let field = prop::sample::select(vec![
        "Host: a\r\n",
        "Host: b\r\n",
        "Content-Length: 3\r\n",
        "Content-Length: 0\r\n",
        "Content-Length: 03\r\n",
        "content-length: +3\r\n",
        "Content-Length : 3\r\n",
        "Transfer-Encoding: chunked\r\n",
        "transfer-encoding: CHUNKED \r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "X: y\r\n",
        " folded\r\n",
        "X: y\n",
        "X: \r y\r\n",
        "Expect: 100-continue\r\n",
        "Connection: keep-alive\r\n",
        "Upgrade: h2c\r\n",
    ]);
    let body = prop::sample::select(vec![
        "",
        "abc",
        "3\r\nabc\r\n0\r\n\r\n",
        "3;x\r\nabc\r\n0\r\n\r\n",
        "0\r\n\r\n",
        "3\nabc\n0\n\n",
        "a\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n",
        "0\r\nX: y\r\n\r\n",
        "3 \r\nabc\r\n0\r\n\r\n",
    ]);
    let request =
        (line, prop::collection::vec(field, 0..4), body).prop_map(|(line, fields, body)| {
            format!("{line}Host: a\r\n{}\r\n{body}", fields.concat()).into_bytes()
        });
    let good = Just(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            .to_vec(),
    );
    let one = prop_oneof![3 => request, 1 => good];
    let noise = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 0..3);
    (prop::collection::vec(one, 1..4), noise).prop_map(|(requests, noise)| {
        let mut bytes = requests.concat();
        for (at, byte, how) in noise {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
            if bytes.is_empty() {
                bytes.push(b'\n');
            }
        }
        bytes
    })
}

#[test]
fn the_library_reads_what_passes_as_we_do() {
    let config = ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let (passed_some, refused_some) = (Cell::new(0), Cell::new(0));
    TestRunner::new(config)
        .run(&(traffic(), 1..64usize), |(bytes, cut)| {
            let (passed, fault, complete) = as_we_read(&bytes, cut);
            prop_assert_eq!(
                (&passed, fault),
                {
                    let whole = as_we_read(&bytes, bytes.len());
                    (&whole.0.clone(), whole.1)
                },
                "however it is cut"
            );
            let closes = String::from_utf8_lossy(&passed).contains("HTTP/1.0");
            refused_some.set(refused_some.get() + usize::from(fault.is_some()));
            if complete && !closes {
                passed_some.set(passed_some.get() + 1);
                // It objects to nothing, and puts every byte where we do.
                let bodies = runtime.block_on(as_hyper_reads(&passed));
                prop_assert_eq!(
                    bodies,
                    Some(ours(&passed)),
                    "{:?}",
                    String::from_utf8_lossy(&passed)
                );
            }
            Ok(())
        })
        .unwrap();
    assert!(
        passed_some.get() > 100 && refused_some.get() > 100,
        "{passed_some:?} {refused_some:?}"
    );
}

/// Bodies, found by feeding one byte after the other and looking where requests end.
fn ours(passed: &[u8]) -> Vec<Vec<u8>> {
    let (mut framing, mut bodies) = (Framing::default(), Vec::new());
    let (mut request, mut out) = (Vec::new(), Vec::new());
    for byte in passed {
        framing.pass(&[*byte], &mut out).unwrap();
        request.push(*byte);
        if framing.between_requests() && request != b"\r\n" {
            bodies.push(body(&request));
            request.clear();
        }
    }
    bodies
}

fn body(request: &[u8]) -> Vec<u8> {
    let end = request
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let mut rest = &request[end..];
    if !head.contains("transfer-encoding:") {
        return rest.to_vec();
    }
    let mut whole = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = std::str::from_utf8(&rest[..line]).unwrap();
        let size = usize::from_str_radix(size.split(';').next().unwrap(), 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend_from_slice(&rest[line + 2..][..size]);
        rest = &rest[line + 2 + size + 2..];
    }
}

#[test]
fn no_bytes_are_too_much_for_it() {
    let config = ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&prop::collection::vec(any::<u8>(), 0..200), |bytes| {
            let (passed, fault, _) = as_we_read(&bytes, 7);
            prop_assert!(passed.len() <= bytes.len());
            prop_assert!(
                fault.is_some()
                    || passed.is_empty()
                    || bytes.starts_with(b"\r\n")
                    || passed.len() >= 16
            );
            Ok(())
        })
        .unwrap();
}
