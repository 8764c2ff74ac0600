//! FastAPI's `{"detail"}`, in the words of its security classes and its tutorial.

use serde_json::{Value, json};
use tegata_token::Reason;

use super::try_again;

pub(super) fn body(reason: Reason) -> Value {
    let detail = match reason {
        Reason::HeaderMissing | Reason::WrongScheme | Reason::TokenMissing => "Not authenticated",
        Reason::UserUnknown | Reason::UserDisabled => "Inactive user",
        Reason::ScopeMissing => "Not enough permissions",
        Reason::ExtraParts
        | Reason::Malformed
        | Reason::AlgorithmNotAllowed
        | Reason::BadSignature
        | Reason::KeyIdMissing
        | Reason::KeyUnknown
        | Reason::KeyMismatch
        | Reason::Expired
        | Reason::NotYetValid
        | Reason::IssuedInFuture
        | Reason::WrongIssuer
        | Reason::WrongAudience
        | Reason::ClaimMissing(_)
        | Reason::WrongType
        | Reason::SessionEnded => "Could not validate credentials",
        Reason::KeysUnavailable | Reason::RevocationsUnavailable => {
            return json!({"detail": try_again(reason)});
        }
    };
    json!({"detail": detail})
}
