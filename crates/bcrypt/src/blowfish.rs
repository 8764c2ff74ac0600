//! Blowfish with the dear key schedule of bcrypt (Provos and Mazières, 1999), for some states in step.

use zeroize::Zeroize;

use crate::pi;

/// A password or a salt, as often as it takes to fill the subkeys.
pub(crate) type Key = [u32; 18];

/// Left half and right half. Not an array of two, which the compiler packs into one word and takes apart again.
pub(crate) type Block = (u32, u32);

/// One cipher: its subkeys and its four tables.
#[derive(Clone)]
pub(crate) struct State {
    p: [u32; 18],
    s: [[u32; 256]; 4],
}

impl State {
    pub(crate) const fn new() -> Self {
        Self { p: pi::P, s: pi::S }
    }

    /// Begins anew, with a password and a salt.
    pub(crate) fn begin(&mut self, password: &Key, salt: &Key) {
        self.p = pi::P;
        self.s = pi::S;
        mix(&mut self.p, password);
        // The salt goes round in four words; eighteen of it begin as those four do.
        let mut salt = [[salt[0], salt[1]], [salt[2], salt[3]]].into_iter().cycle();
        let mut block = (0, 0);
        let mut next = |state: &Self| {
            let [left, right] = salt.next().unwrap_or_default();
            block = state.encrypt((block.0 ^ left, block.1 ^ right));
            block
        };
        for at in 0..9 {
            let (left, right) = next(self);
            (self.p[2 * at], self.p[2 * at + 1]) = (left, right);
        }
        for table in 0..4 {
            for at in 0..128 {
                let (left, right) = next(self);
                (self.s[table][2 * at], self.s[table][2 * at + 1]) = (left, right);
            }
        }
    }

    pub(crate) fn encrypt(&self, block: Block) -> Block {
        let [out] = encrypt(std::array::from_ref(self), [block]);
        out
    }

    pub(crate) fn wipe(&mut self) {
        self.p.zeroize();
        self.s.zeroize();
    }
}

/// One round of bcrypt's key schedule: the password once, the salt once.
pub(crate) fn expand<const N: usize>(
    states: &mut [State; N],
    passwords: &[Key; N],
    salts: &[Key; N],
) {
    expand_one(states, passwords);
    expand_one(states, salts);
}

fn expand_one<const N: usize>(states: &mut [State; N], keys: &[Key; N]) {
    for (state, key) in states.iter_mut().zip(keys) {
        mix(&mut state.p, key);
    }
    let mut blocks = [(0, 0); N];
    for at in 0..9 {
        blocks = encrypt(states, blocks);
        for (state, (left, right)) in states.iter_mut().zip(blocks) {
            (state.p[2 * at], state.p[2 * at + 1]) = (left, right);
        }
    }
    for table in 0..4 {
        for at in 0..128 {
            blocks = encrypt(states, blocks);
            for (state, (left, right)) in states.iter_mut().zip(blocks) {
                (state.s[table][2 * at], state.s[table][2 * at + 1]) = (left, right);
            }
        }
    }
}

fn mix(subkeys: &mut [u32; 18], key: &Key) {
    for (subkey, word) in subkeys.iter_mut().zip(key) {
        *subkey ^= word;
    }
}

/// A block for each state, in step: while one waits for its table, the others have work.
#[inline(always)]
fn encrypt<const N: usize>(states: &[State; N], blocks: [Block; N]) -> [Block; N] {
    let mut left: [u32; N] = std::array::from_fn(|n| blocks[n].0 ^ states[n].p[0]);
    let mut right: [u32; N] = std::array::from_fn(|n| blocks[n].1);
    let mut sum = 0_u32;
    let mut at = 1;
    while at < 17 {
        for n in 0..N {
            right[n] ^= states[n].p[at];
        }
        sum = apart::<N>(sum, right[0]);
        for n in 0..N {
            right[n] ^= substitute(&states[n].s, left[n]);
        }
        for n in 0..N {
            left[n] ^= states[n].p[at + 1];
        }
        sum = apart::<N>(sum, left[0]);
        for n in 0..N {
            left[n] ^= substitute(&states[n].s, right[n]);
        }
        at += 2;
    }
    if N == 1 {
        std::hint::black_box(sum);
    }
    std::array::from_fn(|n| (right[n] ^ states[n].p[17], left[n]))
}

/// Alone, a state waits for nothing but itself, and the compiler makes the wait longer: of (half ^ subkey) ^
/// table it makes half ^ (subkey ^ table), one step more after the table's answer, 8 % in all. That it leaves
/// (half ^ subkey) as it is when somebody else wants to know it too, is what this sum is for.
#[inline(always)]
fn apart<const N: usize>(sum: u32, half: u32) -> u32 {
    if N == 1 { sum.wrapping_add(half) } else { sum }
}

#[inline(always)]
fn substitute(tables: &[[u32; 256]; 4], half: u32) -> u32 {
    // From the low end: from the high end the compiler turns the word round first, a step more in the longest wait.
    let [d, c, b, a] = half.to_le_bytes();
    (tables[0][a as usize].wrapping_add(tables[1][b as usize]) ^ tables[2][c as usize])
        .wrapping_add(tables[3][d as usize])
}
