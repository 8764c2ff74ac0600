//! Both languages, and which of them a visitor reads: their own choice, else their browser's, else the
//! setting.

mod account;
mod en;
mod ja;
mod messages;

use std::str::FromStr;

use http::{HeaderMap, header::ACCEPT_LANGUAGE};

pub(crate) use account::AccountMessages;
pub(crate) use messages::{Messages, PageText};

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 日本語
    Japanese,
    /// English
    English,
}

/// Neither of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write ja or en")]
pub struct UnknownLanguage;

impl Language {
    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::English => "en",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Japanese => Self::English,
            Self::English => Self::Japanese,
        }
    }

    pub(crate) fn messages(self) -> &'static Messages {
        match self {
            Self::Japanese => &ja::JA,
            Self::English => &en::EN,
        }
    }

    /// The language the browser likes best among ours (RFC 9110 §12.5.4).
    pub(crate) fn preferred(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        let mut best: Option<(f32, Self)> = None;
        for range in value.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let primary = tag.split('-').next().unwrap_or_default();
            let Ok(language) = primary.to_ascii_lowercase().parse() else {
                continue;
            };
            let weight = parts
                .find_map(|part| part.trim().strip_prefix(['q', 'Q'])?.strip_prefix('='))
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        match tag {
            "ja" => Ok(Self::Japanese),
            "en" => Ok(Self::English),
            _ => Err(UnknownLanguage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_favourite_among_ours_is_taken() {
        for (header, language) in [
            ("ja", Some(Language::Japanese)),
            ("en-GB,en;q=0.9,ja;q=0.8", Some(Language::English)),
            ("fr,ja;q=0.5,en;q=0.7", Some(Language::English)),
            ("fr, de", None),
            ("ja;q=0", None),
            ("en;q=abc, ja;q=0.1", Some(Language::Japanese)),
            ("*", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(Language::preferred(&headers), language, "{header}");
        }
    }
}
