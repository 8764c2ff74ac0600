//! What every dialect says of every reason: the contract, written out.

/// One reason.
pub(crate) struct Row {
    /// `Tegata-Reason`.
    pub(crate) reason: &'static str,
    pub(crate) status: u16,
    /// `error` (none is empty) and `error_description`.
    pub(crate) rfc6750: (&'static str, &'static str),
    /// `detail`.
    pub(crate) fast_api: &'static str,
    /// `code` and `description`.
    pub(crate) auth0: (&'static str, &'static str),
    /// `error` and `description`.
    pub(crate) flask_jwt: (&'static str, &'static str),
}

const NOT_AUTHENTICATED: &str = "Not authenticated";
const NOT_VALIDATED: &str = "Could not validate credentials";
const INVALID_CLAIMS: (&str, &str) = (
    "invalid_claims",
    "Incorrect claims. Please, check the audience and issuer.",
);
const NOT_PARSED: (&str, &str) = ("invalid_header", "Unable to parse authentication token.");
const NO_KEY: (&str, &str) = ("invalid_header", "Unable to find the appropriate key.");
const BAD_SIGNATURE: (&str, &str) = ("Invalid token", "Signature verification failed");

pub(crate) const ROWS: &[Row] = &[
    Row {
        reason: "header_missing",
        status: 401,
        rfc6750: ("", "The Authorization header is missing"),
        fast_api: NOT_AUTHENTICATED,
        auth0: (
            "authorization_header_missing",
            "Authorization header is expected.",
        ),
        flask_jwt: (
            "Authorization Required",
            "Request does not contain an access token",
        ),
    },
    Row {
        reason: "wrong_scheme",
        status: 401,
        rfc6750: ("", "The Authorization header should start with Bearer"),
        fast_api: NOT_AUTHENTICATED,
        auth0: (
            "invalid_header",
            "Authorization header must start with \"Bearer\".",
        ),
        flask_jwt: ("Invalid JWT header", "Unsupported authorization type"),
    },
    Row {
        reason: "token_missing",
        status: 401,
        rfc6750: ("invalid_request", "The Authorization header holds no token"),
        fast_api: NOT_AUTHENTICATED,
        auth0: ("invalid_header", "Token not found."),
        flask_jwt: ("Invalid JWT header", "Token missing"),
    },
    Row {
        reason: "extra_parts",
        status: 401,
        rfc6750: (
            "invalid_request",
            "The Authorization header should hold one token and nothing else",
        ),
        fast_api: NOT_VALIDATED,
        auth0: (
            "invalid_header",
            "Authorization header must be bearer token.",
        ),
        flask_jwt: ("Invalid JWT header", "Token contains spaces"),
    },
    Row {
        reason: "malformed",
        status: 401,
        rfc6750: ("invalid_token", "The token is malformed"),
        fast_api: NOT_VALIDATED,
        auth0: NOT_PARSED,
        flask_jwt: ("Invalid token", "Not enough segments"),
    },
    Row {
        reason: "algorithm_not_allowed",
        status: 401,
        rfc6750: (
            "invalid_token",
            "The token is signed with an algorithm that is not accepted here",
        ),
        fast_api: NOT_VALIDATED,
        auth0: NOT_PARSED,
        flask_jwt: ("Invalid token", "The specified alg value is not allowed"),
    },
    Row {
        reason: "bad_signature",
        status: 401,
        rfc6750: ("invalid_token", "The signature of the token is wrong"),
        fast_api: NOT_VALIDATED,
        auth0: NOT_PARSED,
        flask_jwt: BAD_SIGNATURE,
    },
    Row {
        reason: "key_id_missing",
        status: 401,
        rfc6750: ("invalid_token", "The token does not name its key"),
        fast_api: NOT_VALIDATED,
        auth0: ("invalid_header", "Authorization malformed."),
        flask_jwt: BAD_SIGNATURE,
    },
    Row {
        reason: "key_unknown",
        status: 401,
        rfc6750: ("invalid_token", "The token is signed with an unknown key"),
        fast_api: NOT_VALIDATED,
        auth0: NO_KEY,
        flask_jwt: BAD_SIGNATURE,
    },
    Row {
        reason: "key_mismatch",
        status: 401,
        rfc6750: (
            "invalid_token",
            "The token is signed with another secret: SECRET_KEY differs between two services",
        ),
        fast_api: NOT_VALIDATED,
        auth0: NO_KEY,
        flask_jwt: BAD_SIGNATURE,
    },
    Row {
        reason: "expired",
        status: 401,
        rfc6750: ("invalid_token", "The token expired"),
        fast_api: NOT_VALIDATED,
        auth0: ("token_expired", "Token expired."),
        flask_jwt: ("Invalid token", "Signature has expired"),
    },
    Row {
        reason: "not_yet_valid",
        status: 401,
        rfc6750: ("invalid_token", "The token is not valid yet"),
        fast_api: NOT_VALIDATED,
        auth0: INVALID_CLAIMS,
        flask_jwt: ("Invalid token", "The token is not yet valid (nbf)"),
    },
    Row {
        reason: "issued_in_future",
        status: 401,
        rfc6750: (
            "invalid_token",
            "The token was issued in the future: compare the clocks",
        ),
        fast_api: NOT_VALIDATED,
        auth0: INVALID_CLAIMS,
        flask_jwt: (
            "Invalid token",
            "Issued At claim (iat) cannot be in the future.",
        ),
    },
    Row {
        reason: "wrong_issuer",
        status: 401,
        rfc6750: ("invalid_token", "The token comes from another issuer"),
        fast_api: NOT_VALIDATED,
        auth0: INVALID_CLAIMS,
        flask_jwt: ("Invalid token", "Invalid issuer"),
    },
    Row {
        reason: "wrong_audience",
        status: 401,
        rfc6750: ("invalid_token", "The token is meant for another audience"),
        fast_api: NOT_VALIDATED,
        auth0: INVALID_CLAIMS,
        flask_jwt: ("Invalid token", "Invalid audience"),
    },
    Row {
        reason: "claim_missing",
        status: 401,
        rfc6750: ("invalid_token", "The token lacks the claim exp"),
        fast_api: NOT_VALIDATED,
        auth0: INVALID_CLAIMS,
        flask_jwt: ("Invalid token", "Token is missing the \"exp\" claim"),
    },
    Row {
        reason: "wrong_type",
        status: 401,
        rfc6750: ("invalid_token", "The token is not an access token"),
        fast_api: NOT_VALIDATED,
        auth0: INVALID_CLAIMS,
        flask_jwt: ("Invalid token", "Wrong token type"),
    },
    Row {
        reason: "session_ended",
        status: 401,
        rfc6750: ("invalid_token", "The login session has ended"),
        fast_api: NOT_VALIDATED,
        auth0: ("token_revoked", "Token revoked."),
        flask_jwt: ("Invalid token", "Token has been revoked"),
    },
    Row {
        reason: "user_unknown",
        status: 401,
        rfc6750: ("invalid_token", "The user of the token does not exist"),
        fast_api: "Inactive user",
        auth0: INVALID_CLAIMS,
        flask_jwt: ("Invalid JWT", "User does not exist"),
    },
    Row {
        reason: "user_disabled",
        status: 401,
        rfc6750: ("invalid_token", "The user of the token is disabled"),
        fast_api: "Inactive user",
        auth0: INVALID_CLAIMS,
        flask_jwt: ("Invalid JWT", "User is disabled"),
    },
    Row {
        reason: "scope_missing",
        status: 403,
        rfc6750: ("insufficient_scope", "The token does not permit this"),
        fast_api: "Not enough permissions",
        auth0: (
            "insufficient_scope",
            "You don't have access to this resource.",
        ),
        flask_jwt: ("Forbidden", "Not enough permissions"),
    },
    Row {
        reason: "keys_unavailable",
        status: 503,
        rfc6750: (
            "temporarily_unavailable",
            "The keys that check tokens cannot be reached",
        ),
        fast_api: "The keys that check tokens cannot be reached; try again",
        auth0: (
            "temporarily_unavailable",
            "The keys that check tokens cannot be reached; try again.",
        ),
        flask_jwt: (
            "Service Unavailable",
            "The keys that check tokens cannot be reached; try again",
        ),
    },
    Row {
        reason: "revocations_unavailable",
        status: 503,
        rfc6750: (
            "temporarily_unavailable",
            "The list of ended login sessions cannot be reached",
        ),
        fast_api: "The list of ended login sessions cannot be reached; try again",
        auth0: (
            "temporarily_unavailable",
            "The list of ended login sessions cannot be reached; try again.",
        ),
        flask_jwt: (
            "Service Unavailable",
            "The list of ended login sessions cannot be reached; try again",
        ),
    },
];
