//! What a running issuer does about the ring in the store: reads it, makes the key that is due, and lets those go
//! whose tokens are over.

use time::OffsetDateTime;

use super::{
    ANNOUNCEMENT, Signing, TokenKeys,
    kept_ring::{Announced, KeptRing, generate},
    ring::RingKey,
};
use crate::{
    audit::Audit,
    event::{By, Kind},
    sealing::{Kept, KeyError},
    store::Store,
};

impl TokenKeys {
    /// Reads the store and puts in force what it says; makes the first key, and whatever key is due. `at_start`, a
    /// key of the algorithm that is set is announced when there is none.
    ///
    /// # Errors
    /// [`KeyError`]; then everything stays as it is.
    pub(crate) async fn look(
        &self,
        store: &dyn Store,
        audit: &Audit,
        at_start: bool,
    ) -> Result<(), KeyError> {
        let sealing = self.sealing()?;
        let kept = KeptRing::new(store, &sealing, self.random.as_ref());
        let known = self.opened();
        let sealed = store.sealed_key(Kept::SigningKeys.name()).await?;
        let is_known = known.as_ref().is_some_and(|known| known.sealed == sealed)
            && sealed.as_ref().is_none_or(|kept| sealing.is_current(kept));
        if !is_known {
            self.open(kept.find().await?)?;
        }
        if let Signing::Kept { .. } = self.settings.signing {
            self.make_what_is_due(&kept, audit, at_start).await?;
            let now = self.clock.now();
            if let Some(opened) = self.opened()
                && opened.ring.advanced(now, self.token_lifetime).is_some()
            {
                self.advance(&kept, audit, now).await?;
            }
        }
        self.tick();
        Ok(())
    }

    async fn make_what_is_due(
        &self,
        kept: &KeptRing<'_>,
        audit: &Audit,
        at_start: bool,
    ) -> Result<(), KeyError> {
        let Signing::Kept {
            algorithm,
            rotation,
        } = self.settings.signing
        else {
            return Ok(());
        };
        let now = self.clock.now();
        let opened = self.opened().unwrap_or_default();
        let ring = &opened.ring;
        let is_due = match (ring.signing(now), ring.announced(now)) {
            (None, _) => true,
            (_, Some(_)) => false,
            (Some(signing), None) if at_start && signing.algorithm != algorithm => true,
            (Some(signing), None) => rotation
                .is_some_and(|age| now - signing.signs_from >= age.saturating_sub(ANNOUNCEMENT)),
        };
        if !is_due {
            return Ok(());
        }
        let pair = generate(algorithm).await?;
        let following = ring.signing(now).map(|key| key.kid.as_str());
        let announced = kept.announce(&pair, following, ANNOUNCEMENT, now).await?;
        self.open(kept.find().await?)?;
        if let Announced::New(key) = announced {
            tell(&key, now);
            let by = By::command_line();
            audit
                .record(by.did(Kind::KeyAnnounced).of_key(&key.kid))
                .await;
        }
        Ok(())
    }

    async fn advance(
        &self,
        kept: &KeptRing<'_>,
        audit: &Audit,
        now: OffsetDateTime,
    ) -> Result<(), KeyError> {
        let advanced = kept.advance(now, self.token_lifetime).await?;
        self.open(kept.find().await?)?;
        let Some(advanced) = advanced else {
            return Ok(());
        };
        let by = By::command_line();
        if let Some(kid) = &advanced.signs {
            audit.record(by.did(Kind::KeyRotated).of_key(kid)).await;
        }
        for kid in &advanced.retired {
            audit.record(by.did(Kind::KeyRetired).of_key(kid)).await;
        }
        Ok(())
    }
}

fn tell(key: &RingKey, now: OffsetDateTime) {
    let RingKey { kid, algorithm, .. } = key;
    if key.signs_from > now {
        tracing::info!(
            "a new key {kid} ({algorithm}) is announced; it signs from {}",
            key.signs_from
        );
    } else {
        tracing::info!("a new key {kid} ({algorithm}) was made; it signs");
    }
}
