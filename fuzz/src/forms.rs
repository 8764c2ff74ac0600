//! A form and JSON are read as they were written, by everybody alike, or refused.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;
use tegata_issuer::fuzzing::fields;
use tegata_server::{BadForm, read_form};

use crate::input::kind;

const NAMES: [&str; 3] = ["username", "remember", "roles"];

/// A form, or JSON.
pub fn forms(data: &[u8]) {
    let (kind, body) = kind(data, 2);
    if kind == 0 { form(body) } else { json(body) }
}

fn form(body: &[u8]) {
    let read = read_form(body);
    assert_eq!(read, read_form(body));
    let decoded = url::form_urlencoded::parse(body);
    match &read {
        Ok(read) => {
            let encode = |text: &str| percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string();
            let pairs = read
                .iter()
                .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
            let written = pairs.collect::<Vec<_>>().join("&");
            assert_eq!(
                read_form(written.as_bytes()).as_ref(),
                Ok(read),
                "{written}"
            );
            // The decoder of browsers agrees about all that we take.
            let theirs: std::collections::BTreeMap<String, String> = decoded.into_owned().collect();
            assert_eq!(*read, theirs);
        }
        Err(BadForm::Twice) => {
            let mut names: Vec<_> = decoded.map(|(name, _)| name.into_owned()).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert!(names.len() < count, "no name is there twice");
        }
        Err(BadForm::NotUtf8) => {
            let replaced = decoded
                .into_iter()
                .any(|(name, value)| name.contains('\u{fffd}') || value.contains('\u{fffd}'));
            assert!(replaced, "it is UTF-8");
        }
        Err(BadForm::TooMany) => assert!(decoded.count() > 100, "there are not so many"),
    }
    let found = fields(
        "application/x-www-form-urlencoded; charset=utf-8",
        body,
        NAMES,
    );
    if let Some([text, ..]) = found {
        let theirs = read
            .unwrap()
            .remove(NAMES[0])
            .filter(|text| !text.is_empty());
        assert_eq!(text, theirs);
    }
}

fn json(body: &[u8]) {
    let Some([text, flag, _]) = fields("application/json", body, NAMES) else {
        return;
    };
    let theirs: Value = serde_json::from_slice(body).expect("what we take is JSON");
    assert!(theirs.is_object());
    let member = |name: &str| theirs.get(name).filter(|value| !value.is_null());
    let theirs = member(NAMES[0]).map(|value| value.as_str().unwrap());
    assert_eq!(text.as_deref(), theirs.filter(|text| !text.is_empty()));
    if let Some(Value::Bool(theirs)) = member(NAMES[1]) {
        assert_eq!(flag, Some(theirs.to_string()));
    }
}
