//! What a bcrypt hash looks like: `$2b$12$`, 22 letters of salt, 31 of digest.

use std::fmt;

use base64::{
    Engine, alphabet,
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};
use thiserror::Error;

use crate::lanes::{Work, alone};

/// The least cost there is.
pub const MIN_COST: u32 = 4;
/// The most: some days of work.
pub const MAX_COST: u32 = 31;

const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, NO_PAD);

/// What makes the hashes of one password differ.
pub type Salt = [u8; 16];
/// What a password becomes. The cipher gives a byte more, and every bcrypt drops it.
pub type Digest = [u8; 23];

/// It is no bcrypt hash.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no bcrypt hash: it should be $2b$, a cost from 04 to 31, $ and 53 letters")]
pub struct BadHash;

/// A hash in its parts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash {
    /// The logarithm of its rounds, [`MIN_COST`] to [`MAX_COST`].
    pub cost: u32,
    /// Its salt.
    pub salt: Salt,
    /// What the password has to become.
    pub digest: Digest,
}

impl Hash {
    /// Reads `$2a$`, `$2b$` and `$2y$`, which mean the same today, and `$2x$`, which means the same as long as
    /// the password is ASCII.
    ///
    /// # Errors
    /// It is none, or damaged.
    pub fn parse(text: &str) -> Result<Self, BadHash> {
        let rest = ["$2b$", "$2a$", "$2y$", "$2x$"]
            .iter()
            .find_map(|version| text.strip_prefix(version));
        let (cost, letters) = rest.and_then(|rest| rest.split_once('$')).ok_or(BadHash)?;
        if cost.len() != 2
            || !cost.starts_with(['0', '1', '2', '3'])
            || letters.len() != 53
            || !letters.is_ascii()
        {
            return Err(BadHash);
        }
        let cost: u32 = cost.parse().map_err(|_| BadHash)?;
        let (salt, digest) = letters.split_at(22);
        Some(cost)
            .filter(|cost| (MIN_COST..=MAX_COST).contains(cost))
            .zip(decode(salt))
            .zip(decode(digest))
            .map(|((cost, salt), digest)| Self { cost, salt, digest })
            .ok_or(BadHash)
    }

    /// Hashes a password, alone and in this thread. Of a longer one 72 bytes are read.
    pub fn of(password: &[u8], cost: u32, salt: Salt) -> Self {
        let digest = alone(&Work::new(password, salt, Self::rounds(cost)));
        Self { cost, salt, digest }
    }

    /// The rounds of a hash of this cost.
    pub fn rounds(cost: u32) -> u64 {
        1 << cost.clamp(MIN_COST, MAX_COST)
    }

    /// The work of a check of this password.
    pub fn check(&self, password: &[u8]) -> Work {
        Work::new(password, self.salt, Self::rounds(self.cost))
    }

    /// Whether a check came to this hash's digest; takes as long whatever differs.
    pub fn is(&self, digest: &Digest) -> bool {
        let differ = self.digest.iter().zip(digest);
        std::hint::black_box(differ.fold(0, |differ, (ours, theirs)| differ | (ours ^ theirs))) == 0
    }
}

fn decode<const N: usize>(letters: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let count = BASE64.decode_slice(letters, &mut bytes).ok()?;
    (count == N).then_some(bytes)
}

/// `$2b$…`, as a store keeps it.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (salt, digest) = (BASE64.encode(self.salt), BASE64.encode(self.digest));
        write!(f, "$2b${:02}${salt}{digest}", self.cost)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hash").field("cost", &self.cost).finish()
    }
}
