//! Key pairs: the private half signs and never shows itself, the public half is published.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use jsonwebtoken::EncodingKey;
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{
    Algorithm, SigningKey, VerifyingKey,
    jwk::{number, public_key, text},
    pem::{self, NotOneBlock, Pem},
    public_key::{Curve, KeyRefused, PublicKey},
};

/// A private key with its public half, for RS256, ES256 or EdDSA.
pub struct KeyPair {
    algorithm: Algorithm,
    /// PKCS #8, version 1, in DER.
    pkcs8: SecretSlice<u8>,
    key: EncodingKey,
    public: PublicKey,
}

/// Why a private key cannot be used. Says nothing of the key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadKeyPair {
    /// Nothing that we can read.
    #[error(
        "it is no private key in PEM form: write one that begins with -----BEGIN PRIVATE KEY-----, without a passphrase"
    )]
    NotPem,
    /// There is a passphrase on it.
    #[error("it is encrypted: write it without a passphrase (openssl pkey -in FILE)")]
    Encrypted,
    /// Which one of them is meant would be a guess.
    #[error(
        "it holds more than one key or certificate: write the private key into a file of its own"
    )]
    SeveralKeys,
    /// A key, and not one for these algorithms.
    #[error("it is no private key of RSA with 2048 to 8192 bits, of P-256 or of Ed25519")]
    NotSupported,
    /// The public half is not worth a signature.
    #[error("{0}")]
    Public(#[from] KeyRefused),
    /// Tokens are not minted with this algorithm.
    #[error("tokens are signed with RS256, ES256 or EdDSA, not with {0}")]
    NotMinted(Algorithm),
    /// The cryptographic provider failed.
    #[error("this machine's cryptography fails")]
    Provider,
}

