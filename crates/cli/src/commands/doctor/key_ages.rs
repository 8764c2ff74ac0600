//! How old the keys are that sign, and where the others are in their lives.

use tegata_issuer::{
    sealing::Sealing,
    signing::{kept_ring::KeptRing, ring::KeyState},
    store::Store,
};
use tegata_token::{Clock, HmacSecret, SystemClock};
use time::{Duration, OffsetDateTime, macros::format_description};

use super::report::Report;
use crate::settings::known_secrets::KnownSecrets;

/// A key that signs longer should be rotated: whatever leaked meanwhile is good as long as it.
const OLD: Duration = Duration::days(365);

/// The key pairs in the store.
pub(super) async fn judge(report: &mut Report, store: &dyn Store, known: &KnownSecrets) {
    let all = known.current.iter().chain(&known.others);
    let secrets: Vec<HmacSecret> = all
        .filter_map(|secret| HmacSecret::parse_insecure(&secret.text).ok())
        .collect();
    let sealing = secrets
        .split_first()
        .and_then(|(current, others)| Sealing::with(current, others));
    let Some(sealing) = sealing else {
        return;
    };
    let ring = match KeptRing::look(store, &sealing).await {
        Ok(Some(ring)) => ring,
        Ok(None) => return,
        Err(why) => {
            report.fail("key age", why.to_string(), "then run this again");
            return;
        }
    };
    let now = SystemClock.now();
    for (key, state) in ring.states(now) {
        let name = format!("{} ({})", key.kid, key.algorithm);
        match state {
            KeyState::Signing => {
                let age = now - key.signs_from;
                let what = format!(
                    "{name} is the newest key pair, for {} days",
                    age.whole_days()
                );
                if age > OLD {
                    report.warn(
                        "key age",
                        what,
                        "run `tegata key rotate`, or set KEY_ROTATION=90d",
                    );
                } else {
                    report.ok("key age", what);
                }
            }
            KeyState::Announced { signs_from } => {
                let what = format!("{name} is announced and signs from {}", shown(signs_from));
                report.ok("key age", what);
            }
            KeyState::VerifyOnly { until, .. } => {
                let what = format!(
                    "{name} signs no more; its tokens are good until {}",
                    shown(until)
                );
                report.ok("key age", what);
            }
        }
    }
}

fn shown(at: OffsetDateTime) -> String {
    let minute = format_description!("[year]-[month]-[day] [hour]:[minute]Z");
    at.format(&minute).unwrap_or_default()
}
