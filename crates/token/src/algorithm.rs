//! Signature algorithms: a closed list, and `none` is not in it.

use std::fmt;

/// A signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256, under a secret that all services share.
    HS256,
    /// HMAC with SHA-384. Verified, never minted.
    HS384,
    /// HMAC with SHA-512. Verified, never minted.
    HS512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384. Verified, never minted.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512. Verified, never minted.
    RS512,
    /// RSASSA-PSS with SHA-256. Verified, never minted.
    PS256,
    /// RSASSA-PSS with SHA-384. Verified, never minted.
    PS384,
    /// RSASSA-PSS with SHA-512. Verified, never minted.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384. Verified, never minted.
    ES384,
    /// Ed25519. Fast to sign with and to verify.
    EdDSA,
}

impl Algorithm {
    /// Its name in a token's header.
    pub fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
        }
    }

    /// The algorithm of this name, spelt exactly so: names are case-sensitive (RFC 7515 §4.1.1). `Ed25519` is
    /// another name of `EdDSA`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "HS256" => Some(Self::HS256),
            "HS384" => Some(Self::HS384),
            "HS512" => Some(Self::HS512),
            "RS256" => Some(Self::RS256),
            "RS384" => Some(Self::RS384),
            "RS512" => Some(Self::RS512),
            "PS256" => Some(Self::PS256),
            "PS384" => Some(Self::PS384),
            "PS512" => Some(Self::PS512),
            "ES256" => Some(Self::ES256),
            "ES384" => Some(Self::ES384),
            // RFC 9864 gives it a name of its own.
            "EdDSA" | "Ed25519" => Some(Self::EdDSA),
            _ => None,
        }
    }

    /// Whether its key is a secret that the verifying services share.
    pub fn is_shared_secret(self) -> bool {
        matches!(self, Self::HS256 | Self::HS384 | Self::HS512)
    }

    /// Whether tokens are minted with it here: an issuer needs one algorithm of each kind.
    pub fn is_minted(self) -> bool {
        matches!(self, Self::HS256 | Self::RS256 | Self::ES256 | Self::EdDSA)
    }

    pub(crate) fn of_jsonwebtoken(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::HS256 => jsonwebtoken::Algorithm::HS256,
            Self::HS384 => jsonwebtoken::Algorithm::HS384,
            Self::HS512 => jsonwebtoken::Algorithm::HS512,
            Self::RS256 => jsonwebtoken::Algorithm::RS256,
            Self::RS384 => jsonwebtoken::Algorithm::RS384,
            Self::RS512 => jsonwebtoken::Algorithm::RS512,
            Self::PS256 => jsonwebtoken::Algorithm::PS256,
            Self::PS384 => jsonwebtoken::Algorithm::PS384,
            Self::PS512 => jsonwebtoken::Algorithm::PS512,
            Self::ES256 => jsonwebtoken::Algorithm::ES256,
            Self::ES384 => jsonwebtoken::Algorithm::ES384,
            Self::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
