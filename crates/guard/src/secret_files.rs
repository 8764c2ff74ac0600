//! The files in which shared secrets are written, and how they are read.
//!
//! `secret_key` holds the one that signs; `previous_secret_keys` holds others, one a line: those that signed
//! before, and those that will. The list is read first: a secret that moves from the list to the front is in one of
//! them at each moment.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tegata_token::{HmacSecret, SecretError};

use crate::shared_secrets::{Secrets, SharedSecrets};

/// Where the secrets are written.
#[derive(Clone, Debug)]
pub struct SecretFiles {
    signing: Signing,
    verifying: PathBuf,
    previous: Vec<HmacSecret>,
    allow_weak: bool,
}

/// Why a file of secrets cannot be used. Says what to do, never what is in it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct SecretFileError {
    path: PathBuf,
    why: Why,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error(transparent)]
    Refused(#[from] SecretError),
    #[error("line {0}: {1}")]
    Line(usize, SecretError),
}

#[derive(Clone, Debug)]
enum Signing {
    File(PathBuf),
    Fixed(HmacSecret),
}

impl SecretFiles {
    /// The secret that signs, in one file, and the others, one a line, in another, which need not be there.
    pub fn new(signing: impl Into<PathBuf>, verifying: impl Into<PathBuf>) -> Self {
        Self::with(Signing::File(signing.into()), verifying.into())
    }

    /// A secret that signs and stays, and the file with the others.
    pub fn beside(signing: HmacSecret, verifying: impl Into<PathBuf>) -> Self {
        Self::with(Signing::Fixed(signing), verifying.into())
    }

    fn with(signing: Signing, verifying: PathBuf) -> Self {
        Self {
            signing,
            verifying,
            previous: Vec::new(),
            allow_weak: false,
        }
    }

    /// These verify as well, whatever is in the files.
    #[must_use]
    pub fn with_previous(self, previous: Vec<HmacSecret>) -> Self {
        Self { previous, ..self }
    }

    /// Takes secrets however weak they are. For development only: anybody can forge tokens.
    #[must_use]
    pub fn allow_weak(self) -> Self {
        Self {
            allow_weak: true,
            ..self
        }
    }

    /// Reads them, and follows them from now on.
    ///
    /// # Errors
    /// [`SecretFileError`]
    pub fn open(self) -> Result<SharedSecrets, SecretFileError> {
        SharedSecrets::followed(self)
    }

    pub(crate) fn read(&self, had_list: &mut bool) -> Result<Secrets, SecretFileError> {
        let mut weak = false;
        let mut previous = self.previous.clone();
        let list = match fs::read_to_string(&self.verifying) {
            Ok(list) => {
                *had_list = true;
                list
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && !*had_list => String::new(),
            Err(cause) => return Err(failed(&self.verifying, cause)),
        };
        for (number, line) in list.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() {
                let secret = self.parse(line, &mut weak);
                let line = |why| failed(&self.verifying, Why::Line(number + 1, why));
                previous.push(secret.map_err(line)?);
            }
        }
        let current = match &self.signing {
            Signing::Fixed(secret) => secret.clone(),
            Signing::File(path) => {
                let text = fs::read_to_string(path).map_err(|cause| failed(path, cause))?;
                // A line break at the end is the editor's, not the secret's.
                let text = text.trim_end_matches(['\r', '\n']);
                let secret = self.parse(text, &mut weak);
                secret.map_err(|why| failed(path, why))?
            }
        };
        Ok(Secrets::new(current, previous, weak))
    }

    fn parse(&self, text: &str, weak: &mut bool) -> Result<HmacSecret, SecretError> {
        match HmacSecret::parse(text) {
            Err(_) if self.allow_weak => {
                *weak = true;
                HmacSecret::parse_insecure(text)
            }
            parsed => parsed,
        }
    }
}

fn failed(path: &Path, why: impl Into<Why>) -> SecretFileError {
    SecretFileError {
        path: path.to_owned(),
        why: why.into(),
    }
}
