//! `/account/sessions`: where I am signed in, and an end to that. All others at once is `POST /logout`'s business.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use super::{
    device,
    moment::{Moment, ago},
};
use crate::{
    error::PageError,
    flash::Flash,
    issuer_client::SignIn,
    pages::{NO_STORE, form::Form, render, shell::Shell},
    require_login::{Caller, Halt},
};

const HERE: &str = "/account/sessions";
/// Longer ones are none of the issuer's.
const LONGEST_ID: usize = 64;

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    shell: Shell,
    here: &'static str,
    sign_ins: Vec<Place>,
    has_others: bool,
}

/// One sign-in.
struct Place {
    id: String,
    is_this_one: bool,
    device: String,
    address: String,
    begun: Moment,
    used: Moment,
    /// When that was today.
    used_ago: Option<String>,
}

/// The list, this one first.
pub(crate) async fn show(caller: Caller) -> Result<Response, Halt> {
    let (issuer, browser) = (&caller.app.issuer, &caller.visit.client);
    let call = |token| async move { issuer.sign_ins(&token, browser).await };
    let mut sign_ins = caller.ask(call).await?;
    sign_ins.sort_by_key(|sign_in| !sign_in.current);
    let sign_ins: Vec<Place> = sign_ins.iter().map(|one| place(one, &caller)).collect();
    Ok(render(&SessionsPage {
        shell: caller.shell(HERE),
        here: HERE,
        has_others: sign_ins.iter().any(|one| !one.is_this_one),
        sign_ins,
    }))
}

fn place(sign_in: &SignIn, caller: &Caller) -> Place {
    let t = &caller.visit.language.messages().account;
    let address = sign_in.address.as_deref();
    Place {
        id: sign_in.id.clone(),
        is_this_one: sign_in.current,
        device: device::named(sign_in.user_agent.as_deref(), t),
        address: address.unwrap_or(t.unknown_address).to_owned(),
        begun: sign_in.created_at.into(),
        used: sign_in.last_used_at.into(),
        used_ago: ago(sign_in.last_used_at, caller.app.clock.now(), t),
    }
}

/// Ends one. Ending it again is fine.
pub(crate) async fn submit(caller: Caller, mut body: Form) -> Result<Response, Halt> {
    let id = body.take("id");
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if id.is_empty() || id.len() > LONGEST_ID || !id.chars().all(plain) {
        return Err(PageError::BadRequest.into());
    }
    let (issuer, browser, id) = (&caller.app.issuer, &caller.visit.client, id.as_str());
    let call = |token| async move { issuer.end_sign_in(id, &token, browser).await };
    let flash = if caller.ask(call).await? {
        Flash::SessionEnded
    } else {
        Flash::SessionWasOver
    };
    flash.set(&caller.app, &caller.visit.cookies);
    Ok((NO_STORE, Redirect::to(HERE)).into_response())
}
