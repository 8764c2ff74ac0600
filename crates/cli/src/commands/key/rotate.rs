//! `tegata key rotate`: a new key in the place of the one that signs.

use std::time::Duration as Wait;

use clap::Args;
use tegata_issuer::{
    event::Kind,
    signing::{
        ANNOUNCEMENT, Signing,
        kept_ring::{Announced, generate},
        ring::RingKey,
    },
};
use tegata_token::{Clock, HmacSecret, SystemClock, SystemRandom};
use time::Duration;

use super::{
    Keys, Opened,
    secret_files::{SecretList, sign_with, signing},
    shown,
};
use crate::{Failure, commands::user::say, settings::duration};

/// Files are looked at every second; this is for machines that are busy.
const FILES_ARE_READ: Duration = Duration::seconds(5);
/// Issuers look at the store every two seconds; the same.
const STORE_IS_READ: Duration = Duration::seconds(5);

#[derive(Args, Debug)]
pub(crate) struct Rotate {
    /// How long the new key is announced before it signs [default: 10m, or 5s for secrets in files]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    after: Option<Duration>,
    /// Sign with the new key within seconds, for when the old one has leaked
    #[arg(long, conflicts_with = "after")]
    now: bool,
    /// Discard the key pairs in the store, which no secret here opens, and begin anew
    #[arg(long, conflicts_with_all = ["after", "now"])]
    discard: bool,
    #[command(flatten)]
    pub(super) keys: Keys,
}

impl Rotate {
    pub(super) async fn run(&self, opened: &Opened) -> Result<(), Failure> {
        match &opened.settings.signing {
            Signing::Kept { .. } => self.pairs(opened).await,
            _ if self.discard => Err(
                "--discard is for key pairs that the issuer makes: set ALGORITHM as the issuer has it"
                    .into(),
            ),
            Signing::SharedSecret => self.secrets(opened).await,
            Signing::Given(_) => {
                say(GIVEN)?;
                Err("the key that signs is in SIGNING_KEY_FILE, so nothing was changed".into())
            }
        }
    }

    async fn pairs(&self, opened: &Opened) -> Result<(), Failure> {
        let sealing = opened.sealing()?;
        let kept = opened.kept(&sealing);
        let pair = generate(opened.settings.signing.algorithm()).await?;
        let now = SystemClock.now();
        if self.discard {
            let key = kept.begin_anew(&pair, now).await?;
            opened.record(Kind::KeyAnnounced, &key.kid).await;
            return say(&format!(
                "key {} ({}) signs now; tokens of all keys before it are refused",
                key.kid, key.algorithm
            ));
        }
        let after = if self.now {
            Duration::ZERO
        } else {
            self.after.unwrap_or(ANNOUNCEMENT)
        };
        let old = kept.read().await?;
        let old = old.and_then(|ring| ring.signing(now).map(|key| key.kid.clone()));
        if self.now && old.is_some() {
            // An issuer that has not looked yet would refuse tokens that another one signs with it.
            let announced = kept.announce(&pair, old.as_deref(), ANNOUNCEMENT, now);
            if let Announced::New(key) = announced.await? {
                opened.record(Kind::KeyAnnounced, &key.kid).await;
                say(&format!(
                    "key {} ({}) is announced; it signs in {STORE_IS_READ}, when every issuer knows it",
                    key.kid, key.algorithm
                ))?;
            }
            pause(STORE_IS_READ).await;
        }
        let now = SystemClock.now();
        let key = match kept.announce(&pair, old.as_deref(), after, now).await? {
            Announced::New(key) => {
                opened.record(Kind::KeyAnnounced, &key.kid).await;
                key
            }
            Announced::Already(key) if !self.now && key.signs_from > now => {
                return say(&format!(
                    "key {} was announced already and signs from {}: nothing was changed",
                    key.kid,
                    shown(key.signs_from)
                ));
            }
            Announced::Already(key) if !self.now => {
                return say(&format!(
                    "key {} signs already, since somebody else rotated a moment ago: nothing was changed",
                    key.kid
                ));
            }
            Announced::Already(key) => key,
        };
        say(&told(&key, old.as_deref(), after))
    }

