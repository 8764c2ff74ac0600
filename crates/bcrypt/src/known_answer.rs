//! Whether this build on this machine comes to the hashes that the crate `bcrypt` comes to: asked once before the
//! first password, as modules for cryptography do (FIPS 140-3, known-answer tests). Some milliseconds.

use crate::{
    hash::{Digest, Hash, MIN_COST, Salt},
    lanes::{LANES, Lanes},
};

/// One for each lane: short, of more than 72 bytes, and not ASCII.
const PASSWORDS: [&str; LANES] = [
    "sesame",
    "a pass of wood, a gate of stone: who goes from Edo to Kyoto before the sun is up, and why?",
    "関所を越える道は八つ",
];
const SALTS: [Salt; LANES] = [[0x00; 16], [0xff; 16], *b"Hakone, Arai, Ki"];

/// Whether each alone, two in step and all in step come to the hashes of the crate `bcrypt`: each number of lanes is
/// compiled apart.
pub fn agrees() -> bool {
    let every: [usize; LANES] = std::array::from_fn(|nth| nth);
    (1..=LANES).all(|in_step| every.windows(in_step).all(agree))
}

/// Whether these in step do.
fn agree(passwords: &[usize]) -> bool {
    let mut lanes = Lanes::new();
    for &nth in passwords {
        let (password, salt) = (PASSWORDS[nth], SALTS[nth]);
        let hash = Hash {
            cost: MIN_COST,
            salt,
            digest: Digest::default(),
        };
        if lanes.begin(&hash.check(password.as_bytes()), nth).is_err() {
            return false;
        }
    }
    lanes.advance(Hash::rounds(MIN_COST));
    passwords.iter().all(|_| {
        lanes.finished().is_some_and(|(nth, digest)| {
            let reference = bcrypt::hash_with_salt(PASSWORDS[nth], MIN_COST, SALTS[nth]);
            let ours = Hash {
                cost: MIN_COST,
                salt: SALTS[nth],
                digest,
            };
            reference.is_ok_and(|reference| reference.to_string() == ours.to_string())
        })
    })
}
