//! `tegata key retire`: forgets a key, and with it every token that it signed.

use clap::Args;
use tegata_issuer::{event::Kind, sealing::Kept, signing::ring::RingKey};
use tegata_token::{Clock, SystemClock, SystemRandom};

use super::{Keys, Opened, secret_files::SecretList};
use crate::{Failure, commands::user::say};

#[derive(Args, Debug)]
pub(crate) struct Retire {
    /// The key, as `tegata key list` shows it
    #[arg(value_name = "KID", allow_hyphen_values = true)]
    kid: String,
    #[command(flatten)]
    pub(super) keys: Keys,
}

impl Retire {
    pub(super) async fn run(&self, opened: &Opened) -> Result<(), Failure> {
        let ring = opened.ring().await?;
        if ring.key(&self.kid).is_some() {
            return self.pair(opened).await;
        }
        let secrets = opened.settings.secrets.now();
        let is_it = |secret: &tegata_token::HmacSecret| secret.kid().as_str() == self.kid;
        if is_it(secrets.current()) && opened.signs_by_secret() {
            return Err(format!(
                "{} signs: `tegata key rotate` puts another in its place, then it can be retired",
                self.kid
            )
            .into());
        }
        if secrets.previous().iter().any(is_it) {
            return self.secret(opened).await;
        }
        Err(if is_it(secrets.current()) {
            format!(
                "{} seals the keys in the store and signs nothing: to put another SECRET_KEY in its place, set that, list this one in PREVIOUS_SECRET_KEYS and restart the issuers",
                self.kid
            )
        } else {
            format!(
                "there is no key {} that can be retired here: `tegata key list` shows them all",
                self.kid
            )
        }
        .into())
    }

    async fn pair(&self, opened: &Opened) -> Result<(), Failure> {
        let sealing = opened.sealing()?;
        let (kept, now) = (opened.kept(&sealing), SystemClock.now());
        let signs = opened.signs_by_ring();
        let took_over = |ring: Option<tegata_issuer::signing::ring::Ring>| {
            ring.and_then(|ring| ring.signing(now).map(|key| key.kid.clone()))
        };
        let before = took_over(kept.read().await?);
        let RingKey { kid, .. } = kept.retire(&self.kid, signs, now).await??;
        opened.record(Kind::KeyRetired, &kid).await;
        say(&format!(
            "key {kid} is retired: running issuers refuse its tokens within two seconds, and services that keep published keys once they fetch them again, within five minutes; whoever has a login session gets a new token"
        ))?;
        let after = took_over(kept.read().await?);
        match after {
            Some(next) if signs && before.as_deref() == Some(kid.as_str()) => {
                say(&format!("key {next} signs now"))
            }
            _ => Ok(()),
        }
    }

    async fn secret(&self, opened: &Opened) -> Result<(), Failure> {
        // What it seals in the store has to be opened by another before it goes.
        let sealing = opened.sealing()?;
        for what in [Kept::RefreshKey, Kept::SigningKeys] {
            sealing
                .find(what, opened.store.as_ref(), &SystemRandom)
                .await?;
        }
        let place = &opened.place;
        let model = place.signing.as_ref().unwrap_or(&place.list);
        let list = SecretList::lock(&place.list)?;
        if !list.remove(&self.kid, model, &SystemRandom)? {
            return Err(format!(
                "{} is in PREVIOUS_SECRET_KEYS, which no command can change: take it out there and restart; the keys in the store do not need it any more",
                self.kid
            )
            .into());
        }
        opened.record(Kind::KeyRetired, &self.kid).await;
        say(&format!(
            "secret {} is retired: services that follow {} refuse its tokens within a second; whoever has a login session gets a new token",
            self.kid,
            place.list.display()
        ))
    }
}
