//! How old what signs is, and whether it is followed in time.

use std::path::Path;

use tegata_issuer::{
    sealing::Sealing,
    signing::{
        kept_ring::KeptRing,
        ring::{KeyState, RingKey},
    },
    store::Store,
};
use tegata_token::{Clock, HmacSecret, SystemClock};
use time::{Duration, OffsetDateTime, macros::format_description};

use super::report::Report;
use crate::settings::{key_pair::KeyPairSettings, known_secrets::KnownSecrets};

/// Older is worth a word.
const OLD: Duration = Duration::days(365);
/// So much later than it should have been, nobody rotates.
const LATE: Duration = Duration::days(1);
const ROTATE: &str = "run `tegata key rotate`; nobody is signed out by it";

/// Where the shared secret signs.
pub(super) fn judge_secret(report: &mut Report, known: &KnownSecrets) {
    let Some(current) = &known.current else {
        return;
    };
    match &current.file {
        Some(file) => judge_file(report, file),
        None => report.skip(
            "age",
            format!(
                "how old {} is cannot be told: it is in no file",
                current.name
            ),
        ),
    }
}

/// Where key pairs sign. `store` is none when it cannot be read.
pub(super) async fn judge_pairs(
    report: &mut Report,
    settings: &KeyPairSettings,
    known: &KnownSecrets,
    store: Option<&dyn Store>,
) {
    if let Some(file) = &settings.signing_key_file {
        judge_file(report, file);
        return;
    }
    let (Some(store), Some(sealing)) = (store, sealing(known)) else {
        return;
    };
    let ring = match KeptRing::look(store, &sealing).await {
        Ok(Some(ring)) => ring,
        Ok(None) => {
            let what = "there is no key pair yet; the issuer makes it when it starts";
            report.skip("age", what);
            return;
        }
        Err(why) => {
            report.fail("age", why.to_string(), "then run this again");
            return;
        }
    };
    let now = SystemClock.now();
    for (key, state) in ring.states(now) {
        let name = format!("{} ({})", key.kid, key.algorithm);
        match state {
            KeyState::Signing => {
                judge_signing(report, &name, key, settings.key_rotation.age(), now);
            }
            KeyState::Announced { signs_from } => {
                let what = format!("{name} is announced and signs from {}", shown(signs_from));
                report.ok("age", what);
            }
            KeyState::VerifyOnly { until, .. } => {
                let until = shown(until);
                let what = format!("{name} signs no more; its tokens are good until {until}");
                report.ok("age", what);
            }
        }
    }
}

fn judge_signing(
    report: &mut Report,
    name: &str,
    key: &RingKey,
    rotation: Option<Duration>,
    now: OffsetDateTime,
) {
    let age = now - key.signs_from;
    let what = format!("{name} has signed for {}", days(age));
    match rotation {
        Some(wanted) if age > wanted + LATE => report.warn(
            "age",
            format!("{what}, and KEY_ROTATION is {}", days(wanted)),
            "see the log of the issuer: it makes the next key by itself while it runs",
        ),
        None if age > OLD => report.warn("age", what, format!("{ROTATE}, or set KEY_ROTATION=90d")),
        _ => report.ok("age", what),
    }
}

fn judge_file(report: &mut Report, file: &Path) {
    let written = std::fs::metadata(file).and_then(|found| found.modified());
    // One that cannot be read has been told of.
    let Ok(written) = written.map(OffsetDateTime::from) else {
        return;
    };
    let age = SystemClock.now() - written;
    let what = format!("{} was written {} ago", file.display(), days(age));
    if age > OLD {
        report.warn("age", what, ROTATE);
    } else {
        report.ok("age", what);
    }
}

fn sealing(known: &KnownSecrets) -> Option<Sealing> {
    let secret = |text: &str| HmacSecret::parse_insecure(text).ok();
    let current = secret(&known.current.as_ref()?.text)?;
    let others = known.others.iter().filter_map(|other| secret(&other.text));
    Sealing::with(&current, &others.collect::<Vec<_>>())
}

fn days(time: Duration) -> String {
    match time.whole_days() {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn shown(at: OffsetDateTime) -> String {
    let minute = format_description!("[year]-[month]-[day] [hour]:[minute]Z");
    at.format(&minute).unwrap_or_default()
}
