//! The claims of an access token (RFC 7519 §4, RFC 9068 §2.2), typed: what is read here has the type it
//! should have, or the token is refused.

use serde::Serialize;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::Reason;

/// The claims that have a field of their own below.
pub(crate) const NAMED_CLAIMS: [&str; 11] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "sid",
    "scope",
    "roles",
    "preferred_username",
];

/// What a token says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claims {
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Whom it speaks of: the user's id. Never empty.
    pub sub: String,
    /// Whom it is meant for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    /// From when it is not good any more, in seconds since 1970 (RFC 7519 §4.1.4). A fraction is rounded
    /// down: nothing lives longer than it says.
    pub exp: i64,
    /// When it was issued, in seconds since 1970 (RFC 7519 §4.1.6). A fraction is rounded down: nothing
    /// is from the future in the very second in which it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Before when it is not good yet, in seconds since 1970 (RFC 7519 §4.1.5). A fraction is rounded up:
    /// nothing begins to live sooner than it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// The id of this token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The id of the login session it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// What it permits: words with blanks between (RFC 8693 §4.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What its user may do, in the words of the services.
    pub roles: Vec<String>,
    /// The user's name, to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// Every other claim. Must not name one of the above: [`Signer::sign`](crate::Signer::sign) refuses it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The `aud` claim: one string or a list of them (RFC 7519 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    /// Whether it names this one, exactly.
    pub fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

impl Claims {
    /// The least a token says: whom it speaks of, and for how long from `now`.
    pub fn new(sub: impl Into<String>, now: OffsetDateTime, lifetime: Duration) -> Self {
        let now = now.unix_timestamp();
        Self {
            iss: None,
            sub: sub.into(),
            aud: None,
            exp: now.saturating_add(lifetime.whole_seconds()),
            iat: Some(now),
            nbf: Some(now),
            jti: None,
            sid: None,
            scope: None,
            roles: Vec::new(),
            preferred_username: None,
            extra: Map::new(),
        }
    }

    /// The scopes it permits.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        // RFC 6749 §3.3: blanks stand between them, no other white space does.
        let words = self.scope.as_deref().unwrap_or_default().split(' ');
        words.filter(|word| !word.is_empty())
    }

    /// Whether it permits this.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|one| one == scope)
    }

    /// Whether its user has this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|one| one == role)
    }

    /// `exp` as a moment; one beyond the calendar is the calendar's end.
    pub fn expires_at(&self) -> OffsetDateTime {
        let beyond = if self.exp > 0 {
            PrimitiveDateTime::MAX
        } else {
            PrimitiveDateTime::MIN
        };
        OffsetDateTime::from_unix_timestamp(self.exp).unwrap_or(beyond.assume_utc())
    }

    /// Takes the claims out of a payload; whom they speak of, out of `subject_claim`.
    pub(crate) fn read(
        mut members: Map<String, Value>,
        subject_claim: &'static str,
    ) -> Result<Self, Reason> {
        let sub = text(&mut members, "sub")?;
        let sub = match members.get(subject_claim) {
            // `sub` itself has been taken out.
            None if subject_claim == "sub" => sub,
            None => None,
            Some(Value::String(subject)) => Some(subject.clone()),
            Some(Value::Number(id)) if id.is_i64() || id.is_u64() => Some(id.to_string()),
            Some(_) => return Err(Reason::Malformed),
        };
        let sub = sub
            .filter(|sub| !sub.is_empty())
            .ok_or(Reason::ClaimMissing(subject_claim))?;
        let exp = moment(&mut members, "exp", f64::floor)?.ok_or(Reason::ClaimMissing("exp"))?;
        Ok(Self {
            iss: text(&mut members, "iss")?,
            sub,
            aud: audience(&mut members)?,
            exp,
            iat: moment(&mut members, "iat", f64::floor)?,
            nbf: moment(&mut members, "nbf", f64::ceil)?,
            jti: text(&mut members, "jti")?,
            sid: text(&mut members, "sid")?,
            scope: text(&mut members, "scope")?,
            roles: members.remove("roles").map_or(Ok(Vec::new()), texts)?,
            preferred_username: text(&mut members, "preferred_username")?,
            extra: members,
        })
    }
}

pub(crate) fn text(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Reason> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Reason::Malformed),
    }
}

pub(crate) fn texts(value: Value) -> Result<Vec<String>, Reason> {
    let Value::Array(items) = value else {
        return Err(Reason::Malformed);
    };
    let text = |item| match item {
        Value::String(text) => Ok(text),
        _ => Err(Reason::Malformed),
    };
    items.into_iter().map(text).collect()
}

pub(crate) fn audience(members: &mut Map<String, Value>) -> Result<Option<Audience>, Reason> {
    match members.remove("aud") {
        None => Ok(None),
        Some(Value::String(one)) => Ok(Some(Audience::One(one))),
        Some(many) => texts(many).map(Audience::Many).map(Some),
    }
}

/// A NumericDate (RFC 7519 §2): a number of seconds, fractions allowed.
pub(crate) fn moment(
    members: &mut Map<String, Value>,
    name: &str,
    round: fn(f64) -> f64,
) -> Result<Option<i64>, Reason> {
    let Some(value) = members.remove(name) else {
        return Ok(None);
    };
    if let Some(seconds) = value.as_i64() {
        return Ok(Some(seconds));
    }
    let seconds = value
        .as_f64()
        .filter(|s| s.is_finite())
        .ok_or(Reason::Malformed)?;
    // `as` saturates: a date past the end of time is the end of time.
    Ok(Some(round(seconds) as i64))
}
