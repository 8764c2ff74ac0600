//! Prints an explanation: for people, or as JSON. Nothing that a token says reaches the terminal as it is.

use std::io::Write;

use serde_json::{Map, Value, json};
use tegata_token::{Explanation, Outcome, printable};

use crate::Failure;

/// `open`: keys are missing, and with them it may be good.
pub(super) fn print(
    explanation: &Explanation,
    open: bool,
    notes: &[String],
    json: bool,
) -> Result<(), Failure> {
    let text = if json {
        format!(
            "{}\n",
            printable(&as_json(explanation, open, notes).to_string())
        )
    } else {
        as_text(explanation, open, notes)
    };
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}

fn as_json(explanation: &Explanation, open: bool, notes: &[String]) -> Value {
    let checks: Vec<Value> = explanation
        .checks
        .iter()
        .map(|check| {
            let (outcome, reason) = match check.outcome {
                Outcome::Passed => ("passed", None),
                Outcome::Failed(reason) => ("failed", Some(reason.code())),
                Outcome::NotMade => ("not_made", None),
            };
            json!({"check": check.name, "outcome": outcome, "reason": reason, "detail": check.detail})
        })
        .collect();
    let reason = explanation.verdict.as_ref().err().filter(|_| !open);
    let verdict = match &explanation.verdict {
        Ok(_) => "good",
        Err(_) if open => "not_judged",
        Err(_) => "refused",
    };
    json!({
        "verdict": verdict,
        "reason": reason.map(|reason| reason.code()),
        "description": reason.map(ToString::to_string),
        "checks": checks,
        "proven": explanation.proven,
        "header": explanation.header,
        "claims": explanation.claims,
        "notes": notes,
    })
}

fn as_text(explanation: &Explanation, open: bool, notes: &[String]) -> String {
    let mut lines = vec![match &explanation.verdict {
        Ok(_) => "good".to_owned(),
        Err(_) if open => "not judged: the keys are not all here".to_owned(),
        Err(reason) => format!("refused: {} ({reason})", reason.code()),
    }];
    lines.push(String::new());
    for check in &explanation.checks {
        let mark = match check.outcome {
            Outcome::Passed => "ok",
            Outcome::Failed(_) => "FAIL",
            Outcome::NotMade => "-",
        };
        lines.push(format!("  {mark:<5}{:<11}{}", check.name, check.detail));
    }
    let how_sure = if explanation.proven {
        "proven by the signature"
    } else {
        "NOT PROVEN: anybody may have written this"
    };
    for (name, members) in [
        ("header", &explanation.header),
        ("claims", &explanation.claims),
    ] {
        if let Some(members) = members {
            lines.push(format!("\n{name}, {how_sure}"));
            lines.extend(members_of(members));
        }
    }
    if explanation.verdict.is_ok() {
        lines.push(
            "\nWhether its login session has been ended since only the issuer can tell.".to_owned(),
        );
    }
    for note in notes {
        lines.push(format!("\nnote: {}", printable(note)));
    }
    lines.join("\n") + "\n"
}

fn members_of(members: &Map<String, Value>) -> Vec<String> {
    let line = |(name, value): (&String, &Value)| {
        let name = printable(name);
        format!("  {name}: {}", printable(&value.to_string()))
    };
    members.iter().map(line).collect()
}
