//! Whose a login session is, as its refresh tokens say.

use aws_lc_rs::digest::{SHA256, digest};
use uuid::Uuid;

/// Of an [`Owner`].
pub const OWNER_BYTES: usize = 8;

/// Whose a session is, short: the beginning of a hash of the user's id. Of the id itself any part may be the same for
/// many: those that came from elsewhere are kept, and not all are random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner(pub [u8; OWNER_BYTES]);

impl Owner {
    /// Of this user.
    pub fn of(user: Uuid) -> Self {
        let hash = digest(&SHA256, user.as_bytes());
        let mut owner = [0; OWNER_BYTES];
        owner.copy_from_slice(&hash.as_ref()[..OWNER_BYTES]);
        Self(owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_whose_ids_come_from_one_machine_are_told_apart() {
        // Version 1 (RFC 9562 §5.1): another moment, the same clock sequence and node.
        let [first, second] = [0x0001_u128, 0x0002]
            .map(|moment| Uuid::from_u128((moment << 96) | 0x9dad_11d1_80b4_00c0_4fd4_30c8));
        assert_eq!(first.as_bytes()[8..], second.as_bytes()[8..]);
        assert_ne!(Owner::of(first), Owner::of(second));
    }
}
