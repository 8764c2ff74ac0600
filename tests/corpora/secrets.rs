//! Secrets that are known to everybody, where a service is told its own: whatever is weak is refused with one line, which
//! says what to do and not what was written.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

use tegata_guard::token::{HmacSecret, MIN_SECRET_BYTES};

use super::strings;
use crate::tegata::Place;

const SETTING: &str = "JWT_SECRET_KEY";
/// One of so many is told to a service; all are judged.
const STEP: usize = 400;
/// Shorter ones are words that a line may hold by chance.
const TELLING: usize = 12;
/// Of a hundred, no more are strong by all that can be seen of them. Who took such a one from where it was published,
/// only the list could tell.
const STRONG: usize = 2;

#[test]
#[ignore = "needs the public lists: CORPORA"]
fn a_published_secret_that_is_weak_starts_no_service() {
    let list = strings::secrets(1).strings;
    let is_strong = |secret: &[u8]| {
        str::from_utf8(secret).is_ok_and(|secret| HmacSecret::parse(secret).is_ok())
    };
    let (strong, weak): (Vec<_>, Vec<_>) = list.iter().partition(|secret| is_strong(secret));
    println!("{} refused, {} as good as any", weak.len(), strong.len());
    assert!(strong.iter().all(|secret| secret.len() >= MIN_SECRET_BYTES));
    assert!(strong.len() * 100 <= list.len() * STRONG);

    let place = Place::new();
    for secret in weak.iter().step_by(STEP) {
        for service in ["issuer", "frontend", "up"] {
            let mut command = place.command(&[service]);
            let end = command.env(SETTING, OsStr::from_bytes(secret)).output();
            let end = end.unwrap();
            let said = String::from_utf8_lossy(&end.stderr);
            let shown = secret.escape_ascii();
            assert_eq!(end.status.code(), Some(1), "{shown}: {said}");
            assert_eq!(said.lines().count(), 1, "{shown}: {said}");
            assert!(said.contains(SETTING), "{shown}: {said}");
            let written = String::from_utf8_lossy(secret);
            assert!(
                secret.len() < TELLING || !said.contains(&*written),
                "{said}"
            );
        }
    }
}
