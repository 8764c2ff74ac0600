//! `tegata key list`: every key, and where it is in its life.

use clap::Args;
use serde_json::json;
use tegata_issuer::signing::{Signing, ring::KeyState};
use tegata_token::{Algorithm, Clock, SystemClock, VerifyingKey};
use time::OffsetDateTime;

use super::{Keys, Opened, shown};
use crate::{Failure, commands::user::say};

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Write a JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) keys: Keys,
}

/// A line of the list.
struct Row {
    kid: String,
    algorithm: Algorithm,
    state: &'static str,
    since: Option<OffsetDateTime>,
    /// Until when it is in this state, where time alone will end it.
    until: Option<OffsetDateTime>,
}

impl List {
    pub(super) async fn run(&self, opened: &Opened) -> Result<(), Failure> {
        if !self.json {
            say("KID\tALGORITHM\tSTATE\tSINCE\tUNTIL")?;
        }
        let mut rows = pairs(opened).await?;
        rows.extend(secrets(opened));
        rows.iter().try_for_each(|row| {
            say(&match self.json {
                true => row.json(),
                false => row.line(),
            })
        })
    }
}

async fn pairs(opened: &Opened) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    if let Signing::Given(pair) = &opened.settings.signing {
        rows.push(Row::of(&pair.verifying_key(), "signing"));
    }
    let now = SystemClock.now();
    let ring = opened.ring().await?;
    let next = ring.announced(now).map(|key| key.signs_from);
    for (key, state) in ring.states(now) {
        let (since, until) = match state {
            KeyState::Announced { signs_from } => (key.announced_at, Some(signs_from)),
            KeyState::Signing => (key.signs_from, next),
            KeyState::VerifyOnly { since, until } => (since, Some(until)),
        };
        let (kid, algorithm) = (key.kid.clone(), key.algorithm);
        let (state, since, until) = match opened.signs_by_ring() {
            true => (state.name(), Some(since), until),
            // Nobody signs with these now; they are good until they are retired.
            false => ("verify-only", None, None),
        };
        rows.push(Row {
            kid,
            algorithm,
            state,
            since,
            until,
        });
    }
    let given = opened.settings.verifying.iter();
    rows.extend(given.map(|key| Row::of(key, "verify-only")));
    Ok(rows)
}

fn secrets(opened: &Opened) -> Vec<Row> {
    let secrets = opened.settings.secrets.now();
    let current = secrets.current().verifying_key();
    let mut rows = vec![Row::of(
        &current,
        match opened.signs_by_secret() {
            true => "signing",
            false => "sealing",
        },
    )];
    for secret in secrets.previous() {
        let key = secret.verifying_key();
        // One that only seals may be listed for the tokens that it signed.
        let is_known = rows
            .iter()
            .any(|row| row.kid == key.kid().as_str() && row.state != "sealing");
        if !is_known {
            rows.push(Row::of(&key, "verify-only"));
        }
    }
    rows
}

impl Row {
    fn of(key: &VerifyingKey, state: &'static str) -> Self {
        Self {
            kid: key.kid().to_string(),
            algorithm: key.algorithm(),
            state,
            since: None,
            until: None,
        }
    }

    fn line(&self) -> String {
        let moment = |at: Option<OffsetDateTime>| at.map_or_else(|| "-".to_owned(), shown);
        let algorithm = self.algorithm.name();
        [
            &self.kid,
            algorithm,
            self.state,
            &moment(self.since),
            &moment(self.until),
        ]
        .join("\t")
    }

    fn json(&self) -> String {
        let row = json!({
            "kid": self.kid,
            "algorithm": self.algorithm.name(),
            "state": self.state,
            "since": self.since.map(shown),
            "until": self.until.map(shown),
        });
        row.to_string()
    }
}
