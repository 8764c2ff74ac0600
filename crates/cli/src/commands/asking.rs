//! How commands ask services: where no redirect leads, for so long, and what is said when that fails.

use std::{error::Error, time::Duration};

use reqwest::{Client, ClientBuilder, redirect::Policy};

/// Follows no redirect.
pub(super) fn client(time_limit: Duration) -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .timeout(time_limit)
}

/// The innermost cause says most, and names no address.
pub(super) fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "it does not answer in time".to_owned();
    }
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
