//! The particulars of each check, in words. What a token says is quoted so that no terminal obeys it.

use std::fmt::Write;

use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::Object;
use crate::{
    Algorithm, Claims, Keyring, Reason, Verifier,
    parts::{MAX_TOKEN_BYTES, decode},
};

/// Longer texts are cut: the whole claim is shown with the others.
const SHOWN: usize = 80;
/// More names than that are counted.
const LISTED: usize = 5;
/// In the year 5138 as seconds, in 1973 as milliseconds.
const SURELY_MILLISECONDS: i64 = 100_000_000_000;

/// Text with every character that does not print (control characters, terminal escapes, marks that turn the
/// direction of writing) written as JSON escapes it. JSON text stays the same JSON.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        // Rust escapes what Unicode says does not print; quotes and backslashes do.
        let prints =
            letter.is_ascii_graphic() || letter == ' ' || letter.escape_debug().count() == 1;
        if prints {
            out.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                // Writing into a text does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

pub(super) fn quoted(text: &str) -> String {
    let mut letters = text.chars();
    let mut shown = printable(&letters.by_ref().take(SHOWN).collect::<String>());
    if letters.next().is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

pub(super) fn structure(token: &str) -> String {
    if token.is_empty() {
        return "there is no token".to_owned();
    }
    let size = token.len();
    if size > MAX_TOKEN_BYTES {
        return format!("{size} bytes, and {MAX_TOKEN_BYTES} are read at the most");
    }
    let segments: Vec<&str> = token.split('.').collect();
    match segments.len() {
        3 => {}
        1 if token.starts_with("trt_") => {
            return "this is a refresh token: it goes to the issuer alone, never to a service"
                .to_owned();
        }
        5 => return "five segments: an encrypted token (JWE), which is not accepted".to_owned(),
        many => return format!("segments: {many}, where header, claims and signature make three"),
    }
    for (name, segment) in ["header", "claims", "signature"].iter().zip(segments) {
        if decode(segment).is_ok() {
            continue;
        }
        let stranger = segment
            .chars()
            .find(|letter| !letter.is_ascii_alphanumeric() && !"-_".contains(*letter));
        return match stranger {
            Some('=') => format!("the {name} is padded with `=`, and a token has none"),
            Some(letter) => format!(
                "the {name} has a {} in it, which base64url does not know",
                quoted(&letter.to_string())
            ),
            None => format!("the {name} is cut off: its base64url does not end as it should"),
        };
    }
    format!("three segments, {size} bytes")
}

pub(super) fn header(members: Option<&Object>) -> String {
    match members {
        None => "it cannot be decoded".to_owned(),
        Some(Err(why)) => format!("not one unambiguous JSON object: {why}"),
        Some(Ok(members)) if members.contains_key("crit") => {
            "`crit` lists extensions, and none is known here".to_owned()
        }
        Some(Ok(members)) if members.get("b64").is_some_and(|b64| b64 != true) => {
            "`b64` says that the claims are not encoded, which is not accepted".to_owned()
        }
        Some(Ok(members)) if !members.get("alg").is_some_and(Value::is_string) => {
            "`alg` is missing, or no text".to_owned()
        }
        Some(Ok(members)) => {
            let ignored: Vec<&str> = ["jku", "jwk", "x5u", "x5c"]
                .into_iter()
                .filter(|&name| members.contains_key(name))
                .collect();
            if ignored.is_empty() {
                "well-formed".to_owned()
            } else {
                format!("well-formed; its {} is not followed", ignored.join(", "))
            }
        }
    }
}

pub(super) fn algorithm(
    header: Option<&Map<String, Value>>,
    keys: &Keyring,
    verifier: &Verifier,
) -> String {
    let named = member(header, "alg").unwrap_or_default();
    let is_known = Algorithm::parse(named).is_some();
    let named = quoted(named);
    if let Some(wanted) = &verifier.algorithms {
        let wanted = listed(wanted.iter().map(|algorithm| algorithm.name()));
        return format!("{named}, wanted {wanted}");
    }
    let mut ours: Vec<&str> = Vec::new();
    for key in keys.verifying() {
        if !ours.contains(&key.algorithm.name()) {
            ours.push(key.algorithm.name());
        }
    }
    let ours = ours.join(" and ");
    match (ours.is_empty(), is_known) {
        (_, false) => format!("{named}, which nobody here accepts"),
        (true, true) => format!("{named}; there is no key here to say which it should be"),
        (false, true) => format!("{named}; the keys here are for {ours}"),
    }
}

pub(super) fn typ(header: Option<&Map<String, Value>>, verifier: &Verifier) -> String {
    let mut wanted: Vec<String> = verifier.types.iter().map(|typ| quoted(typ)).collect();
    if verifier.type_may_be_absent {
        wanted.push("none".to_owned());
    }
    let wanted = wanted.join(" or ");
    let said = match header.and_then(|header| header.get("typ")) {
        None => "typ is missing".to_owned(),
        Some(Value::String(typ)) => format!("typ is {}", quoted(typ)),
        Some(_) => "typ is no text".to_owned(),
    };
    format!("{said}, wanted {wanted}")
}

pub(super) fn key(header: Option<&Map<String, Value>>, keys: &Keyring) -> String {
    let known = listed(keys.kids().map(|kid| kid.as_str()));
    let knows = if known.is_empty() {
        "this service knows no key".to_owned()
    } else {
        format!("this service knows {known}")
    };
    match header.and_then(|header| header.get("kid")) {
        None => format!("the token names no key (kid); {knows}"),
        Some(Value::String(kid)) if keys.contains(kid) => {
            let many = keys.kids().filter(|known| known.as_str() == kid).count();
            let many = if many > 1 {
                format!(", as {many} keys are called here")
            } else {
                ", which is known here".to_owned()
            };
            format!("signed with key {}{many}", quoted(kid))
        }
        Some(Value::String(kid)) => format!("signed with key {}; {knows}", quoted(kid)),
        Some(_) => "kid is no text".to_owned(),
    }
}

pub(super) fn no_claims(payload: Option<&Object>) -> String {
    match payload {
        Some(Err(why)) => format!("not one unambiguous JSON object: {why}"),
        _ => "they cannot be decoded".to_owned(),
    }
}

pub(super) fn claims(read: &Result<Claims, Reason>, ill_typed: &[&str]) -> String {
    match read {
        Ok(_) => "well-formed".to_owned(),
        Err(Reason::ClaimMissing(name)) => format!("{name} is missing"),
        Err(_) => format!("of the wrong type: {}", ill_typed.join(", ")),
    }
}

pub(super) fn issuer(claims: &Map<String, Value>, verifier: &Verifier) -> String {
    let said = claims.get("iss");
    party(
        "iss",
        &said.into_iter().collect::<Vec<_>>(),
        said.is_some(),
        verifier.issuer.as_deref(),
    )
}

pub(super) fn audience(claims: &Map<String, Value>, verifier: &Verifier) -> String {
    let said = claims.get("aud");
    let all: Vec<&Value> = match said {
        Some(Value::Array(many)) => many.iter().collect(),
        other => other.into_iter().collect(),
    };
    party("aud", &all, said.is_some(), verifier.audience.as_deref())
}

fn party(name: &str, said: &[&Value], is_there: bool, wanted: Option<&str>) -> String {
    let texts: Vec<&str> = said.iter().filter_map(|value| value.as_str()).collect();
    let is = match listed(texts.iter().copied()) {
        _ if !is_there => format!("{name} is missing"),
        _ if texts.len() < said.len() => format!("{name} is no text"),
        list if list.is_empty() => format!("{name} is an empty list"),
        list => format!("{name} is {list}"),
    };
    let Some(wanted) = wanted else {
        return format!("{is}; any will do");
    };
    if texts.contains(&wanted) {
        return is;
    }
    let near = texts.iter().find_map(|text| difference(text, wanted));
    match near {
        Some(difference) => format!(
            "{is}, wanted {}: differs only by {difference}",
            quoted(wanted)
        ),
        None => format!("{is}, wanted {}", quoted(wanted)),
    }
}

/// What two texts differ by, when it is something that is easily overlooked.
fn difference(one: &str, other: &str) -> Option<&'static str> {
    let bare = |text: &str| text.trim_end_matches('/').to_owned();
    if bare(one) == bare(other) {
        return Some("a trailing slash");
    }
    if one.trim() == other.trim() {
        return Some("white space");
    }
    if one.to_lowercase() == other.to_lowercase() {
        return Some("upper and lower case");
    }
    let without_scheme = |text: &str| bare(text.split_once("://").map_or(text, |(_, rest)| rest));
    if without_scheme(one) == without_scheme(other) {
        return Some("http and https");
    }
    let one_machine = |text: &str| without_scheme(text).replace("127.0.0.1", "localhost");
    (one_machine(one) == one_machine(other)).then_some("localhost and 127.0.0.1")
}

pub(super) fn moment(
    name: &str,
    at: Option<i64>,
    verifier: &Verifier,
    now: OffsetDateTime,
) -> String {
    let Some(at) = at else {
        return format!("there is no {name} that can be read");
    };
    let leeway = verifier.leeway.whole_seconds();
    let seconds = at.saturating_sub(now.unix_timestamp());
    let when = match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {}", span(seconds)),
        _ => format!("{} ago", span(seconds.saturating_neg())),
    };
    let moment = OffsetDateTime::from_unix_timestamp(at).ok();
    let written = moment.and_then(|moment| moment.format(&Rfc3339).ok());
    let written = written.unwrap_or_else(|| "beyond the calendar".to_owned());
    let hint = if at > SURELY_MILLISECONDS {
        "; it looks like milliseconds, and is read as seconds"
    } else {
        ""
    };
    format!("{name} {when} ({written}), leeway {leeway} s{hint}")
}

/// `12 s`, `3 min 4 s`, `2 h 3 min`, `5 d 1 h`.
fn span(seconds: i64) -> String {
    let (d, h, m, s) = (
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    match seconds {
        ..60 => format!("{s} s"),
        60..3600 => format!("{m} min {s} s"),
        3600..86_400 => format!("{h} h {m} min"),
        _ => format!("{d} d {h} h"),
    }
}

fn member<'a>(members: Option<&'a Map<String, Value>>, name: &str) -> Option<&'a str> {
    members?.get(name)?.as_str()
}

fn listed<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.map(quoted).collect();
    let shown = texts
        .iter()
        .take(LISTED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match texts.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
