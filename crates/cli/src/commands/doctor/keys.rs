//! Whether issuer, pages and the secret of these settings are one.

use serde_json::Value;

use super::{report::Report, services::Answer};

const ADVICE: &str = "give all services the same SECRET_KEY and ALGORITHM and restart those that have another; `tegata explain` shows with which key a token was signed";

pub(super) fn judge(
    report: &mut Report,
    here: &[String],
    issuer: Option<&Answer>,
    frontend: Option<&Answer>,
) {
    let signing = issuer.and_then(|issuer| issuer.body["keys"]["signing"].as_str());
    let known = frontend.map(|frontend| listed(&frontend.body["keys"]["verifying"]));
    let shared = issuer.is_none_or(|issuer| {
        let algorithm = issuer.body["keys"]["algorithm"].as_str();
        algorithm.is_none_or(|algorithm| algorithm == "HS256")
    });
    let of_here = here.join(", ");
    if let (Some(signing), true, false) = (signing, shared, here.is_empty()) {
        if here.iter().any(|kid| kid == signing) {
            report.ok(
                "keys",
                format!("the issuer signs with {signing}, the secret of these settings"),
            );
        } else {
            report.fail(
                "keys",
                format!("the issuer signs with {signing}, and the secrets of these settings are {of_here}"),
                ADVICE,
            );
        }
    }
    match (signing, &known) {
        (Some(signing), Some(known)) if known.iter().any(|kid| kid == signing) => {
            report.ok(
                "keys",
                format!("the issuer signs with {signing}, which the pages know"),
            );
        }
        (Some(signing), Some(known)) => report.fail(
            "keys",
            format!(
                "the issuer signs with {signing}, and the pages know {}",
                known.join(", ")
            ),
            ADVICE,
        ),
        (None, Some(known))
            if shared && !here.is_empty() && !known.iter().any(|kid| here.contains(kid)) =>
        {
            report.fail(
                "keys",
                format!(
                    "the pages know {}, and the secrets of these settings are {of_here}",
                    known.join(", ")
                ),
                ADVICE,
            );
        }
        _ => {}
    }
}

fn listed(kids: &Value) -> Vec<String> {
    let kids = kids.as_array().into_iter().flatten();
    kids.filter_map(|kid| kid.as_str().map(str::to_owned))
        .collect()
}
