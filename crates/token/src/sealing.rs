//! Encrypts what a store keeps, so that a dump of it opens nothing: AES-256-GCM under a key that HKDF-SHA256
//! derives from a secret the store never sees (RFC 5869, NIST SP 800-38D).

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};

use crate::Random;

/// A key for one kind of record, derived from a secret.
pub struct SealingKey(LessSafeKey);

impl SealingKey {
    /// The key for what `label` names. None only if the provider fails.
    pub fn derive(secret: &[u8], label: &[u8]) -> Option<Self> {
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(secret);
        let labels = [label];
        let output = secret.expand(&labels, &AES_256_GCM).ok()?;
        Some(Self(LessSafeKey::new(UnboundKey::from(output))))
    }

    /// Nonce, then ciphertext and tag. `place` says where it is kept: it opens nowhere else. None only if the
    /// provider fails.
    pub fn seal(&self, place: &[u8], mut data: Vec<u8>, random: &dyn Random) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let unique = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(unique, Aad::from(place), &mut data)
            .ok()?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut data);
        Some(sealed)
    }

    /// What was sealed with this key for this place; none when it was not, or has been altered.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, data) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut data = data.to_vec();
        let opened = self
            .0
            .open_in_place(nonce, Aad::from(place), &mut data)
            .ok()?
            .len();
        data.truncate(opened);
        Some(data)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn only_the_same_secret_label_and_place_open_it() {
        let key = |secret: &[u8], label: &[u8]| SealingKey::derive(secret, label).unwrap();
        let ours = key(b"secret", b"label");
        let sealed = ours
            .seal(b"place", b"token".to_vec(), &SystemRandom)
            .unwrap();

        assert_eq!(ours.open(b"place", &sealed).unwrap(), b"token");
        assert_eq!(ours.open(b"elsewhere", &sealed), None);
        assert_eq!(key(b"other", b"label").open(b"place", &sealed), None);
        assert_eq!(key(b"secret", b"other").open(b"place", &sealed), None);
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(ours.open(b"place", &altered), None, "byte {at}");
        }
        assert_eq!(ours.open(b"place", &sealed[..5]), None);
        assert!(!sealed.windows(5).any(|window| window == b"token"));
    }
}
