//! What a million ended login sessions weigh: every allocation of this process is counted, from the first question
//! to the last page, the issuer in the same process and all buffers included.
#![expect(
    clippy::unwrap_used,
    reason = "the words of a test stop it where it fails"
)]

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{Router, extract::RawQuery, routing::get};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use peak_alloc::PeakAlloc;
use tegata_guard::Revocations;
use tokio::{
    net::TcpListener,
    time::{interval, timeout},
};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const ENDED: usize = 1_000_000;
const PAGE: usize = 10_000;
const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn a_million_ended_sessions_take_32_mib_at_most() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let feed = Router::new().route("/revocations", get(page));
    tokio::spawn(async { axum::serve(listener, feed).await });

    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let revocations = Revocations::follow(&*issuer).unwrap();
    let learned = async {
        let mut again = interval(Duration::from_millis(5));
        while revocations.status().ended < ENDED {
            again.tick().await;
        }
    };
    timeout(Duration::from_secs(120), learned).await.unwrap();
    let held = ALLOCATED.current_usage() - before;
    let peak = ALLOCATED.peak_usage() - before;
    println!("a million ended sessions: {held} bytes held, {peak} at the peak");
    assert!(peak <= 32 * MIB, "{peak}");
    assert!(held >= 12 * ENDED, "too little to be true: {held}");
}

/// A page that exists only while it is sent.
async fn page(RawQuery(query): RawQuery) -> String {
    let query = query.unwrap_or_default();
    let since = query.strip_prefix("since=").unwrap_or("0");
    let from: usize = since.split('&').next().unwrap().parse().unwrap();
    if from == ENDED {
        return std::future::pending().await;
    }
    let mut body = r#"{"ended":["#.to_owned();
    for number in from..from + PAGE {
        let sid = digest(&SHA256, &number.to_be_bytes());
        let sid = BASE64_URL_SAFE_NO_PAD.encode(sid);
        let comma = if number == from { "" } else { "," };
        body += &format!(r#"{comma}{{"sid_sha256":"{sid}","until":4102444800}}"#);
    }
    let next = from + PAGE;
    body + &format!(r#"],"next":"{next}","more":{}}}"#, next < ENDED)
}
