//! Why a token was refused: one closed list for the whole workspace. The guard renders it.

use thiserror::Error;

/// Why a request or its token was refused. The text is fit for RFC 6750's `error_description`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no `Authorization` header.
    #[error("The Authorization header is missing")]
    HeaderMissing,
    /// The header's scheme is not one that carries a token.
    #[error("The Authorization header should start with Bearer")]
    WrongScheme,
    /// The scheme is there, the token is not.
    #[error("The Authorization header holds no token")]
    TokenMissing,
    /// There is more than one token, or more than one header.
    #[error("The Authorization header should hold one token and nothing else")]
    ExtraParts,
    /// It is not a compact JWS of well-formed, unambiguous JSON (RFC 7515 §7.1).
    #[error("The token is malformed")]
    Malformed,
    /// Its `alg` is not one of our keys' (RFC 8725 §3.1).
    #[error("The token is signed with an algorithm that is not accepted here")]
    AlgorithmNotAllowed,
    /// The key is ours, the signature is not.
    #[error("The signature of the token is wrong")]
    BadSignature,
    /// There is no `kid`.
    #[error("The token does not name its key")]
    KeyIdMissing,
    /// The key is not in the key set.
    #[error("The token is signed with an unknown key")]
    KeyUnknown,
    /// The token was signed with another secret than the one shared here.
    #[error("The token is signed with another secret: SECRET_KEY differs between two services")]
    KeyMismatch,
    /// Its time is over.
    #[error("The token expired")]
    Expired,
    /// Its time has not come.
    #[error("The token is not valid yet")]
    NotYetValid,
    /// It claims to come from the future: a clock is wrong.
    #[error("The token was issued in the future: compare the clocks")]
    IssuedInFuture,
    /// Somebody else issued it.
    #[error("The token comes from another issuer")]
    WrongIssuer,
    /// It is meant for somebody else.
    #[error("The token is meant for another audience")]
    WrongAudience,
    /// A claim that must be there is not.
    #[error("The token lacks the claim {0}")]
    ClaimMissing(&'static str),
    /// It is another kind of token (RFC 8725 §3.11).
    #[error("The token is not an access token")]
    WrongType,
    /// Its login session has been ended.
    #[error("The login session has ended")]
    SessionEnded,
    /// Its user is gone.
    #[error("The user of the token does not exist")]
    UserUnknown,
    /// Its user has been disabled.
    #[error("The user of the token is disabled")]
    UserDisabled,
    /// It does not allow this.
    #[error("The token does not permit this")]
    ScopeMissing,
    /// Whether it is good cannot be told now.
    #[error("The keys that check tokens cannot be reached")]
    KeysUnavailable,
    /// Whether its login session has ended cannot be told now.
    #[error("The list of ended login sessions cannot be reached")]
    RevocationsUnavailable,
}

impl Reason {
    /// Every code that [`Reason::code`] may give.
    pub const CODES: [&'static str; 23] = [
        "header_missing",
        "wrong_scheme",
        "token_missing",
        "extra_parts",
        "malformed",
        "algorithm_not_allowed",
        "bad_signature",
        "key_id_missing",
        "key_unknown",
        "key_mismatch",
        "expired",
        "not_yet_valid",
        "issued_in_future",
        "wrong_issuer",
        "wrong_audience",
        "claim_missing",
        "wrong_type",
        "session_ended",
        "user_unknown",
        "user_disabled",
        "scope_missing",
        "keys_unavailable",
        "revocations_unavailable",
    ];

    /// The stable code, for headers, logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::HeaderMissing => "header_missing",
            Self::WrongScheme => "wrong_scheme",
            Self::TokenMissing => "token_missing",
            Self::ExtraParts => "extra_parts",
            Self::Malformed => "malformed",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::BadSignature => "bad_signature",
            Self::KeyIdMissing => "key_id_missing",
            Self::KeyUnknown => "key_unknown",
            Self::KeyMismatch => "key_mismatch",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::IssuedInFuture => "issued_in_future",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::ClaimMissing(_) => "claim_missing",
            Self::WrongType => "wrong_type",
            Self::SessionEnded => "session_ended",
            Self::UserUnknown => "user_unknown",
            Self::UserDisabled => "user_disabled",
            Self::ScopeMissing => "scope_missing",
            Self::KeysUnavailable => "keys_unavailable",
            Self::RevocationsUnavailable => "revocations_unavailable",
        }
    }

    /// Whether nothing is wrong with the token as far as can be told now: try again (503), and end nothing.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::KeysUnavailable | Self::RevocationsUnavailable)
    }
}
