//! What a verifier is told: other people's rules beside our own.

use time::Duration;

use crate::{Algorithm, Verifier};

impl Verifier {
    /// `iss` must be there and be exactly this (RFC 8725 §3.8).
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The issuer that `iss` must name, if it must.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// `aud` must be there and name exactly this (RFC 8725 §3.9).
    #[must_use]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Accepts only these algorithms, whatever other keys a key set holds (RFC 8725 §3.1).
    #[must_use]
    pub fn with_algorithms(self, algorithms: &[Algorithm]) -> Self {
        Self {
            algorithms: Some(algorithms.to_vec()),
            ..self
        }
    }

    /// Accepts other types, for the tokens of foreign issuers: exactly one of `types`, or none at all
    /// when `may_be_absent`.
    #[must_use]
    pub fn with_types(mut self, types: &[&str], may_be_absent: bool) -> Self {
        self.types = types.iter().map(|&typ| typ.to_owned()).collect();
        self.type_may_be_absent = may_be_absent;
        self
    }

    /// Accepts tokens that do not name their key, as PyJWT and jose write them: every key of the token's
    /// algorithm is tried. One that names a key is still held to it.
    #[must_use]
    pub fn without_key_id(self) -> Self {
        Self {
            key_id_may_be_absent: true,
            ..self
        }
    }

    /// Whom a token speaks of is in this claim and not in `sub`: a string, or a whole number that is then read
    /// as one. It stays among [`Claims::extra`](crate::Claims::extra) too.
    #[must_use]
    pub fn with_subject_claim(self, name: &'static str) -> Self {
        Self {
            subject_claim: name,
            ..self
        }
    }

    /// These claims must be there too; `exp` and the subject always must.
    #[must_use]
    pub fn with_required_claims(self, names: &[&'static str]) -> Self {
        Self {
            required_claims: names.to_vec(),
            ..self
        }
    }

    /// What two clocks may differ by, for `exp`, `nbf` and `iat` alike, in whole seconds; a negative
    /// leeway is none.
    #[must_use]
    pub fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway.max(Duration::ZERO);
        self
    }

    /// A token is still good in the very second `exp` + leeway, as PyJWT judged before 1.5, and Flask-JWT with
    /// it. Elsewhere that is the first second in which it is not (RFC 7519 §4.1.4).
    #[must_use]
    pub fn with_inclusive_leeway(self) -> Self {
        Self {
            leeway_is_inclusive: true,
            ..self
        }
    }
}
