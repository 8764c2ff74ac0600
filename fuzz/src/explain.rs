//! `explain` tells what `verify` decides, on lines that a terminal can show, and never the signature.

use tegata_token::{Outcome, printable};

use crate::forge::{GROUND, is_ours, now, token};

/// See the module.
pub fn explain(data: &[u8]) {
    let (ground, token) = (&*GROUND, token(data));
    let told = ground.verifier.explain(&token, &ground.keys, now());
    let verdict = ground.verifier.verify(&token, &ground.keys, now());
    assert_eq!(told.verdict, verdict, "{token}");
    let first = told.checks.iter().find_map(|check| match check.outcome {
        Outcome::Failed(reason) => Some(reason),
        _ => None,
    });
    assert_eq!(
        first,
        verdict.as_ref().err().copied(),
        "{token}: {:?}",
        told.checks
    );
    assert!(!told.proven || is_ours(&token), "{token}");
    if verdict.is_ok() {
        assert!(told.proven, "{token}");
        assert!(
            told.checks
                .iter()
                .all(|check| check.outcome == Outcome::Passed),
            "{token}"
        );
    }
    let (said, signature) = token.rsplit_once('.').unwrap_or((&token, ""));
    for check in &told.checks {
        assert!(
            !check.detail.chars().any(char::is_control),
            "{:?}",
            check.detail
        );
        assert_eq!(check.detail, printable(&check.detail), "{token}");
        let shown = signature.len() > 20 && check.detail.contains(signature);
        assert!(
            !shown || said.contains(signature),
            "{token}: {}",
            check.detail
        );
    }
}
