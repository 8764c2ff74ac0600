//! Of a request one token is taken, or none; of a client one id and one secret, as they were encoded.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use tegata_guard::fuzzing::one_token;
use tegata_issuer::fuzzing::client;

use crate::input::{halves, headers};

/// Headers on lines; after a NUL a form.
pub fn authorization(data: &[u8]) {
    let (lines, form) = halves(data);
    let headers = headers(&AUTHORIZATION, lines);
    let count = headers.get_all(AUTHORIZATION).iter().count();
    let taken = one_token(&headers);
    assert_eq!(taken, one_token(&headers));
    if let Ok(token) = &taken {
        assert_eq!(count, 1, "of {count} headers one was taken");
        let text = headers[AUTHORIZATION].to_str().unwrap();
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        assert!(words[0].eq_ignore_ascii_case("bearer"), "{text:?}");
        assert_eq!(words[1..], [token.as_str()], "{text:?}");
    }

    let Some((id, secret)) = client(&headers, form) else {
        return;
    };
    assert!(count < 2, "of {count} headers one was taken");
    // Whoever sends the same as the standard has it is the same client.
    let encode = |text: &str| percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string();
    let both = format!("{}:{}", encode(&id), encode(&secret));
    let value = format!("Basic {}", BASE64_STANDARD.encode(both));
    let mut again = HeaderMap::new();
    again.insert(AUTHORIZATION, HeaderValue::from_str(&value).unwrap());
    assert_eq!(client(&again, b""), Some((id.clone(), secret.clone())));
    let form = format!(
        "client_id={}&client_secret={}",
        encode(&id),
        encode(&secret)
    );
    if !id.is_empty() && !secret.is_empty() {
        let posted = client(&HeaderMap::new(), form.as_bytes());
        assert_eq!(posted, Some((id, secret)));
    }
}
