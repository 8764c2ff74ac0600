//! Names that people choose: what is taken is found again under every spelling, and turns no page around.

use tegata_issuer::user::{DisplayName, Email, Username, UsernameKey};

use crate::input::text;

/// A username, an address, and what to call somebody.
pub fn names(data: &[u8]) {
    let text = text(data);
    let key = UsernameKey::of(&text);
    assert_eq!(
        UsernameKey::of(key.as_str()),
        key,
        "folded again, {:?} differs",
        key.as_str()
    );
    if let Ok(name) = Username::parse(&text) {
        assert_eq!(name.as_str(), text);
        assert!((1..=64).contains(&text.chars().count()));
        assert!(!name.key().as_str().is_empty());
        assert!(
            !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>&\"'/\\$".contains(c)),
            "{text:?}"
        );
    }
    if let Ok(email) = Email::parse(&text) {
        assert!(email.as_str().len() <= 254 && email.as_str().contains('@'));
        assert!(!text.chars().any(|c| c.is_control()), "{text:?}");
        assert!(!email.key().is_empty());
    }
    if let Ok(name) = DisplayName::parse(&text) {
        assert!(!name.as_str().chars().any(char::is_control), "{text:?}");
        assert_eq!(DisplayName::parse(name.as_str()), Ok(name));
    }
}
