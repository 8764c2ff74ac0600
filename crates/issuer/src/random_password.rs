//! A password for somebody who chose none, to be told once.

use tegata_token::Random;

/// 32 letters and digits that are not mistaken for each other: five bits each, without bias.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const LETTERS: usize = 20;

/// A hundred bits, which are never too easy to guess.
pub fn random_password(random: &dyn Random) -> String {
    let mut bytes = [0; LETTERS];
    random.fill(&mut bytes);
    bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}
