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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn a_token_comes_out_only_alone_and_as_it_went_in(
            scheme in "[Bb][Ee][Aa][Rr][Ee][Rr]|[A-Za-z]{0,7}",
            rest in "[ \\t!-~]{0,40}",
        ) {
            let value = format!("{scheme}{rest}");
            match read(&[&value]) {
                Ok(token) => {
                    prop_assert!(!token.is_empty() && !token.contains([' ', '\t']));
                    let before = value.trim().strip_suffix(&token).unwrap();
                    prop_assert!(before.trim_end().eq_ignore_ascii_case("bearer"));
                    prop_assert!(before.ends_with([' ', '\t']));
                }
                Err(Reason::WrongScheme) => {
                    let first = value.split_ascii_whitespace().next().unwrap();
                    prop_assert!(!first.eq_ignore_ascii_case("bearer"));
                }
                Err(Reason::HeaderMissing) => prop_assert!(value.trim().is_empty()),
                Err(Reason::TokenMissing) => {
                    prop_assert!(value.trim().eq_ignore_ascii_case("bearer"));
                }
                Err(reason) => {
                    prop_assert_eq!(reason, Reason::ExtraParts);
                    prop_assert!(value.split_ascii_whitespace().count() > 2);
                }
            }
        }
    }
}
