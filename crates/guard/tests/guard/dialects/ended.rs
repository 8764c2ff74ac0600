//! A feed that tells of one ended login session, and one that nobody can reach.

use std::net::SocketAddr;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{Router, extract::RawQuery, routing::get};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use tegata_guard::{Guard, Revocations, rejection::Dialect, revocations::Feed};
use tokio::{
    net::TcpListener,
    time::{Duration, interval, timeout},
};

use super::requests::{Request, bearer, clock};
use crate::{
    app::START,
    forge::{header, payload, token, with},
    wire::{PATIENCE, serve},
};

const ENDED: &str = "a-session-that-was-ended";

/// `/ended` and `/away`, each behind a guard that follows one of the two.
pub(super) async fn routes(guard: &Guard, dialect: Dialect) -> Router {
    let behind = |path, revocations| {
        let layer = guard.clone().with_revocations(revocations).layer();
        let route = Router::new().route(path, get(async || "in"));
        route.layer(layer.dialect(dialect))
    };
    let told = follow(serve(Router::new().route("/revocations", get(revocations))).await);
    let knows = async {
        let mut again = interval(Duration::from_millis(5));
        while told.status().age.is_none() {
            again.tick().await;
        }
    };
    timeout(PATIENCE, knows).await.unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let away = follow(nobody.local_addr().unwrap()).or_refuse_after(Duration::from_secs(60));
    behind("/ended", told).merge(behind("/away", away))
}

pub(super) fn requests() -> Vec<Request> {
    let ended = token(&header(), &with(payload(), "sid", json!(ENDED)));
    vec![
        bearer("session_ended", "/ended", &ended),
        bearer("revocations_unavailable", "/away", &ended),
    ]
}

fn follow(address: SocketAddr) -> Revocations {
    let feed = Feed::of(format!("http://{address}"));
    Revocations::follow(feed.with_clock(clock())).unwrap()
}

/// Tells everything at once, and nothing ever after.
async fn revocations(RawQuery(query): RawQuery) -> String {
    if query.unwrap_or_default().contains("since=") {
        std::future::pending::<()>().await;
    }
    let sha256 = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, ENDED.as_bytes()));
    let until = START.unix_timestamp() + 60;
    let ended = json!([{"sid_sha256": sha256, "until": until}]);
    json!({"ended": ended, "next": "1", "more": false}).to_string()
}
