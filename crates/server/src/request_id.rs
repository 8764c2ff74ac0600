//! The id of the request that is being answered: in the log lines, in the answer, in error bodies, and in what the
//! pages ask of the issuer on its behalf, so that one id finds them all.

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use tegata_token::Random;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// 8 to 64 letters, digits, hyphens and underscores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The header that carries it.
    pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

    /// The id of the request that this task answers; none outside of [`dress`](crate::dress).
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Does work in the name of this request, as a task of its own has to.
    pub async fn while_it_does<T>(id: Option<Self>, work: impl Future<Output = T>) -> T {
        match id {
            Some(id) => CURRENT.scope(id, work).await,
            None => work.await,
        }
    }

    /// The caller's own when it is a plain short word, else a new one: it goes into logs.
    pub(crate) fn of(headers: &HeaderMap, random: &dyn Random) -> Self {
        let given = headers.get(&Self::HEADER).and_then(|value| {
            let word = value.to_str().ok()?;
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            ((8..=64).contains(&word.len()) && word.bytes().all(plain)).then_some(word)
        });
        Self(match given {
            Some(word) => word.into(),
            None => random.token(12).into(),
        })
    }

    /// As the header has it.
    pub fn header(&self) -> HeaderValue {
        // Letters, digits, hyphens and underscores are always a header's value.
        HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("none"))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
