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

/// Whether a set in step comes to the hashes of the crate `bcrypt`.
pub fn agrees() -> bool {
    let mut lanes = Lanes::new();
    for (lane, (password, salt)) in PASSWORDS.into_iter().zip(SALTS).enumerate() {
        let hash = Hash {
            cost: MIN_COST,
            salt,
            digest: Digest::default(),
        };
        if lanes.begin(&hash.check(password.as_bytes()), lane).is_err() {
            return false;
        }
    }
    lanes.advance(Hash::rounds(MIN_COST));
    (0..LANES).all(|_| {
        lanes.finished().is_some_and(|(lane, digest)| {
            let reference = bcrypt::hash_with_salt(PASSWORDS[lane], MIN_COST, SALTS[lane]);
            let ours = Hash {
                cost: MIN_COST,
                salt: SALTS[lane],
                digest,
            };
            reference.is_ok_and(|reference| reference.to_string() == ours.to_string())
        })
    })
}
