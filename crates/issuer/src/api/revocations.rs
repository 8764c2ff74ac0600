//! `GET /revocations`: which login sessions were ended, for services that only check signatures. Says hashes of
//! their ids: nobody learns an id that they do not know.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    response::IntoResponse,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::NO_STORE;
use crate::{app::App, error::ApiError, login_session::Sid, revocations::Cursor};

/// Less than what any answer may take.
const LONGEST_WAIT: Duration = Duration::from_secs(25);

const BAD_QUERY: &str = "wait should be a number of whole seconds, at most 255, and since and wait be given once at most";

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// `next` of the answer before; without it, everything.
    since: Option<String>,
    /// Seconds to wait for something new; no answer takes longer than 25.
    wait: Option<u8>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Revocations {
    ended: Vec<EndedView>,
    /// For `since` of the next question.
    next: String,
    /// There is more: ask again at once.
    more: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct EndedView {
    /// base64url of the SHA-256 of the claim `sid`.
    #[schema(example = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg")]
    sid_sha256: String,
    /// Until when to refuse its tokens, in seconds since 1970; later they have expired.
    #[schema(example = 1795233165)]
    until: i64,
}

/// What was ended
///
/// A feed to follow by long polling. What was told may be told again.
#[utoipa::path(get, path = "/revocations", tag = "sessions",
    params(Asked),
    responses(
        (status = 200, description = "What was ended since, and may still have living access tokens", body = Revocations),
        (status = 400, description = "`since` is no cursor of ours: leave it out; or `wait` is no number of seconds"),
        (status = 503, description = "The store is away; see `Retry-After`"),
    ))]
pub(crate) async fn follow(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let Query(asked) = asked.map_err(|_| ApiError::UnreadableBody(BAD_QUERY))?;
    let deployment = app.refresh_key().await?.fingerprint();
    let cursor = match &asked.since {
        None => None,
        Some(text) => Cursor::read(text, deployment).map_err(|_| ApiError::BadCursor)?,
    };
    // Whoever has to hear everything has no time to lose.
    let wait = match cursor {
        Some(_) => Duration::from_secs(asked.wait.unwrap_or_default().into()).min(LONGEST_WAIT),
        None => Duration::ZERO,
    };
    let now = || app.clock.now();
    let told = app
        .feed
        .since(app.store.as_ref(), cursor.as_ref(), now, wait);
    let (ends, next) = told.await?;
    let ended = ends.ended.iter().map(|end| EndedView {
        sid_sha256: hash(end.mark.sid),
        until: end.until(),
    });
    let answer = Revocations {
        ended: ended.collect(),
        next: next.write(deployment),
        more: ends.more,
    };
    Ok((NO_STORE, Json(answer)))
}

fn hash(sid: Sid) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, sid.to_string().as_bytes()))
}
