//! Seals a record with a key that only the browser's cookie gives. The database's key is a hash of the id, so
//! neither a dump nor a log of queries leads back to it.

use aws_lc_rs::digest;
use tegata_token::{Random, SealingKey};
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

/// The record, sealed for this id. None only if the provider fails.
pub(super) fn seal(id: Id, data: Vec<u8>, random: &dyn Random) -> Option<Vec<u8>> {
    sealing_key(id)?.seal(&storage_key(id), data, random)
}

/// What was sealed for this id; none when it was not, or has been altered.
pub(super) fn open(id: Id, sealed: &[u8]) -> Option<Vec<u8>> {
    sealing_key(id)?.open(&storage_key(id), sealed)
}

fn sealing_key(id: Id) -> Option<SealingKey> {
    SealingKey::derive(&id.0.to_le_bytes(), SEAL_LABEL)
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
