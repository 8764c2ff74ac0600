//! A certificate and its key from two files, and the new pair when the files change.
//!
//! Followed by reading both every other second, not by watching folders: renewals come as renames, as swapped symlinks,
//! as mounts, over networks, and a certificate is two small files.

use std::{
    convert::Infallible,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls::{
    Error as Cause, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::ServerSessionMemoryCache,
    sign::{CertifiedKey, SingleCertAndKey},
};
use thiserror::Error;
use tokio::time::{MissedTickBehavior, interval};

const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Clients that come back within a while shake hands faster.
const REMEMBERED: usize = 4096;
/// First what we speak best (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [HTTP2, b"http/1.1"];
pub(crate) const HTTP2: &[u8] = b"h2";

/// What a service shows to those who come by https; clones follow the files together.
#[derive(Clone, Debug)]
pub struct Tls(Arc<Followed>);

#[derive(Debug)]
struct Followed {
    certificate: PathBuf,
    key: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    config: Arc<ServerConfig>,
    read: Pair,
    /// What was there at the last look and could not be used.
    bad: Option<Bad>,
}

#[derive(Debug, PartialEq, Eq)]
struct Bad {
    why: String,
    told: bool,
}

/// The two files as they were.
#[derive(PartialEq, Eq)]
struct Pair {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl std::fmt::Debug for Pair {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair").finish_non_exhaustive()
    }
}

/// Why a certificate and a key cannot be used. Says what to do.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{setting}={}: it cannot be read: {cause}", path.display())]
    Unreadable {
        /// `TLS_CERT_FILE` or `TLS_KEY_FILE`.
        setting: &'static str,
        /// What it names.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// No certificate, or none that can be read.
    #[error(
        "TLS_CERT_FILE={}: there is no certificate in it that can be read: write the certificate and those between it and its authority, in PEM form (-----BEGIN CERTIFICATE-----)",
        .0.display()
    )]
    NoCertificate(PathBuf),
    /// No key, or none that can be read.
    #[error(
        "TLS_KEY_FILE={}: there is no private key in it that can be used: write one in PEM form, without a passphrase (-----BEGIN PRIVATE KEY-----)",
        .0.display()
    )]
    NoKey(PathBuf),
    /// The two files do not belong together.
    #[error(
        "TLS_KEY_FILE={}: this key does not belong to the first certificate in TLS_CERT_FILE={}: write the pair, the server's own certificate first",
        key.display(), certificate.display()
    )]
    NotAPair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
}

impl Tls {
    /// Reads both files.
    ///
    /// # Errors
    /// [`TlsError`]
    pub fn open(
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Self, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        let read = Pair::read(&certificate, &key)?;
        let config = read.config(&certificate, &key)?;
        let state = Mutex::new(State {
            config: Arc::new(config),
            read,
            bad: None,
        });
        Ok(Self(Arc::new(Followed {
            certificate,
            key,
            state,
        })))
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        let state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&state.config)
    }

    /// Follows the files for ever.
    pub(crate) async fn follow(&self) -> Infallible {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            self.look();
        }
    }

    /// Takes a new pair that is one. What is bad twice in a row is told once: between the writing of one file and of the
    /// other they are no pair.
    pub(crate) fn look(&self) {
        let Followed {
            certificate, key, ..
        } = &*self.0;
        let read = Pair::read(certificate, key);
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let judged = read.and_then(|read| match read == state.read {
            true => Ok(None),
            false => Ok(Some((read.config(certificate, key)?, read))),
        });
        match judged {
            Ok(None) => state.bad = None,
            Ok(Some((config, read))) => {
                tracing::info!(
                    certificate = %certificate.display(),
                    "the new certificate is shown from now on"
                );
                *state = State {
                    config: Arc::new(config),
                    read,
                    bad: None,
                };
            }
            Err(cause) => {
                let why = cause.to_string();
                let told = state.bad.as_ref().map(|bad| bad.told && bad.why == why);
                if told == Some(false) {
                    tracing::error!("the old certificate stays: {why}");
                }
                let told = told.is_some();
                state.bad = Some(Bad { why, told });
            }
        }
    }
}

impl Pair {
    fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read = |setting, path: &Path| {
            fs::read(path).map_err(|cause| TlsError::Unreadable {
                setting,
                path: path.to_owned(),
                cause,
            })
        };
        Ok(Self {
            certificate: read("TLS_CERT_FILE", certificate)?,
            key: read("TLS_KEY_FILE", key)?,
        })
    }

    fn config(&self, certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
        let no_certificate = || TlsError::NoCertificate(certificate.to_owned());
        let no_key = || TlsError::NoKey(key.to_owned());
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.certificate).collect();
        let chain = chain.map_err(|_| no_certificate())?;
        if chain.is_empty() {
            return Err(no_certificate());
        }
        let private = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| no_key())?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let signing = provider.key_provider.load_private_key(private);
        let certified = CertifiedKey::new(chain, signing.map_err(|_| no_key())?);
        match certified.keys_match() {
            Ok(()) => {}
            Err(Cause::InconsistentKeys(_)) => {
                return Err(TlsError::NotAPair {
                    certificate: certificate.to_owned(),
                    key: key.to_owned(),
                });
            }
            Err(_) => return Err(no_certificate()),
        }
        let mut config = ServerConfig::builder_with_provider(provider)
            // TLS 1.2 and 1.3.
            .with_safe_default_protocol_versions()
            .map_err(|_| no_key())?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = PROTOCOLS.map(Vec::from).into();
        config.session_storage = ServerSessionMemoryCache::new(REMEMBERED);
        Ok(config)
    }
}
