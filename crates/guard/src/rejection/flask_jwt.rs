//! Flask-JWT's `{"status_code","error","description"}`, in its words and those of the PyJWT under it.

use http::StatusCode;
use serde_json::{Value, json};
use tegata_token::Reason;

use super::{Manner, try_again};

/// `JWT_DEFAULT_REALM`.
const REALM: &str = "Login Required";
const INVALID_HEADER: &str = "Invalid JWT header";
const INVALID_TOKEN: &str = "Invalid token";
const INVALID_JWT: &str = "Invalid JWT";

pub(super) fn body(reason: Reason, status: StatusCode) -> Value {
    let (error, description) = match reason {
        Reason::HeaderMissing => (
            "Authorization Required",
            "Request does not contain an access token",
        ),
        Reason::WrongScheme => (INVALID_HEADER, "Unsupported authorization type"),
        Reason::TokenMissing => (INVALID_HEADER, "Token missing"),
        Reason::ExtraParts => (INVALID_HEADER, "Token contains spaces"),
        Reason::Malformed => (INVALID_TOKEN, "Not enough segments"),
        Reason::AlgorithmNotAllowed => (INVALID_TOKEN, "The specified alg value is not allowed"),
        Reason::BadSignature | Reason::KeyIdMissing | Reason::KeyUnknown | Reason::KeyMismatch => {
            (INVALID_TOKEN, "Signature verification failed")
        }
        Reason::Expired => (INVALID_TOKEN, "Signature has expired"),
        Reason::NotYetValid => (INVALID_TOKEN, "The token is not yet valid (nbf)"),
        Reason::IssuedInFuture => (
            INVALID_TOKEN,
            "Issued At claim (iat) cannot be in the future.",
        ),
        Reason::WrongIssuer => (INVALID_TOKEN, "Invalid issuer"),
        Reason::WrongAudience => (INVALID_TOKEN, "Invalid audience"),
        Reason::ClaimMissing(claim) => {
            let description = format!("Token is missing the \"{claim}\" claim");
            return render(status, INVALID_TOKEN, &description);
        }
        Reason::WrongType => (INVALID_TOKEN, "Wrong token type"),
        Reason::SessionEnded => (INVALID_TOKEN, "Token has been revoked"),
        Reason::UserUnknown => (INVALID_JWT, "User does not exist"),
        Reason::UserDisabled => (INVALID_JWT, "User is disabled"),
        Reason::ScopeMissing => ("Forbidden", "Not enough permissions"),
        Reason::KeysUnavailable | Reason::RevocationsUnavailable => {
            return render(status, "Service Unavailable", &try_again(reason));
        }
    };
    render(status, error, description)
}

fn render(status: StatusCode, error: &str, description: &str) -> Value {
    json!({"status_code": status.as_u16(), "error": error, "description": description})
}

/// Only whoever sent nothing is challenged, and always for a `JWT`, whatever the prefix is.
pub(super) fn challenge(reason: Reason, manner: &Manner) -> Option<String> {
    let realm = manner.realm_or(REALM);
    (reason == Reason::HeaderMissing).then(|| format!("JWT realm=\"{realm}\""))
}
