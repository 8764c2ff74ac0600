//! A door for the fuzz targets in `fuzz/` to what is private here. No part of the API: it changes without notice.

use axum::{body::Body, extract::FromRequest, extract::Request};
use futures_util::FutureExt as _;
use http::{HeaderMap, header::CONTENT_TYPE};
use secrecy::ExposeSecret as _;
use time::{Duration, OffsetDateTime};

use crate::{
    client_authentication::{Authorization, ClientCredentials},
    fields::Fields,
    login_session::{Lifetimes, Sid},
    revocations::{Cursor, Feed},
    store::{EndMark, EndedSession},
};

/// The fields of a body, as a handler asks for them: text, yes or no, roles. None when they were refused.
pub fn fields(content_type: &str, body: &[u8], names: [&str; 3]) -> Option<[Option<String>; 3]> {
    let mut fields = read(content_type, body)?;
    let [text, flag, roles] = names;
    let found = [
        fields.optional(text),
        fields.optional_flag(flag).map(|flag| flag.to_string()),
        fields.optional_roles(roles).map(|roles| roles.join(" ")),
    ];
    fields.finish().ok()?;
    Some(found)
}

/// The id and the secret of a client that a request with these headers and this form names.
pub fn client(headers: &HeaderMap, form: &[u8]) -> Option<(String, String)> {
    let mut fields = read("application/x-www-form-urlencoded", form)?;
    let authorization = Authorization::of(headers).ok()?;
    let credentials = ClientCredentials::of(&authorization, &mut fields).ok()??;
    let (id, secret) = credentials.parts();
    Some((id.to_owned(), secret.expose_secret().to_owned()))
}

fn read(content_type: &str, body: &[u8]) -> Option<Fields> {
    let request = Request::post("/").header(CONTENT_TYPE, content_type);
    let request = request.body(Body::from(body.to_vec())).ok()?;
    // A body that is there is read at once.
    Fields::from_request(request, &()).now_or_never()?.ok()
}

/// A feed at a moment when a session has just ended; a place in it.
#[derive(Debug)]
pub struct FeedAt {
    feed: Feed,
    now: OffsetDateTime,
    deployment: [u8; 8],
}

impl FeedAt {
    /// Two sessions have ended a second ago, and half a minute before that.
    pub fn new(lifetimes: Lifetimes, now: OffsetDateTime, deployment: [u8; 8]) -> Self {
        let feed = Feed::new(lifetimes);
        let end = |ago: i64, id: u8| EndedSession {
            mark: EndMark {
                at: now - Duration::seconds(ago),
                sid: Sid([id; 16]),
            },
            tokens_until: Some(now + Duration::minutes(10)),
        };
        feed.learn(vec![end(31, 9), end(1, 5)], now);
        Self {
            feed,
            now,
            deployment,
        }
    }

    /// What a follower with this cursor is told: how many ends, and its next cursor. None when it is no cursor.
    pub fn told(&self, cursor: Option<&str>) -> Option<(usize, String)> {
        let cursor = match cursor {
            Some(text) => Cursor::read(text, self.deployment).ok()?,
            None => None,
        };
        let (ends, next) = self.feed.told(cursor.as_ref(), self.now);
        Some((ends.ended.len(), next.write(self.deployment)))
    }
}
