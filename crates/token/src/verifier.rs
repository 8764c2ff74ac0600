//! The one function in the workspace that decides whether a token is good (RFC 8725). `jsonwebtoken`
//! checks the signature and nothing else; structure, header, claims and times are judged here.

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::{
    Algorithm, Audience, Claims, KeyId, Keyring, Reason, VerifyingKey, header::Header,
    json::parse_object, parts::Parts,
};

/// RFC 9068 §2.1.
pub(crate) const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// What two clocks may differ by.
const LEEWAY: Duration = Duration::seconds(10);

/// The rules a token has to keep.
#[derive(Clone, Debug)]
pub struct Verifier {
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
    /// `None`: those of the keys.
    pub(crate) algorithms: Option<Vec<Algorithm>>,
    pub(crate) types: Vec<String>,
    pub(crate) type_may_be_absent: bool,
    pub(crate) key_id_may_be_absent: bool,
    pub(crate) subject_claim: &'static str,
    pub(crate) required_claims: Vec<&'static str>,
    pub(crate) leeway: Duration,
    pub(crate) leeway_is_inclusive: bool,
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new()
    }
}

impl Verifier {
    /// Tegata's own rules: `typ` is exactly `at+jwt`, ten seconds of leeway, any issuer whose key is in
    /// the ring, any audience (a token that names one is accepted where none is asked for).
    pub fn new() -> Self {
        Self {
            issuer: None,
            audience: None,
            algorithms: None,
            types: vec![ACCESS_TOKEN_TYPE.to_owned()],
            type_may_be_absent: false,
            key_id_may_be_absent: false,
            subject_claim: "sub",
            required_claims: Vec::new(),
            leeway: LEEWAY,
            leeway_is_inclusive: false,
        }
    }

    /// The claims of a token that is good at `now`.
    ///
    /// # Errors
    /// The first [`Reason`] why it is not. Times are judged last, so that [`Reason::Expired`] means
    /// that all else was right.
    pub fn verify(
        &self,
        token: &str,
        keys: &Keyring,
        now: OffsetDateTime,
    ) -> Result<Claims, Reason> {
        let claims = self.read(&self.open(token, keys)?)?;
        self.judge_times(&claims, now)?;
        Ok(claims)
    }

    /// The first step: structure, header and signature. What comes out was signed by one of `keys`, whatever
    /// it says.
    ///
    /// # Errors
    /// The first [`Reason`] why it was not.
    pub fn open(&self, token: &str, keys: &Keyring) -> Result<Opened, Reason> {
        let parts = Parts::split(token)?;
        let header = Header::read(parse(&parts.header)?)?;
        let algorithm = self.judge_algorithm(&header, keys)?;
        self.judge_type(&header)?;
        let candidates = self.candidates(&header, algorithm, keys)?;
        let signer = parts.signer(candidates).ok_or(Reason::BadSignature)?;
        Ok(Opened {
            payload: parts.payload,
            kid: signer.kid.clone(),
        })
    }

    /// The second step: the claims are well-formed, all there, from the right issuer and for the right
    /// audience. This and [`Verifier::open`] judge what never changes.
    ///
    /// # Errors
    /// The first [`Reason`] why they are not.
    pub fn read(&self, opened: &Opened) -> Result<Claims, Reason> {
        let claims = self.read_claims(parse(&opened.payload)?)?;
        self.judge_issuer(claims.iss.as_deref())?;
        self.judge_audience(claims.aud.as_ref())?;
        Ok(claims)
    }

    /// The last step, to be taken at every use of a token: `exp`, `nbf` and `iat`, by the clock.
    ///
    /// # Errors
    /// [`Reason::Expired`], [`Reason::NotYetValid`] or [`Reason::IssuedInFuture`].
    pub fn judge_times(&self, claims: &Claims, now: OffsetDateTime) -> Result<(), Reason> {
        self.judge_expiry(claims.exp, now)?;
        self.judge_not_before(claims.nbf, now)?;
        self.judge_issued_at(claims.iat, now)
    }

    // The checks, one by one, in the order in which they are made; `explain` makes the same.

    pub(crate) fn judge_algorithm(
        &self,
        header: &Header,
        keys: &Keyring,
    ) -> Result<Algorithm, Reason> {
        let asked = |algorithm| match &self.algorithms {
            Some(algorithms) => algorithms.contains(&algorithm),
            None => true,
        };
        header
            .algorithm
            .filter(|&algorithm| asked(algorithm) && keys.allows(algorithm))
            .ok_or(Reason::AlgorithmNotAllowed)
    }

