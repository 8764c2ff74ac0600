//! A refresh token is read only as the key made it, to the letter.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::ExposeSecret as _;
use tegata_issuer::refresh_token::RefreshKey;

use crate::input::{kind, text};

static KEY: LazyLock<RefreshKey> = LazyLock::new(|| RefreshKey::from_bytes(&[7; 32]));
static MAC: LazyLock<hmac::Key> = LazyLock::new(|| hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]));

/// Text, bytes that are encoded, or a good token of any session with changed letters.
pub fn refresh_tokens(data: &[u8]) {
    let (kind, rest) = kind(data, 3);
    let token = match kind {
        0 => text(rest).into_owned(),
        1 => format!("trt_{}", BASE64_URL_SAFE_NO_PAD.encode(rest)),
        _ => {
            // A session, a generation and an owner.
            let mut named = [0; 28];
            for (byte, given) in named.iter_mut().zip(rest) {
                *byte = *given;
            }
            let tag = hmac::sign(&MAC, &named);
            let bytes = [&named[..], tag.as_ref()].concat();
            let good = format!("trt_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
            assert!(KEY.read(&good).is_some(), "ours, and not read: {good}");
            let mut token = good.into_bytes();
            for change in rest.get(28..).unwrap_or_default().chunks_exact(2).take(4) {
                let at = usize::from(change[0]) % token.len();
                token[at] = change[1];
            }
            text(&token).into_owned()
        }
    };
    let read = KEY.read(&token);
    assert_eq!(read, KEY.read(&token));
    if let Some(named) = read {
        assert_eq!(
            KEY.token(named).expose_secret(),
            token,
            "another spelling is read"
        );
    }
}
