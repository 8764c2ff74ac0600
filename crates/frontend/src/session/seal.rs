//! Seals a record with a key that only the browser's cookie gives: AES-256-GCM under
//! HKDF-SHA256(session id). The database's key is a hash of the id, so neither a dump nor a log of
//! queries leads back to it.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hkdf,
};
use tegata_token::Random;
use tower_sessions::session::Id;

const KEY_LABEL: &[u8] = b"tegata session key";
const SEAL_LABEL: &[u8] = b"tegata session seal";

/// The database's key of a session.
pub(super) fn storage_key(id: Id) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(KEY_LABEL);
    context.update(&id.0.to_le_bytes());
    let mut key = [0; 32];
    key.copy_from_slice(context.finish().as_ref());
    key
}

/// Nonce, then ciphertext and tag. None only if the provider fails.
pub(super) fn seal(id: Id, mut data: Vec<u8>, random: &dyn Random) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce);
    sealing_key(id)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(storage_key(id)),
            &mut data,
        )
        .ok()?;
    let mut sealed = nonce.to_vec();
    sealed.append(&mut data);
    Some(sealed)
}

/// What was sealed for this id; none when it was not, or has been altered.
pub(super) fn open(id: Id, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, data) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut data = data.to_vec();
    let opened = sealing_key(id)?
        .open_in_place(nonce, Aad::from(storage_key(id)), &mut data)
        .ok()?
        .len();
    data.truncate(opened);
    Some(data)
}

fn sealing_key(id: Id) -> Option<LessSafeKey> {
    let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&id.0.to_le_bytes());
    let output = secret.expand(&[SEAL_LABEL], &AES_256_GCM).ok()?;
    Some(LessSafeKey::new(UnboundKey::from(output)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tegata_token::SystemRandom;

    #[test]
    fn only_the_id_it_was_sealed_for_opens_a_record() {
        let (id, other) = (Id(7), Id(8));
        let sealed = seal(id, b"token".to_vec(), &SystemRandom).unwrap();

        assert_eq!(open(id, &sealed).unwrap(), b"token");
        assert_eq!(open(other, &sealed), None);
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(open(id, &altered), None, "byte {at}");
        }
        assert_eq!(open(id, &sealed[..5]), None);
    }

    #[test]
    fn neither_key_nor_seal_shows_the_id_or_the_token() {
        let id = Id(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        let sealed = seal(id, b"a-token-in-the-clear".to_vec(), &SystemRandom).unwrap();
        let stored = [storage_key(id).as_slice(), &sealed].concat();
        let shows = |part: &[u8]| stored.windows(part.len()).any(|window| window == part);
        assert!(!shows(&id.0.to_le_bytes()[..8]));
        assert!(!shows(b"a-token-in"));
    }
}
