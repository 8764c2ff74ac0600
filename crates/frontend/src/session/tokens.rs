//! What a session's record holds: the tokens of a sign-in, and when it ends.

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use time::OffsetDateTime;

/// The members of a record, as tower-sessions keeps them.
pub(super) type Data = HashMap<String, Value>;

pub(super) const ACCESS_TOKEN: &str = "access_token";
/// Records of versions before refreshing have none.
pub(super) const REFRESH_TOKEN: &str = "refresh_token";
/// In seconds since 1970. The cookie's end does not do: one that goes with the browser has none.
pub(super) const ENDS_AT: &str = "ends_at";

/// The tokens of a signed-in browser.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: SecretString,
    /// None: when the access token is over, so is the session.
    pub(crate) refresh: Option<SecretString>,
}

impl Tokens {
    pub(super) fn read(data: &Data) -> Option<Self> {
        let text = |name| data.get(name)?.as_str().map(SecretString::from);
        Some(Self {
            access: text(ACCESS_TOKEN)?,
            refresh: text(REFRESH_TOKEN),
        })
    }

    pub(super) fn write(&self, data: &mut Data) {
        let mut put = |name: &str, token: &SecretString| {
            data.insert(name.to_owned(), token.expose_secret().into());
        };
        put(ACCESS_TOKEN, &self.access);
        if let Some(refresh) = &self.refresh {
            put(REFRESH_TOKEN, refresh);
        }
    }
}

pub(super) fn ends_at(data: &Data) -> Option<OffsetDateTime> {
    let seconds = data.get(ENDS_AT)?.as_i64()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}