    /// At each moment both files together hold every secret whose tokens live, whichever of them is read first.
    async fn secrets(&self, opened: &Opened) -> Result<(), Failure> {
        let place = &opened.place;
        let Some(file) = &place.signing else {
            say(FROM_ENVIRONMENT)?;
            return Err("SECRET_KEY comes from the environment, so nothing was changed".into());
        };
        let list = SecretList::lock(&place.list)?;
        let old = signing(file)?;
        let new = HmacSecret::generate(&SystemRandom);
        let kid = HmacSecret::parse(&new)?.kid();
        let old_kid = HmacSecret::parse_insecure(&old)?.kid();
        list.add(&[&new, &old], file, &SystemRandom)?;
        opened.record(Kind::KeyAnnounced, kid.as_str()).await;
        let wait = self.after.unwrap_or(FILES_ARE_READ);
        if !self.now {
            say(&format!(
                "secret {kid} is announced in {}: services that follow this file accept it; it signs in {wait}",
                place.list.display()
            ))?;
            pause(wait).await;
        }
        sign_with(file, &new, &SystemRandom)?;
        opened.record(Kind::KeyRotated, kid.as_str()).await;
        say(&format!("secret {kid} signs, from {}", file.display()))?;
        // Whoever still reads the file of before finds the new one in the list.
        pause(wait.min(FILES_ARE_READ)).await;
        list.remove(kid.as_str(), file, &SystemRandom)?;
        say(&format!(
            "tokens of {old_kid} are good until it is retired: `tegata key retire {old_kid}`, {}",
            if self.now {
                "at once if it has leaked"
            } else {
                "once the last of them is over (ACCESS_TOKEN_TTL, 15m by default)"
            }
        ))
    }
}

fn told(key: &RingKey, old: Option<&str>, after: Duration) -> String {
    let RingKey { kid, algorithm, .. } = key;
    match old {
        None => format!("key {kid} ({algorithm}) signs: it is the first one"),
        Some(old) if after.is_zero() => format!(
            "key {kid} ({algorithm}) signs now; services that keep published keys may refuse its tokens until they have fetched them again\ntokens of {old} are good until they are over: if it has leaked, `tegata key retire {old}`"
        ),
        Some(_) => format!(
            "key {kid} ({algorithm}) is announced; it signs from {}",
            shown(key.signs_from)
        ),
    }
}

async fn pause(time: Duration) {
    let wait = Wait::try_from(time).unwrap_or_default();
    // Nothing is waited for but the time.
    let _ = tokio::time::timeout(wait, std::future::pending::<()>()).await;
}

const FROM_ENVIRONMENT: &str = "\
The services have their secret from the environment, which no command can change. Step by step, verifiers first:

  1. NEW=$(tegata secret), and OLD is the SECRET_KEY of today
  2. the pages and every service that verifies: SECRET_KEY=$NEW, PREVIOUS_SECRET_KEYS=$OLD; restart each
  3. the issuer: the same two settings; restart. From now on it signs with the new one
  4. after ACCESS_TOKEN_TTL: remove PREVIOUS_SECRET_KEYS everywhere

With the secret in a file (SECRET_KEY_FILE, or secret_key in the data folder) this command does it, and nothing has to
be restarted.
";

const GIVEN: &str = "\
The key that signs is in SIGNING_KEY_FILE, which is yours to make. Step by step, verifiers first:

  1. make a new key (openssl genpkey -algorithm ed25519 -out new.pem) and its public half
     (openssl pkey -in new.pem -pubout -out new.pub.pem)
  2. the issuers: add new.pub.pem to VERIFYING_KEY_FILES; restart each. It is published now
  3. after ten minutes: SIGNING_KEY_FILE=new.pem, and the old key in VERIFYING_KEY_FILES; restart each
  4. after ACCESS_TOKEN_TTL: take the old key out of VERIFYING_KEY_FILES

Without SIGNING_KEY_FILE the issuer makes keys and keeps them, this command rotates them, and nothing has to be
restarted.
";
