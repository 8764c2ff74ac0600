//! Settings of key pairs: whether they are made, and how often, or given as files.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use tegata_issuer::signing::{KeySettings, Signing};
use tegata_token::{Algorithm, KeyPair, KeyRefused, VerifyingKey};
use time::Duration;

use super::{duration, secret::Secrets, shared::SecretSettings};
use crate::Failure;

#[derive(Args, Clone, Debug)]
pub(crate) struct KeyPairSettings {
    /// A private key in PEM form that signs, instead of those that the issuer makes and keeps
    #[arg(long, env = "SIGNING_KEY_FILE", value_name = "FILE", value_parser = file)]
    pub(crate) signing_key_file: Option<PathBuf>,

    /// Keys in PEM form whose tokens are good as well, with commas between
    #[arg(long, env = "VERIFYING_KEY_FILES", value_name = "FILES", value_delimiter = ',',
          value_parser = file)]
    pub(crate) verifying_key_files: Vec<PathBuf>,

    /// The age at which a key pair is followed by a new one: a time, or off
    #[arg(long, env = "KEY_ROTATION", value_name = "TIME|off", default_value = "off",
          value_parser = rotation)]
    pub(crate) key_rotation: Rotation,
}

/// How often key pairs rotate by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rotation(Option<Duration>);

impl Rotation {
    /// None: they do not.
    pub(crate) fn age(self) -> Option<Duration> {
        self.0
    }
}

impl KeyPairSettings {
    pub(crate) fn keys(
        &self,
        settings: &SecretSettings,
        secrets: &Secrets,
    ) -> Result<KeySettings, Failure> {
        let Rotation(rotation) = self.key_rotation;
        let algorithm = settings.algorithm.of_token();
        let signing = match &self.signing_key_file {
            Some(_) if rotation.is_some() => {
                return Err(
                    "KEY_ROTATION makes new keys, and SIGNING_KEY_FILE gives one: remove one of them"
                        .into(),
                );
            }
            Some(path) => Signing::Given(Arc::new(private_key(path, algorithm)?)),
            None if !algorithm.is_shared_secret() => Signing::Kept {
                algorithm,
                rotation,
            },
            None if rotation.is_some() => {
                return Err(
                    "KEY_ROTATION is for key pairs, and ALGORITHM=HS256 signs with a secret: run `tegata key rotate` from time to time, or set ALGORITHM=EdDSA"
                        .into(),
                );
            }
            None => Signing::SharedSecret,
        };
        let verifying = self.verifying_key_files.iter().map(|path| public_key(path));
        Ok(KeySettings {
            secrets: secrets.shared.clone(),
            signing,
            verifying: verifying.collect::<Result<_, Failure>>()?,
        })
    }
}

fn private_key(path: &Path, algorithm: Algorithm) -> Result<KeyPair, Failure> {
    let refused = |why: String| format!("SIGNING_KEY_FILE={}: {why}", path.display());
    let text = std::fs::read_to_string(path).map_err(|cause| refused(cause.to_string()))?;
    let pair = KeyPair::from_pem(&text).map_err(|why| refused(why.to_string()))?;
    if pair.algorithm() != algorithm {
        let of_key = pair.algorithm();
        let why =
            format!("it is a key for {of_key}, and ALGORITHM={algorithm}: set ALGORITHM={of_key}");
        return Err(refused(why).into());
    }
    Ok(pair)
}

/// Of a private key, which was SIGNING_KEY_FILE before, the public half.
fn public_key(path: &Path) -> Result<VerifyingKey, Failure> {
    let refused = |why: String| format!("VERIFYING_KEY_FILES: {}: {why}", path.display());
    let text = std::fs::read_to_string(path).map_err(|cause| refused(cause.to_string()))?;
    match VerifyingKey::from_pem(&text) {
        Err(KeyRefused::PrivateHalf) => match KeyPair::from_pem(&text) {
            Ok(pair) => Ok(pair.verifying_key()),
            Err(why) => Err(refused(why.to_string()).into()),
        },
        key => Ok(key.map_err(|why| refused(why.to_string()))?),
    }
}

fn file(text: &str) -> Result<PathBuf, String> {
    super::shared::not_empty(text).map(PathBuf::from)
}

fn rotation(text: &str) -> Result<Rotation, String> {
    if text == "off" {
        return Ok(Rotation(None));
    }
    let age = duration::parse(text).map_err(|advice| format!("{advice}; or off"))?;
    Ok(Rotation(Some(age)))
}