impl KeyPair {
    /// Makes a new one: 2048 bits for RS256 (takes about a third of a second). The provider draws the
    /// randomness.
    ///
    /// # Errors
    /// [`BadKeyPair::NotMinted`]; [`BadKeyPair::Provider`].
    pub fn generate(algorithm: Algorithm) -> Result<Self, BadKeyPair> {
        let failed = |_| BadKeyPair::Provider;
        match algorithm {
            Algorithm::RS256 => {
                Self::of_rsa(&RsaKeyPair::generate(rsa::KeySize::Rsa2048).map_err(failed)?)
            }
            Algorithm::ES256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                Self::of_ec(&pair.map_err(failed)?)
            }
            Algorithm::EdDSA => Self::of_ed25519(&Ed25519KeyPair::generate().map_err(failed)?),
            other => Err(BadKeyPair::NotMinted(other)),
        }
    }

    /// Reads a private key in PEM form, without a passphrase: PKCS #8, or as OpenSSL wrote RSA and EC keys
    /// before.
    ///
    /// # Errors
    /// [`BadKeyPair`]
    pub fn from_pem(text: &str) -> Result<Self, BadKeyPair> {
        let Pem { tag, der } = pem::parse(text).map_err(|cause| match cause {
            NotOneBlock::None => BadKeyPair::NotPem,
            NotOneBlock::Several => BadKeyPair::SeveralKeys,
            NotOneBlock::Encrypted => BadKeyPair::Encrypted,
        })?;
        let refused = |_| BadKeyPair::NotSupported;
        match tag.as_str() {
            "PRIVATE KEY" => Self::from_pkcs8(der.expose_secret()),
            "RSA PRIVATE KEY" => {
                Self::of_rsa(&RsaKeyPair::from_der(der.expose_secret()).map_err(refused)?)
            }
            "EC PRIVATE KEY" => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_private_key_der(algorithm, der.expose_secret());
                Self::of_ec(&pair.map_err(refused)?)
            }
            _ => Err(BadKeyPair::NotPem),
        }
    }

    /// Reads a private key in DER (PKCS #8, RFC 5958).
    ///
    /// # Errors
    /// [`BadKeyPair`]
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, BadKeyPair> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            return Self::of_rsa(&pair);
        }
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            return Self::of_ec(&pair);
        }
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            return Self::of_ed25519(&pair);
        }
        Err(BadKeyPair::NotSupported)
    }

    /// Reads a private JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2); its `alg`, `use` and `kid` are not asked.
    ///
    /// # Errors
    /// [`BadKeyPair`]
    pub fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, BadKeyPair> {
        let kty = text(jwk, "kty")?.ok_or(KeyRefused::Malformed)?;
        let refused = |_| BadKeyPair::NotSupported;
        let d = SecretSlice::from(number(jwk, "d")?);
        match public_key(jwk, kty)? {
            PublicKey::Rsa { n, e } => {
                let pair = RsaKeyPair::from_components(&rsa::KeyPairComponents {
                    public_key: rsa::PublicKeyComponents { n, e },
                    d: d.expose_secret().to_vec(),
                    p: number(jwk, "p")?,
                    q: number(jwk, "q")?,
                    dP: number(jwk, "dp")?,
                    dQ: number(jwk, "dq")?,
                    qInv: number(jwk, "qi")?,
                });
                Self::of_rsa(&pair.map_err(refused)?)
            }
            PublicKey::Ec {
                curve: Curve::P256,
                x,
                y,
            } => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let point = [&[4], &x[..], &y].concat();
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    algorithm,
                    d.expose_secret(),
                    &point,
                );
                Self::of_ec(&pair.map_err(refused)?)
            }
            PublicKey::Ed25519 { x } => {
                let pair = Ed25519KeyPair::from_seed_and_public_key(d.expose_secret(), &x);
                Self::of_ed25519(&pair.map_err(refused)?)
            }
            PublicKey::Ec { .. } => Err(BadKeyPair::NotSupported),
        }
    }

    fn of_rsa(pair: &RsaKeyPair) -> Result<Self, BadKeyPair> {
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| BadKeyPair::Provider)?;
        let pkcs8 = SecretSlice::from(der.as_ref().to_vec());
        // jsonwebtoken signs with what is inside of it, PKCS #1, and takes it out of PEM only.
        let pem = pem::encode("PRIVATE KEY", &pkcs8);
        let key = EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes());
        let key = key.map_err(|_| BadKeyPair::Provider)?;
        let RsaPublicKeyComponents { n, e } =
            RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        Ok(Self {
            algorithm: Algorithm::RS256,
            public: PublicKey::rsa(&n, &e)?,
            pkcs8,
            key,
        })
    }

    fn of_ec(pair: &EcdsaKeyPair) -> Result<Self, BadKeyPair> {
        let der = pair.to_pkcs8v1().map_err(|_| BadKeyPair::Provider)?;
        let point = pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(point.len() / 2);
        Ok(Self {
            algorithm: Algorithm::ES256,
            public: PublicKey::ec(Curve::P256, x.to_vec(), y.to_vec())?,
            key: EncodingKey::from_ec_der(der.as_ref()),
            pkcs8: der.as_ref().to_vec().into(),
        })
    }

    fn of_ed25519(pair: &Ed25519KeyPair) -> Result<Self, BadKeyPair> {
        let der = pair.to_pkcs8v1().map_err(|_| BadKeyPair::Provider)?;
        Ok(Self {
            algorithm: Algorithm::EdDSA,
            public: PublicKey::ed25519(pair.public_key().as_ref())?,
            key: EncodingKey::from_ed_der(der.as_ref()),
            pkcs8: der.as_ref().to_vec().into(),
        })
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// PKCS #8 in DER, to be sealed and kept.
    pub fn to_pkcs8(&self) -> &SecretSlice<u8> {
        &self.pkcs8
    }

    /// PKCS #8 in PEM form, to be kept where nobody else reads it.
    pub fn to_pem(&self) -> secrecy::SecretString {
        pem::encode("PRIVATE KEY", &self.pkcs8)
    }

    /// The private half, named by the thumbprint of the public one (RFC 7638).
    pub fn signing_key(&self) -> SigningKey {
        SigningKey {
            kid: self.public.thumbprint(),
            algorithm: self.algorithm,
            key: self.key.clone(),
        }
    }

    /// The public half, named by its thumbprint (RFC 7638).
    pub fn verifying_key(&self) -> VerifyingKey {
        self.public.clone().verifying_key(None, self.algorithm)
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.public.thumbprint())
            .finish_non_exhaustive()
    }
}