    pub(crate) fn judge_type(&self, header: &Header) -> Result<(), Reason> {
        let right = match header.typ()? {
            Some(typ) => self.types.iter().any(|one| one == typ),
            None => self.type_may_be_absent,
        };
        if right {
            Ok(())
        } else {
            Err(Reason::WrongType)
        }
    }

    /// The keys that may have signed it: at least one.
    pub(crate) fn candidates<'k>(
        &self,
        header: &Header,
        algorithm: Algorithm,
        keys: &'k Keyring,
    ) -> Result<impl Iterator<Item = &'k VerifyingKey>, Reason> {
        let kid = self.judge_key_id(header)?;
        // The ring may hold keys of several algorithms: the key says which one is its own.
        let mut candidates = keys
            .candidates(kid)?
            .filter(move |key| key.algorithm == algorithm)
            .peekable();
        if candidates.peek().is_none() {
            return Err(Reason::AlgorithmNotAllowed);
        }
        Ok(candidates)
    }

    pub(crate) fn judge_key_id<'h>(&self, header: &'h Header) -> Result<Option<&'h str>, Reason> {
        let kid = header.kid()?;
        if kid.is_none() && !self.key_id_may_be_absent {
            return Err(Reason::KeyIdMissing);
        }
        Ok(kid)
    }

    pub(crate) fn read_claims(&self, members: Map<String, Value>) -> Result<Claims, Reason> {
        let missing = |name: &&&'static str| members.get(**name).is_none_or(Value::is_null);
        if let Some(name) = self.required_claims.iter().find(missing) {
            return Err(Reason::ClaimMissing(name));
        }
        Claims::read(members, self.subject_claim)
    }

    pub(crate) fn judge_issuer(&self, iss: Option<&str>) -> Result<(), Reason> {
        match &self.issuer {
            Some(wanted) if iss != Some(wanted) => Err(Reason::WrongIssuer),
            _ => Ok(()),
        }
    }

    pub(crate) fn judge_audience(&self, aud: Option<&Audience>) -> Result<(), Reason> {
        match &self.audience {
            Some(wanted) if !aud.is_some_and(|aud| aud.names(wanted)) => Err(Reason::WrongAudience),
            _ => Ok(()),
        }
    }

    pub(crate) fn judge_expiry(&self, exp: i64, now: OffsetDateTime) -> Result<(), Reason> {
        let now = now.unix_timestamp();
        let last = exp.saturating_add(self.leeway.whole_seconds());
        if now > last || (now == last && !self.leeway_is_inclusive) {
            return Err(Reason::Expired);
        }
        Ok(())
    }

    pub(crate) fn judge_not_before(
        &self,
        nbf: Option<i64>,
        now: OffsetDateTime,
    ) -> Result<(), Reason> {
        if nbf.is_some_and(|nbf| nbf > self.latest(now)) {
            return Err(Reason::NotYetValid);
        }
        Ok(())
    }

    pub(crate) fn judge_issued_at(
        &self,
        iat: Option<i64>,
        now: OffsetDateTime,
    ) -> Result<(), Reason> {
        if iat.is_some_and(|iat| iat > self.latest(now)) {
            return Err(Reason::IssuedInFuture);
        }
        Ok(())
    }

    fn latest(&self, now: OffsetDateTime) -> i64 {
        now.unix_timestamp()
            .saturating_add(self.leeway.whole_seconds())
    }
}

/// A token whose signature is right: what was signed, and with which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    payload: Vec<u8>,
    kid: KeyId,
}

impl Opened {
    /// The signed bytes; of a token they should be one JSON object.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The name of the key that signed them.
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }
}

/// What a token says, unjudged: to be shown, never to be acted on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspected {
    /// The members of its header.
    pub header: Map<String, Value>,
    /// The members of its payload.
    pub claims: Map<String, Value>,
}

/// Reads a token without judging it.
///
/// # Errors
/// [`Reason::Malformed`]
pub fn inspect(token: &str) -> Result<Inspected, Reason> {
    let parts = Parts::split(token)?;
    Ok(Inspected {
        header: parse(&parts.header)?,
        claims: parse(&parts.payload)?,
    })
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, Reason> {
    parse_object(bytes).map_err(|_| Reason::Malformed)
}
