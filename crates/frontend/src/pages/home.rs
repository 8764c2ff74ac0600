//! `/`: who I am, how long my token lives, and what it tells the services.

use askama::Template;
use axum::{Extension, extract::State, response::Response};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use tegata_guard::token::inspect;
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

use super::{render, shell::Shell};
use crate::{app::App, locale::Messages, require_login::SignedIn, visit::Visit};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    shell: Shell,
    username: &'a str,
    user_id: &'a str,
    roles: &'a [String],
    issued_at: Option<String>,
    expires_at: String,
    expires_at_iso: String,
    remaining_seconds: i64,
    remaining_text: String,
    issuer: &'a str,
    header: Vec<Row<'a>>,
    claims: Vec<Row<'a>>,
}

/// One member of the token.
struct Row<'a> {
    name: &'a str,
    value: &'a Value,
    meaning: &'static str,
}

pub(crate) async fn show(
    State(app): State<App>,
    Extension(signed_in): Extension<SignedIn>,
    visit: Visit,
) -> Response {
    let claims = signed_in.claims.as_ref();
    let t = visit.language.messages();
    let expires_at = claims.expires_at();
    let remaining = (expires_at - app.clock.now()).whole_seconds().max(0);
    let username = signed_in.name();
    let parts = inspect(signed_in.token.expose_secret()).unwrap_or_default();
    let mut shell = visit.shell(&app);
    shell.signed_in_as = Some(username.to_owned());
    render(&HomePage {
        shell,
        username,
        user_id: &claims.sub,
        roles: &claims.roles,
        issued_at: claims
            .iat
            .and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok())
            .map(printed),
        expires_at: printed(expires_at),
        expires_at_iso: expires_at.format(&Rfc3339).unwrap_or_default(),
        remaining_seconds: remaining,
        remaining_text: t.remaining(remaining.unsigned_abs()),
        issuer: claims.iss.as_deref().unwrap_or_default(),
        header: rows(&parts.header, t),
        claims: rows(&parts.claims, t),
    })
}

fn rows<'a>(members: &'a Map<String, Value>, t: &'static Messages) -> Vec<Row<'a>> {
    let row = |(name, value): (&'a String, &'a Value)| Row {
        name,
        value,
        meaning: t.meaning(name),
    };
    members.iter().map(row).collect()
}

fn printed(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    at.format(&format).unwrap_or_default()
}
