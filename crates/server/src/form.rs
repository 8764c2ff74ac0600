//! Reads `application/x-www-form-urlencoded`, strictly: UTF-8, and no name twice (RFC 6749 §3.2).

use std::collections::BTreeMap;

use http::{HeaderMap, header::CONTENT_TYPE};
use percent_encoding::percent_decode;

/// No form that is meant for us has more fields, and reading each costs as much as a small one.
const MAX_FIELDS: usize = 100;

/// Why a form could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadForm {
    /// The usual decoders put U+FFFD for what is not UTF-8: two different passwords in another encoding
    /// would become the same one.
    NotUtf8,
    /// A name was given twice.
    Twice,
    /// More than a hundred fields.
    TooMany,
}

/// Whether the body says that it is a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    let text = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = text
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    essence
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The fields of a form, by name.
///
/// # Errors
/// [`BadForm`]
pub fn read_form(body: &[u8]) -> Result<BTreeMap<String, String>, BadForm> {
    let mut fields = BTreeMap::new();
    for pair in body.split(|&b| b == b'&').filter(|pair| !pair.is_empty()) {
        let (name, value) = match pair.iter().position(|&b| b == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        if fields.len() == MAX_FIELDS {
            return Err(BadForm::TooMany);
        }
        if fields.insert(form_text(name)?, form_text(value)?).is_some() {
            return Err(BadForm::Twice);
        }
    }
    Ok(fields)
}

/// A name or a value of a form, decoded.
///
/// # Errors
/// [`BadForm::NotUtf8`]
pub fn form_text(encoded: &[u8]) -> Result<String, BadForm> {
    let blanks: Vec<u8> = encoded
        .iter()
        .map(|&b| if b == b'+' { b' ' } else { b })
        .collect();
    let decoded = percent_decode(&blanks).decode_utf8();
    decoded.map(Into::into).map_err(|_| BadForm::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_nothing_is_guessed() {
        let form = read_form("a=1+2&b=%E9%96%A2%E6%89%80&c&=x".as_bytes()).unwrap();
        assert_eq!(form["a"], "1 2");
        assert_eq!(form["b"], "関所");
        assert_eq!(form["c"], "");
        assert_eq!(read_form(b"a=%82&b=1"), Err(BadForm::NotUtf8));
        assert_eq!(read_form(b"a=1&%61=2"), Err(BadForm::Twice));
    }

    #[test]
    fn a_form_of_very_many_fields_is_not_read_to_its_end() {
        let form = |count: usize| (0..count).map(|n| format!("{n}=&")).collect::<String>();
        assert_eq!(
            read_form(form(MAX_FIELDS).as_bytes()).unwrap().len(),
            MAX_FIELDS
        );
        assert_eq!(
            read_form((form(MAX_FIELDS) + "x=%82").as_bytes()),
            Err(BadForm::TooMany)
        );
    }
}
