//! Reads the token from the `Authorization` header (RFC 6750 §2.1), and only from there:
//! a token in a query ends up in logs and histories.

use http::{HeaderMap, header::AUTHORIZATION};
use tegata_token::Reason;

use crate::rejection::Manner;

/// The one token of the request, or why there is none.
pub(crate) fn one_token<'a>(headers: &'a HeaderMap, manner: &Manner) -> Result<&'a str, Reason> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Reason::HeaderMissing)?;
    if values.next().is_some() {
        return Err(Reason::ExtraParts);
    }
    let text = value.to_str().map_err(|_| Reason::Malformed)?;
    let mut words = text.split([' ', '\t']).filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (None, ..) => Err(Reason::HeaderMissing),
        (Some(scheme), ..) if !manner.takes(scheme) => Err(Reason::WrongScheme),
        (_, None, _) => Err(Reason::TokenMissing),
        (_, Some(token), None) => Ok(token),
        (_, _, Some(_)) => Err(Reason::ExtraParts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<String, Reason> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        one_token(&headers, &Manner::default()).map(str::to_owned)
    }

    #[test]
    fn a_token_is_read_whatever_the_case_of_the_scheme_and_the_blanks_between() {
        for value in ["Bearer abc", "bearer abc", "BEARER\t abc ", "Bearer    abc"] {
            assert_eq!(read(&[value]), Ok("abc".to_owned()), "{value:?}");
        }
    }

    #[test]
    fn a_header_without_one_token_has_its_own_reason() {
        let cases: [(&[&str], Reason); 7] = [
            (&[], Reason::HeaderMissing),
            (&["   "], Reason::HeaderMissing),
            (&["Basic abc"], Reason::WrongScheme),
            (&["abc"], Reason::WrongScheme),
            (&["Bearer"], Reason::TokenMissing),
            (&["Bearer abc def"], Reason::ExtraParts),
            (&["Bearer abc", "Bearer abc"], Reason::ExtraParts),
        ];
        for (values, reason) in cases {
            assert_eq!(read(values), Err(reason), "{values:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_malformed() {
        let mut headers = HeaderMap::new();
        headers.insert(
            AUTHORIZATION,
            http::HeaderValue::from_bytes(b"Bearer \xff").unwrap(),
        );
        let read = one_token(&headers, &Manner::default());
        assert_eq!(read, Err(Reason::Malformed));
    }
}
