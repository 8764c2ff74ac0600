//! Why a token is good or not, check by check, for people. The verdict is the verifier's own, and each check is
//! one of the functions that it is made of; here is the order, what can be told when one fails, and nothing that
//! decides. The words are `words`.

mod words;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::{
    Algorithm, Claims, Keyring, Reason, Verifier,
    claims::{NAMED_CLAIMS, audience, moment, text, texts},
    header::Header,
    json::{NotAnObject, parse_object},
    parts::{MAX_TOKEN_BYTES, Parts, decode},
};

pub use words::printable;

/// What was found out about a token. Holds what it says, and never its signature.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What [`Verifier::verify`] says of it.
    pub verdict: Result<Claims, Reason>,
    /// All checks, in the order in which they are made. The first that failed is the verdict's reason.
    pub checks: Vec<Check>,
    /// The members of its header, if they can be read.
    pub header: Option<Map<String, Value>>,
    /// The members of its payload, if they can be read.
    pub claims: Option<Map<String, Value>>,
    /// Whether one of the keys signed them. Otherwise anybody may have written them.
    pub proven: bool,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is checked, in one word.
    pub name: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// The particulars, as [`printable`] text on one line.
    pub detail: String,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is wrong.
    Passed,
    /// This is wrong.
    Failed(Reason),
    /// It cannot be made, because an earlier one failed.
    NotMade,
}

impl Verifier {
    /// Judges a token as [`Verifier::verify`] does, and tells of every check what came of it.
    pub fn explain(&self, token: &str, keys: &Keyring, now: OffsetDateTime) -> Explanation {
        let mut checks = Checks(Vec::new());
        let parts = Parts::split(token);
        checks.add("structure", outcome(&parts), words::structure(token));
        // What can be read is read, although it will not do.
        let mut segments = token.split('.').map(|segment| match token.len() {
            ..=MAX_TOKEN_BYTES => decode(segment).ok(),
            _ => None,
        });
        let header = segments.next().flatten().map(|bytes| parse_object(&bytes));
        let payload = segments.next().flatten().map(|bytes| parse_object(&bytes));

        let proven = self.explain_header(&mut checks, header.as_ref(), parts.as_ref().ok(), keys);
        self.explain_claims(&mut checks, payload.as_ref(), parts.is_ok(), now);
        Explanation {
            verdict: self.verify(token, keys, now),
            checks: checks.0,
            header: header.and_then(Result::ok),
            claims: payload.and_then(Result::ok),
            proven,
        }
    }

    /// True when one of the keys signed it.
    fn explain_header(
        &self,
        checks: &mut Checks,
        members: Option<&Object>,
        parts: Option<&Parts<'_>>,
        keys: &Keyring,
    ) -> bool {
        let read = members.map(|members| match members {
            Ok(members) => Header::read(members.clone()),
            Err(_) => Err(Reason::Malformed),
        });
        let made = read.as_ref().map_or(Outcome::NotMade, outcome);
        checks.add("header", made, words::header(members));
        let Some(Ok(header)) = read else {
            for name in ["algorithm", "type", "key", "signature"] {
                checks.add(name, Outcome::NotMade, "there is no header to go by".into());
            }
            return false;
        };
        let algorithm = self.judge_algorithm(&header, keys);
        let named = members.and_then(|members| members.as_ref().ok());
        checks.add(
            "algorithm",
            outcome(&algorithm),
            words::algorithm(named, keys, self),
        );
        checks.add(
            "type",
            outcome(&self.judge_type(&header)),
            words::typ(named, self),
        );
        let key = match algorithm {
            Ok(algorithm) => self.candidates(&header, algorithm, keys).map(drop),
            // Which keys bear the name can be told all the same.
            Err(_) => self
                .judge_key_id(&header)
                .and_then(|kid| keys.candidates(kid).map(drop)),
        };
        checks.add("key", outcome(&key), words::key(named, keys));
        self.explain_signature(
            checks,
            &header,
            algorithm.and_then(|a| key.and(Ok(a))),
            (parts, keys),
        )
    }

