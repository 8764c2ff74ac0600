//! Where randomness comes from: outside, like the time.

use std::{
    fmt::Debug,
    sync::atomic::{AtomicU8, Ordering},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// Gives random bytes.
pub trait Random: Debug + Send + Sync {
    /// Fills `out`, all of it.
    fn fill(&self, out: &mut [u8]);

    /// `bytes` random bytes as unpadded base64url.
    fn token(&self, bytes: usize) -> String {
        let mut raw = vec![0; bytes];
        self.fill(&mut raw);
        BASE64_URL_SAFE_NO_PAD.encode(raw)
    }
}

/// The system's generator, through AWS-LC.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    /// # Panics
    /// The system has no randomness to give, which on a system that started does not happen. There is no
    /// safe way on from there: every caller would have to stop, so this stops for them.
    #[expect(
        clippy::panic,
        reason = "a predictable secret is worse than a stopped service"
    )]
    fn fill(&self, out: &mut [u8]) {
        if aws_lc_rs::rand::fill(out).is_err() {
            panic!("the system's random number generator failed");
        }
    }
}

/// Counts up. For tests that look at what was made; predictable, so never for anything else.
#[derive(Debug, Default)]
pub struct SequenceRandom {
    next: AtomicU8,
}

impl Random for SequenceRandom {
    fn fill(&self, out: &mut [u8]) {
        for byte in out {
            *byte = self.next.fetch_add(1, Ordering::Relaxed);
        }
    }
}
