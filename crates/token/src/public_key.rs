//! The public half of a key pair, checked: whoever holds one of these holds a key that is worth a
//! signature.

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm,
        ParsedPublicKey,
    },
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde_json::json;
use thiserror::Error;

use crate::{Algorithm, KeyId, VerifyingKey};

/// NIST SP 800-131A; RFC 7518 §3.3 asks for it.
const MIN_RSA_BITS: usize = 2048;
/// Beyond it a signature costs more than a request should.
const MAX_RSA_BITS: usize = 8192;
/// What the provider takes.
const MAX_EXPONENT_BYTES: usize = 4;

/// The numbers of a public key, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// Modulus and exponent, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// An uncompressed point without its leading 4: both coordinates, padded to the size of the field.
    Ec {
        curve: Curve,
        x: Vec<u8>,
        y: Vec<u8>,
    },
    /// RFC 8032 §5.1.2.
    Ed25519 { x: [u8; 32] },
}

/// A curve of ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
}

/// Why a key is not used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRefused {
    /// Not a key, or not written as one.
    #[error("it is not a well-formed key")]
    Malformed,
    /// Something else than a public key in PEM form: a certificate, say.
    #[error(
        "it is no public key in PEM form: write one that begins with -----BEGIN PUBLIC KEY-----"
    )]
    NotPem,
    /// Which one of them is meant would be a guess.
    #[error("it holds more than one key: write each into a file of its own")]
    SeveralKeys,
    /// A secret where public keys belong.
    #[error("it is a symmetric key, which must never be published")]
    Symmetric,
    /// A secret that is shorter than the output of the hash it is for.
    #[error("it is a secret of {bytes} bytes and its algorithm needs {needed}")]
    SecretTooShort {
        /// As it is.
        bytes: usize,
        /// As it has to be at least.
        needed: usize,
    },
    /// Whoever reads it can sign.
    #[error("it holds the private half, which must never be published: replace the key")]
    PrivateHalf,
    /// `use` or `key_ops` say so.
    #[error("it is not meant for signatures")]
    NotForSignatures,
    /// A type, curve or algorithm that is not known here, or that does not fit the key.
    #[error("its type or algorithm is not one that is accepted here")]
    UnknownAlgorithm,
    /// Fewer than 2048 bits.
    #[error("it is an RSA key of {0} bits and needs {MIN_RSA_BITS}")]
    RsaTooShort(usize),
    /// More than 8192 bits.
    #[error("it is an RSA key of {0} bits and may have {MAX_RSA_BITS}")]
    RsaTooLong(usize),
    /// With 1 anybody can sign.
    #[error("its RSA exponent is 1, even or beyond 32 bits")]
    BadExponent,
    /// Signatures of a point of small order are good for anything.
    #[error("it is not a point on its curve, or one of small order")]
    BadPoint,
}

impl Curve {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "P-256" => Some(Self::P256),
            "P-384" => Some(Self::P384),
            _ => None,
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    fn algorithm(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_FIXED,
            Self::P384 => &ECDSA_P384_SHA384_FIXED,
        }
    }
}

impl PublicKey {
    pub(crate) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyRefused> {
        let (n, e) = (without_zeros(n), without_zeros(e));
        let first = n.first().ok_or(KeyRefused::Malformed)?;
        let bits = n.len() * 8 - first.leading_zeros() as usize;
        if bits < MIN_RSA_BITS {
            return Err(KeyRefused::RsaTooShort(bits));
        }
        if bits > MAX_RSA_BITS {
            return Err(KeyRefused::RsaTooLong(bits));
        }
        let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
        if !odd(e) || e == [1] || e.len() > MAX_EXPONENT_BYTES {
            return Err(KeyRefused::BadExponent);
        }
        if !odd(n) {
            return Err(KeyRefused::Malformed);
        }
        Ok(Self::Rsa {
            n: n.to_vec(),
            e: e.to_vec(),
        })
    }

    pub(crate) fn ec(curve: Curve, x: Vec<u8>, y: Vec<u8>) -> Result<Self, KeyRefused> {
        // RFC 7518 §6.2.1.2: exactly the size of the field.
        if x.len() != curve.bytes() || y.len() != curve.bytes() {
            return Err(KeyRefused::Malformed);
        }
        ParsedPublicKey::new(curve.algorithm(), point(&x, &y)).map_err(|_| KeyRefused::BadPoint)?;
        Ok(Self::Ec { curve, x, y })
    }

    pub(crate) fn ed25519(x: &[u8]) -> Result<Self, KeyRefused> {
        let x: [u8; 32] = x.try_into().map_err(|_| KeyRefused::Malformed)?;
        let mut y = x;
        // The highest bit is the sign of the other coordinate.
        y[31] &= 0x7f;
        if SMALL_ORDER.contains(&y) {
            return Err(KeyRefused::BadPoint);
        }
        Ok(Self::Ed25519 { x })
    }

    /// What it verifies unless its owner says otherwise.
    pub(crate) fn usual_algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::RS256,
            Self::Ec { curve, .. } => match curve {
                Curve::P256 => Algorithm::ES256,
                Curve::P384 => Algorithm::ES384,
            },
            Self::Ed25519 { .. } => Algorithm::EdDSA,
        }
    }

    /// Whether this algorithm is one for such keys.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa { .. } => matches!(
                algorithm,
                Algorithm::RS256
                    | Algorithm::RS384
                    | Algorithm::RS512
                    | Algorithm::PS256
                    | Algorithm::PS384
                    | Algorithm::PS512
            ),
            _ => algorithm == self.usual_algorithm(),
        }
    }

    /// Its thumbprint: SHA-256 of its required members in lexicographic order, in base64url (RFC 7638
    /// §3, RFC 8037 §2).
    pub(crate) fn thumbprint(&self) -> KeyId {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let members = match self {
            Self::Rsa { n, e } => json!({"e": encode(e), "kty": "RSA", "n": encode(n)}),
            Self::Ec { curve, x, y } => {
                json!({"crv": curve.name(), "kty": "EC", "x": encode(x), "y": encode(y)})
            }
            Self::Ed25519 { x } => json!({"crv": "Ed25519", "kty": "OKP", "x": encode(x)}),
        };
        KeyId(encode(
            digest(&SHA256, members.to_string().as_bytes()).as_ref(),
        ))
    }

    pub(crate) fn verifying_key(self, kid: Option<KeyId>, algorithm: Algorithm) -> VerifyingKey {
        let key = match &self {
            Self::Rsa { n, e } => DecodingKey::from_rsa_raw_components(n, e),
            Self::Ec { x, y, .. } => DecodingKey::from_ec_der(&point(x, y)),
            Self::Ed25519 { x } => DecodingKey::from_ed_der(x),
        };
        VerifyingKey {
            kid: kid.unwrap_or_else(|| self.thumbprint()),
            algorithm,
            key,
            public: Some(self.into()),
        }
    }
}

/// SEC 1 §2.3.3, uncompressed.
fn point(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[4], x, y].concat()
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    &number[zeros..]
}

/// The encodings of the points whose order divides 8, without the sign: with one of them as a key,
/// signatures are easily made.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    little_endian(1),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    // p - 1, p and p + 1 with p = 2^255 - 19.
    near_p(0xec),
    near_p(0xed),
    near_p(0xee),
];

const fn little_endian(number: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = number;
    bytes
}

const fn near_p(lowest: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = lowest;
    bytes[31] = 0x7f;
    bytes
}
