//! Hashes in step: each lane is a password on its way.

use std::fmt;

use zeroize::Zeroize;

use crate::{
    blowfish::{Block, Key, State, expand},
    hash::{Digest, Salt},
};

/// How many go in step. Four are 13 KB of tables in a cache that two threads of a core may share, and gain a
/// tenth over three, for which everybody waits a fifth longer.
pub const LANES: usize = 3;

/// What bcrypt encrypts: `OrpheanBeholderScryDoubt`.
const TEXT: [Block; 3] = [
    (0x4f72_7068, 0x6561_6e42),
    (0x6568_6f6c, 0x6465_7253),
    (0x6372_7944, 0x6f75_6274),
];

/// A password, a salt, and how many rounds there are to do.
#[derive(Clone)]
pub struct Work {
    password: Key,
    salt: Key,
    rounds: u64,
}

impl Work {
    /// Of a longer password 72 bytes are read, as by every bcrypt. A hash of cost n has 2ⁿ rounds; any other
    /// number makes a digest that nobody looks for, and is for work whose only point is to be done.
    pub fn new(password: &[u8], salt: Salt, rounds: u64) -> Self {
        let password = password.iter().copied().take(72).chain([0]).take(72);
        Self {
            password: key(password),
            salt: key(salt.into_iter()),
            rounds,
        }
    }

    /// The rounds that are left.
    pub fn rounds(&self) -> u64 {
        self.rounds
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.password.zeroize();
    }
}

/// The bytes over and over, four to a word.
fn key(bytes: impl Iterator<Item = u8> + Clone) -> Key {
    let mut bytes = bytes.cycle();
    std::array::from_fn(|_| {
        let bytes: [u8; 4] = std::array::from_fn(|_| bytes.next().unwrap_or_default());
        u32::from_be_bytes(bytes)
    })
}

/// Up to [`LANES`] hashes in step, each with a ticket by which its owner knows it again.
pub struct Lanes<T> {
    /// The first so many as there are tickets are in use, side by side for the sake of speed.
    states: Box<[State; LANES]>,
    passwords: [Key; LANES],
    salts: [Key; LANES],
    busy: Vec<(u64, T)>,
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Lanes<T> {
    /// All free.
    pub fn new() -> Self {
        Self {
            states: Box::new([const { State::new() }; LANES]),
            passwords: [[0; 18]; LANES],
            salts: [[0; 18]; LANES],
            busy: Vec::with_capacity(LANES),
        }
    }

    /// How many are in use.
    pub fn busy(&self) -> usize {
        self.busy.len()
    }

    /// Begins a hash.
    ///
    /// # Errors
    /// No lane is free; the ticket comes back.
    pub fn begin(&mut self, work: &Work, ticket: T) -> Result<(), T> {
        let lane = self.busy.len();
        let Some(state) = self.states.get_mut(lane) else {
            return Err(ticket);
        };
        state.begin(&work.password, &work.salt);
        self.passwords[lane] = work.password;
        self.salts[lane] = work.salt;
        self.busy.push((work.rounds, ticket));
        Ok(())
    }

    /// Does so many rounds of each, or fewer when the first is done. Gives how many.
    pub fn advance(&mut self, rounds: u64) -> u64 {
        let left = self.busy.iter().map(|(left, _)| *left).min();
        let rounds = left.unwrap_or_default().min(rounds);
        match self.busy.len() {
            0 => {}
            1 => self.step::<1>(rounds),
            2 => self.step::<2>(rounds),
            _ => self.step::<LANES>(rounds),
        }
        for (left, _) in &mut self.busy {
            *left -= rounds;
        }
        rounds
    }

    fn step<const N: usize>(&mut self, rounds: u64) {
        let (Some(states), Some(passwords), Some(salts)) = (
            self.states.first_chunk_mut::<N>(),
            self.passwords.first_chunk(),
            self.salts.first_chunk(),
        ) else {
            return;
        };
        for _ in 0..rounds {
            expand(states, passwords, salts);
        }
    }

    /// Takes one that is done.
    pub fn finished(&mut self) -> Option<(T, Digest)> {
        let lane = self.busy.iter().position(|(left, _)| *left == 0)?;
        let digest = digest(&self.states[lane]);
        Some((self.free(lane), digest))
    }

    /// Gives up those that nobody waits for any more.
    pub fn retain(&mut self, mut wanted: impl FnMut(&T) -> bool) {
        for lane in (0..self.busy.len()).rev() {
            if !wanted(&self.busy[lane].1) {
                self.free(lane);
            }
        }
    }

    /// The last one moves to the place that is free.
    fn free(&mut self, lane: usize) -> T {
        let (_, ticket) = self.busy.swap_remove(lane);
        let last = self.busy.len();
        self.states.swap(lane, last);
        self.passwords.swap(lane, last);
        self.salts.swap(lane, last);
        self.states[last].wipe();
        self.passwords[last].zeroize();
        ticket
    }
}

/// One hash, start to end.
pub(crate) fn alone(work: &Work) -> Digest {
    let mut state = [State::new()];
    state[0].begin(&work.password, &work.salt);
    for _ in 0..work.rounds {
        expand(&mut state, &[work.password], &[work.salt]);
    }
    let digest = digest(&state[0]);
    state[0].wipe();
    digest
}

fn digest(state: &State) -> Digest {
    let blocks = TEXT.map(|block| (0..64).fold(block, |block, _| state.encrypt(block)));
    let mut bytes = blocks
        .into_iter()
        .flat_map(|(left, right)| [left, right])
        .flat_map(u32::to_be_bytes);
    std::array::from_fn(|_| bytes.next().unwrap_or_default())
}

impl<T> fmt::Debug for Lanes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes").field("busy", &self.busy()).finish()
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("rounds", &self.rounds)
            .finish_non_exhaustive()
    }
}
