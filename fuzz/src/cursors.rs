//! Whatever somebody says that they have heard of the feed, they are told the rest, once.

use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use tegata_issuer::{fuzzing::FeedAt, login_session::Lifetimes};
use time::Duration;

use crate::{
    forge::now,
    input::{kind, text},
};

const DEPLOYMENT: [u8; 8] = *b"tegata!!";
static FEED: LazyLock<FeedAt> = LazyLock::new(|| {
    let lifetimes = Lifetimes {
        access_token: Duration::minutes(15),
        session: Duration::days(30),
        browser_session: Duration::hours(12),
        idle: Duration::days(7),
        grace: Duration::seconds(30),
    };
    FeedAt::new(lifetimes, now(), DEPLOYMENT)
});

/// Text, or bytes of a cursor of this deployment.
pub fn cursors(data: &[u8]) {
    let (kind, rest) = kind(data, 2);
    let cursor = match kind {
        0 => text(rest).into_owned(),
        _ => {
            let mut bytes = [0; 48];
            bytes[..8].copy_from_slice(&DEPLOYMENT);
            for (byte, given) in bytes[8..].iter_mut().zip(rest) {
                *byte = *given;
            }
            BASE64_URL_SAFE_NO_PAD.encode(bytes)
        }
    };
    let told = FEED.told(Some(&cursor));
    assert_eq!(told, FEED.told(Some(&cursor)));
    let Some((ends, next)) = told else { return };
    assert!(ends <= 2);
    assert_eq!(
        FEED.told(Some(&next)),
        Some((0, next)),
        "told again after {cursor}"
    );
}
