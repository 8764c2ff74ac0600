//! The `{"code","description"}` of Auth0's samples for Python APIs. One code has one description, so what a
//! client shows or compares is what it always was; `Tegata-Reason` says more.

use serde_json::{Value, json};
use tegata_token::Reason;

use super::try_again;

const INVALID_HEADER: &str = "invalid_header";

pub(super) fn body(reason: Reason) -> Value {
    let (code, description) = match reason {
        Reason::HeaderMissing => (
            "authorization_header_missing",
            "Authorization header is expected.",
        ),
        Reason::WrongScheme => (
            INVALID_HEADER,
            "Authorization header must start with \"Bearer\".",
        ),
        Reason::TokenMissing => (INVALID_HEADER, "Token not found."),
        Reason::ExtraParts => (INVALID_HEADER, "Authorization header must be bearer token."),
        Reason::Malformed | Reason::AlgorithmNotAllowed | Reason::BadSignature => {
            (INVALID_HEADER, "Unable to parse authentication token.")
        }
        Reason::KeyIdMissing => (INVALID_HEADER, "Authorization malformed."),
        Reason::KeyUnknown | Reason::KeyMismatch => {
            (INVALID_HEADER, "Unable to find the appropriate key.")
        }
        Reason::Expired => ("token_expired", "Token expired."),
        Reason::NotYetValid
        | Reason::IssuedInFuture
        | Reason::WrongIssuer
        | Reason::WrongAudience
        | Reason::ClaimMissing(_)
        | Reason::WrongType
        | Reason::UserUnknown
        | Reason::UserDisabled => (
            "invalid_claims",
            "Incorrect claims. Please, check the audience and issuer.",
        ),
        Reason::SessionEnded => ("token_revoked", "Token revoked."),
        Reason::ScopeMissing => (
            "insufficient_scope",
            "You don't have access to this resource.",
        ),
        Reason::KeysUnavailable | Reason::RevocationsUnavailable => {
            let description = format!("{}.", try_again(reason));
            return json!({"code": "temporarily_unavailable", "description": description});
        }
    };
    json!({"code": code, "description": description})
}
