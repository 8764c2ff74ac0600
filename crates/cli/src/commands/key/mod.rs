//! `tegata key`: the keys that sign tokens, and the secrets. Works on the database and on the files themselves,
//! beside running services, which follow by themselves.

mod list;
mod retire;
mod rotate;
mod secret_files;

use std::sync::Arc;

use clap::{Args, Subcommand};
use tegata_issuer::{
    audit::Audit,
    event::{By, Kind},
    sealing::Sealing,
    signing::{KeySettings, Signing, kept_ring::KeptRing, ring::Ring},
    store::Store,
};
use tegata_token::{SystemClock, SystemRandom};
use time::OffsetDateTime;

use self::{list::List, retire::Retire, rotate::Rotate};
use super::user::Where;
use crate::{
    Failure,
    settings::{
        key_pair::KeyPairSettings,
        secret::{self, Missing, Place},
        shared::{LogFormat, LogLevel, LogSettings, SecretSettings},
    },
    telemetry,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// List the keys: which signs, which verify, which comes next
    List(List),
    /// Put a new key in the place of the one that signs: announced first, so that nobody meets a key they do not
    /// know
    Rotate(Rotate),
    /// Forget a key at once: tokens that it signed are refused from now on
    Retire(Retire),
}

/// Where the keys are.
#[derive(Args, Debug)]
struct Keys {
    #[command(flatten)]
    secret: SecretSettings,
    #[command(flatten)]
    pairs: KeyPairSettings,
    #[command(flatten)]
    place: Where,
}

/// The keys of a deployment, reached.
struct Opened {
    store: Arc<dyn Store>,
    settings: KeySettings,
    /// Where the secrets are written.
    place: Place,
    audit: Audit,
}

impl Key {
    pub(super) async fn run(self) -> Result<(), Failure> {
        telemetry::start(&LogSettings {
            log: LogLevel::Warn,
            log_format: LogFormat::Text,
        });
        let (Self::List(List { keys, .. })
        | Self::Rotate(Rotate { keys, .. })
        | Self::Retire(Retire { keys, .. })) = &self;
        let opened = keys.open().await?;
        let done = match &self {
            Self::List(list) => list.run(&opened).await,
            Self::Rotate(rotate) => rotate.run(&opened).await,
            Self::Retire(retire) => retire.run(&opened).await,
        };
        opened.audit.close().await;
        opened.store.close().await;
        done
    }
}

impl Keys {
    async fn open(&self) -> Result<Opened, Failure> {
        let folder = &self.place.data.data_dir;
        let secrets = secret::secrets(&self.secret, folder, Missing::Refuse, &SystemRandom)?;
        let settings = self.pairs.keys(&self.secret, &secrets)?;
        let store = self.place.open().await?;
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        Ok(Opened {
            audit: Audit::new(Arc::clone(&store), clock, random),
            store,
            settings,
            place: secrets.place,
        })
    }
}

impl Opened {
    fn sealing(&self) -> Result<Sealing, Failure> {
        Ok(Sealing::of(&self.settings.secrets.now())?)
    }

    fn kept<'a>(&'a self, sealing: &'a Sealing) -> KeptRing<'a> {
        KeptRing::new(self.store.as_ref(), sealing, &SystemRandom)
    }

    /// The key pairs in the store.
    async fn ring(&self) -> Result<Ring, Failure> {
        let sealing = self.sealing()?;
        let ring = KeptRing::look(self.store.as_ref(), &sealing).await?;
        Ok(ring.unwrap_or_default())
    }

    /// Whether tokens are signed with the key pairs in the store.
    fn signs_by_ring(&self) -> bool {
        matches!(self.settings.signing, Signing::Kept { .. })
    }

    fn signs_by_secret(&self) -> bool {
        matches!(self.settings.signing, Signing::SharedSecret)
    }

    async fn record(&self, kind: Kind, kid: &str) {
        let by = By::command_line();
        self.audit.record(by.did(kind).of_key(kid)).await;
    }
}

/// A moment, to the second.
fn shown(at: OffsetDateTime) -> String {
    let second =
        time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    at.format(&second).unwrap_or_default()
}
