//! RFC 6750 §3: the challenge, and its parameters as a body.

use serde_json::{Value, json};
use tegata_token::Reason;

use super::Manner;

/// RFC 6750 §3 asks for at least one parameter where there is no error to name.
const REALM: &str = "api";

pub(super) fn body(reason: Reason, manner: &Manner) -> Value {
    let description = describe(reason, manner);
    match error_code(reason) {
        Some(code) => json!({"error": code, "error_description": description}),
        None => json!({"error_description": description}),
    }
}

pub(super) fn challenge(reason: Reason, manner: &Manner) -> String {
    let scheme = manner.scheme();
    let Some(code) = error_code(reason) else {
        return format!("{scheme} realm=\"{}\"", manner.realm_or(REALM));
    };
    let realm = match manner.realm() {
        Some(realm) => format!("realm=\"{realm}\", "),
        None => String::new(),
    };
    let description = describe(reason, manner);
    format!("{scheme} {realm}error=\"{code}\", error_description=\"{description}\"")
}

/// RFC 6750 §3: a request that sent no token is told no error code.
fn error_code(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::HeaderMissing | Reason::WrongScheme => None,
        Reason::TokenMissing | Reason::ExtraParts => Some("invalid_request"),
        Reason::ScopeMissing => Some("insufficient_scope"),
        Reason::KeysUnavailable | Reason::RevocationsUnavailable => Some("temporarily_unavailable"),
        _ => Some("invalid_token"),
    }
}

fn describe(reason: Reason, manner: &Manner) -> String {
    match reason {
        Reason::WrongScheme => {
            let schemes = manner.schemes().join(" or ");
            format!("The Authorization header should start with {schemes}")
        }
        reason => reason.to_string(),
    }
}
