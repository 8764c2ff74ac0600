//! `/account/activity`: what happened to the account, latest first.

use askama::Template;
use axum::{extract::FromRequestParts, response::Response};
use http::request::Parts;

use super::{device, moment::Moment};
use crate::{
    cause::Cause,
    error::PageError,
    issuer_client::{Event, Events, EventsAsked},
    locale::{AccountMessages, Messages},
    pages::{render, shell::Shell},
    require_login::{Caller, Halt},
};

const HERE: &str = "/account/activity";
/// What a page asks for.
const PAGE: u8 = 50;
/// Longer ones are none of the issuer's.
const LONGEST_CURSOR: usize = 128;

#[derive(Template)]
#[template(path = "activity.html")]
struct ActivityPage {
    shell: Shell,
    here: &'static str,
    log: Vec<Entry>,
    /// Not the first page.
    is_older: bool,
    /// The link to what was before.
    older: Option<String>,
}

/// One line, or several that say the same.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) what: &'static str,
    /// The issuer's word for what we have no words for.
    pub(super) code: Option<String>,
    pub(super) why: Vec<String>,
    /// When there were several.
    pub(super) times: Option<String>,
    /// It may have been somebody else.
    pub(super) is_alarming: bool,
    pub(super) device: Option<String>,
    pub(super) address: Option<String>,
    pub(super) at: Moment,
}

/// `?before=…`, once at the most.
pub(crate) struct Before(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Before {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let query = parts.uri.query().unwrap_or_default();
        let mut asked = url::form_urlencoded::parse(query.as_bytes())
            .filter_map(|(name, value)| (name == "before").then_some(value));
        let before = asked.next();
        let fits = |text: &str| !text.is_empty() && text.len() <= LONGEST_CURSOR;
        if asked.next().is_some() || !before.as_deref().is_none_or(fits) {
            return Err(PageError::BadRequest);
        }
        Ok(Self(before.map(Into::into)))
    }
}

pub(crate) async fn show(caller: Caller, Before(before): Before) -> Result<Response, Halt> {
    let found = ask(&caller, before.as_deref(), true).await?;
    let found = found.ok_or(PageError::NotFound)?;
    let t = caller.visit.language.messages();
    let older = found.next.as_ref().map(|next| {
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        format!("{HERE}?before={next}")
    });
    Ok(render(&ActivityPage {
        shell: caller.shell(&caller.visit.here),
        here: HERE,
        log: entries(&found.events, t),
        is_older: before.is_some(),
        older,
    }))
}

/// What the issuer has noted.
pub(super) async fn ask(
    caller: &Caller,
    before: Option<&str>,
    refreshes: bool,
) -> Result<Option<Events>, Halt> {
    let (issuer, browser) = (&caller.app.issuer, &caller.visit.client);
    let asked = EventsAsked {
        before,
        limit: PAGE,
        refreshes,
    };
    let call = |token| async move { issuer.events(asked, &token, browser).await };
    caller.ask(call).await
}

/// Events as lines. A session that goes on is renewed several times an hour, and several devices take turns at that:
/// while nothing else happens, one line is left of each session, the latest.
pub(super) fn entries(events: &[Event], t: &Messages) -> Vec<Entry> {
    let is_renewal = |event: &Event| event.kind == "refresh";
    let stretches = events.chunk_by(|a, b| is_renewal(a) && is_renewal(b));
    let lines = stretches.flat_map(latest_of_each_session);
    lines
        .map(|(event, times)| {
            let times = (times > 1).then(|| t.account.times.replace("{n}", &times.to_string()));
            entry(event, times, t)
        })
        .collect()
}

/// And how many there are of it.
fn latest_of_each_session(stretch: &[Event]) -> Vec<(&Event, usize)> {
    let mut latest: Vec<(&Event, usize)> = Vec::new();
    for event in stretch {
        let mut known = latest.iter_mut();
        match known.find(|(one, _)| one.session == event.session) {
            Some((_, times)) => *times += 1,
            None => latest.push((event, 1)),
        }
    }
    latest
}

fn entry(event: &Event, times: Option<String>, all: &Messages) -> Entry {
    let t = &all.account;
    let several = event.count.filter(|count| *count > 1);
    let several = several.map(|count| t.so_many_sessions.replace("{n}", &count.to_string()));
    let known = named(&event.kind, t);
    let code = known.is_none().then(|| event.kind.clone());
    Entry {
        what: known.unwrap_or(t.events.other),
        code: code.filter(|code| is_code(code)),
        why: why(event, all),
        times: times.or_else(|| several.filter(|_| event.kind == "sessions_ended")),
        is_alarming: ["login_failed", "login_throttled", "refresh_reused"]
            .contains(&event.kind.as_str()),
        device: event
            .user_agent
            .as_deref()
            .map(|user_agent| device::named(Some(user_agent), t)),
        address: event.address.clone(),
        at: event.at.into(),
    }
}

fn is_code(kind: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=40).contains(&kind.len()) && kind.chars().all(plain)
}

fn named(kind: &str, t: &AccountMessages) -> Option<&'static str> {
    let e = &t.events;
    Some(match kind {
        "login" => e.login,
        "login_failed" => e.login_failed,
        "login_throttled" => e.login_throttled,
        "refresh" => e.refresh,
        "refresh_reused" => e.refresh_reused,
        "logout" => e.logout,
        "sessions_ended" => e.sessions_ended,
        "password_changed" => e.password_changed,
        "user_added" => e.user_added,
        "users_imported" => e.users_imported,
        "user_changed" => e.user_changed,
        "user_disabled" => e.user_disabled,
        "user_enabled" => e.user_enabled,
        "user_unblocked" => e.user_unblocked,
        "user_deleted" => e.user_deleted,
        "client_added" => e.client_added,
        "client_removed" => e.client_removed,
        _ => return None,
    })
}

/// The cause, and who else it was.
fn why(event: &Event, t: &Messages) -> Vec<String> {
    let by_admin = t.account.causes.by_admin;
    let cause = event.cause.as_deref().unwrap_or_default();
    let cause = if event.kind == "user_changed" {
        changed(cause, t)
    } else {
        because(cause, &t.account).map(str::to_owned)
    };
    let mut why: Vec<String> = cause.into_iter().collect();
    if event.by.as_deref() == Some("administrator") && why.iter().all(|text| text != by_admin) {
        why.push(by_admin.to_owned());
    }
    why
}

/// What of the account was changed.
fn changed(members: &str, t: &Messages) -> Option<String> {
    let words = members.split_ascii_whitespace().filter_map(|member| {
        Some(match member {
            "username" => t.username,
            "email" => t.email,
            "name" => t.display_name,
            "roles" => t.roles,
            _ => return None,
        })
    });
    let words: Vec<&str> = words.collect();
    (!words.is_empty()).then(|| words.join(t.account.and))
}

fn because(cause: &str, t: &AccountMessages) -> Option<&'static str> {
    let c = &t.causes;
    if cause == "wrong_password" {
        return Some(c.wrong_password);
    }
    Some(match Cause::parse(cause)? {
        Cause::Expired => c.expired,
        Cause::SignedOut => c.signed_out,
        Cause::SignedOutElsewhere => c.signed_out_elsewhere,
        Cause::PasswordChanged => c.password_changed,
        Cause::UserDisabled => c.user_disabled,
        Cause::UserDeleted => c.user_deleted,
        Cause::RefreshReused => c.refresh_reused,
        Cause::EndedByAdmin => c.by_admin,
    })
}
