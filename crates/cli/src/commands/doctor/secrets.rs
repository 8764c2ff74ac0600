//! The secret: is it there, is it one, and what is it called.

use tegata_token::{HmacSecret, SecretError};

use super::report::Report;
use crate::settings::known_secrets::{KnownSecret, KnownSecrets};

/// The fingerprints of the secrets here, the one that signs first.
pub(super) fn judge(report: &mut Report, known: &KnownSecrets, insecure: bool) -> Vec<String> {
    let Some(current) = &known.current else {
        report.skip(
            "secret",
            "none is set here; `tegata` (`tegata up`) makes one, `tegata issuer` and `tegata frontend` ask for SECRET_KEY",
        );
        return Vec::new();
    };
    let mut kids = Vec::new();
    for secret in std::iter::once(current).chain(&known.others) {
        kids.extend(judge_one(report, secret, insecure));
    }
    kids
}

fn judge_one(report: &mut Report, secret: &KnownSecret, insecure: bool) -> Option<String> {
    let name = &secret.name;
    let advice = |why: SecretError| match why {
        SecretError::WhiteSpace | SecretError::BadEncoding => {
            "write it the same way in every service".to_owned()
        }
        _ => format!(
            "put a new one into {name}, in every service, and the old one into PREVIOUS_SECRET_KEYS"
        ),
    };
    match (
        HmacSecret::parse(&secret.text),
        HmacSecret::parse_insecure(&secret.text),
    ) {
        (Ok(good), _) => {
            let kid = good.kid().to_string();
            report.ok(
                "secret",
                format!("{name} is strong; its fingerprint is {kid}"),
            );
            Some(kid)
        }
        (Err(why), Ok(weak)) if insecure => {
            report.warn(
                "secret",
                format!("{name} is weak ({why}), and INSECURE_ALLOW_WEAK_SECRET allows it: anybody can forge tokens"),
                "for development only",
            );
            Some(weak.kid().to_string())
        }
        (Err(why), weak) => {
            report.fail(
                "secret",
                format!("{name} cannot be used: {why}"),
                advice(why),
            );
            weak.ok().map(|weak| weak.kid().to_string())
        }
    }
}
