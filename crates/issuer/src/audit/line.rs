//! An event in the log.

use tracing::field::display;

use crate::event::{Event, Kind};

/// One line, with a field for each that the event has.
pub(super) fn log(event: &Event) {
    let act = &event.act;
    let code = act.kind.code();
    let said = match &act.cause {
        Some(cause) => format!("{code}: {cause}"),
        None => code.to_owned(),
    };
    let (user, actor) = (act.user.map(display), act.by.actor.code());
    let (session, client) = (act.session.map(display), act.client_id.as_deref());
    let (address, agent) = (
        act.by.from.address.map(display),
        act.by.from.user_agent.as_deref(),
    );
    let (cause, count) = (act.cause.as_deref(), act.count);
    if act.kind == Kind::RefreshReused {
        tracing::warn!(event = code, event.id = %event.id, user.id = user, actor, session, client.id = client,
            address, user_agent = agent, cause, count,
            "{said}: a refresh token was used again; somebody may have a copy, so its login session was ended");
    } else if act.kind == Kind::LoginThrottled {
        tracing::warn!(event = code, event.id = %event.id, user.id = user, actor, session, client.id = client,
            address, user_agent = agent, cause, count,
            "{said}: too many wrong passwords; for a while none is looked at");
    } else {
        tracing::info!(event = code, event.id = %event.id, user.id = user, actor, session, client.id = client,
            address, user_agent = agent, cause, count, "{said}");
    }
}