    fn explain_signature(
        &self,
        checks: &mut Checks,
        header: &Header,
        ready: Result<Algorithm, Reason>,
        (parts, keys): (Option<&Parts<'_>>, &Keyring),
    ) -> bool {
        let Some(parts) = parts else {
            checks.add(
                "signature",
                Outcome::NotMade,
                "the token is not whole".into(),
            );
            return false;
        };
        let judged = ready.and_then(|algorithm| self.candidates(header, algorithm, keys));
        match judged {
            Ok(candidates) => {
                let signer = parts.signer(candidates).ok_or(Reason::BadSignature);
                let detail = match &signer {
                    Ok(key) => format!("made with the key {}", words::quoted(key.kid.as_str())),
                    Err(_) => "wrong: the token was changed on its way, or signed with another key of that name".into(),
                };
                checks.add("signature", outcome(&signer), detail);
                signer.is_ok()
            }
            Err(_) => {
                // By whatever name: that tells a key that was named otherwise from one that is not here.
                let all = keys.verifying().iter();
                let fits = all.filter(|key| Some(key.algorithm) == header.algorithm);
                let detail = match parts.signer(fits) {
                    Some(key) => format!(
                        "it is that of the key {}, which the token does not name",
                        words::quoted(key.kid.as_str())
                    ),
                    None => "no key that is known here made it".to_owned(),
                };
                checks.add("signature", Outcome::NotMade, detail);
                false
            }
        }
    }

    fn explain_claims(
        &self,
        checks: &mut Checks,
        payload: Option<&Object>,
        whole: bool,
        now: OffsetDateTime,
    ) {
        let Some(Ok(members)) = payload else {
            let made = match payload {
                Some(_) if whole => Outcome::Failed(Reason::Malformed),
                _ => Outcome::NotMade,
            };
            checks.add("claims", made, words::no_claims(payload));
            for name in ["issuer", "audience", "expiry", "not before", "issued at"] {
                checks.add(
                    name,
                    Outcome::NotMade,
                    "there are no claims to go by".into(),
                );
            }
            return;
        };
        let read = self.read_claims(members.clone());
        checks.add(
            "claims",
            outcome(&read),
            words::claims(&read, &self.ill_typed(members)),
        );
        // Of claims that do not fit as a whole, those that do are judged all the same.
        let mut own = members.clone();
        let iss = text(&mut own, "iss");
        checks.add(
            "issuer",
            of(&iss, |iss| self.judge_issuer(iss.as_deref())),
            words::issuer(members, self),
        );
        let aud = audience(&mut own);
        checks.add(
            "audience",
            of(&aud, |aud| self.judge_audience(aud.as_ref())),
            words::audience(members, self),
        );
        let exp = moment(&mut own, "exp", f64::floor)
            .and_then(|exp| exp.ok_or(Reason::ClaimMissing("exp")));
        checks.add(
            "expiry",
            of(&exp, |&exp| self.judge_expiry(exp, now)),
            words::moment("exp", exp.ok(), self, now),
        );
        let nbf = moment(&mut own, "nbf", f64::ceil);
        checks.add(
            "not before",
            of(&nbf, |&nbf| self.judge_not_before(nbf, now)),
            words::moment("nbf", nbf.ok().flatten(), self, now),
        );
        let iat = moment(&mut own, "iat", f64::floor);
        checks.add(
            "issued at",
            of(&iat, |&iat| self.judge_issued_at(iat, now)),
            words::moment("iat", iat.ok().flatten(), self, now),
        );
    }

    /// The claims for which [`Claims::read`] finds a token malformed.
    fn ill_typed(&self, members: &Map<String, Value>) -> Vec<&'static str> {
        let is_ill = |name: &&'static str| {
            let mut members = members.clone();
            match *name {
                "exp" | "iat" | "nbf" => moment(&mut members, name, f64::floor).is_err(),
                "aud" => audience(&mut members).is_err(),
                "roles" => members
                    .remove(*name)
                    .is_some_and(|roles| texts(roles).is_err()),
                _ => text(&mut members, name).is_err(),
            }
        };
        let mut names: Vec<_> = NAMED_CLAIMS.iter().copied().filter(is_ill).collect();
        let subject = members.get(self.subject_claim);
        let id = subject.is_none_or(|id| id.is_string() || id.is_i64() || id.is_u64());
        if !id && !names.contains(&self.subject_claim) {
            names.push(self.subject_claim);
        }
        names
    }
}

type Object = Result<Map<String, Value>, NotAnObject>;

struct Checks(Vec<Check>);

impl Checks {
    fn add(&mut self, name: &'static str, outcome: Outcome, detail: String) {
        self.0.push(Check {
            name,
            outcome,
            detail,
        });
    }
}

fn outcome<T>(judged: &Result<T, Reason>) -> Outcome {
    match judged {
        Ok(_) => Outcome::Passed,
        Err(reason) => Outcome::Failed(*reason),
    }
}

/// Of a claim that cannot be read there is nothing to judge: the check of the claims has failed for it.
fn of<T>(claim: &Result<T, Reason>, judge: impl FnOnce(&T) -> Result<(), Reason>) -> Outcome {
    claim
        .as_ref()
        .map_or(Outcome::NotMade, |claim| outcome(&judge(claim)))
}
