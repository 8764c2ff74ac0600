//! How one route answers: what its layer was told, shared by everything that may refuse there.

use super::Dialect;

/// Dialect, schemes and realm of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    pub(crate) dialect: Dialect,
    schemes: Vec<String>,
    /// As it stands between the quotes of a challenge.
    realm: Option<String>,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            schemes: vec!["Bearer".to_owned()],
            realm: None,
        }
    }
}

impl Manner {
    pub(crate) fn set_schemes(&mut self, schemes: &[impl AsRef<str>]) {
        self.schemes = schemes.iter().map(|one| one.as_ref().to_owned()).collect();
    }

    /// A control character, which no header can carry, becomes a blank.
    pub(crate) fn set_realm(&mut self, realm: &str) {
        let mut quoted = String::with_capacity(realm.len());
        for character in realm.chars() {
            match character {
                // RFC 9110 §5.6.4.
                '"' | '\\' => quoted.extend(['\\', character]),
                character if character.is_control() => quoted.push(' '),
                character => quoted.push(character),
            }
        }
        self.realm = Some(quoted);
    }

    pub(crate) fn schemes(&self) -> &[String] {
        &self.schemes
    }

    /// Whether a token may stand behind this word (RFC 9110 §11.1: in any case).
    pub(crate) fn takes(&self, scheme: &str) -> bool {
        self.schemes
            .iter()
            .any(|one| one.eq_ignore_ascii_case(scheme))
    }

    /// The scheme of a challenge: the first.
    pub(super) fn scheme(&self) -> &str {
        self.schemes.first().map_or("Bearer", String::as_str)
    }

    pub(super) fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    pub(super) fn realm_or<'a>(&'a self, usual: &'a str) -> &'a str {
        self.realm().unwrap_or(usual)
    }
}
