//! The PEM form of keys (RFC 7468).

use ::pem::{EncodeConfig, LineEnding};
use jsonwebtoken::{DecodingKey, jwk::Jwk};
use secrecy::{SecretSlice, SecretString};

use crate::{
    VerifyingKey,
    public_key::{Curve, KeyRefused, PublicKey},
};

/// One block: what it says it is, and its content.
pub(crate) struct Pem {
    pub(crate) tag: String,
    pub(crate) der: SecretSlice<u8>,
}

/// The first block of a text.
pub(crate) fn parse(text: &str) -> Option<Pem> {
    let block = ::pem::parse(text).ok()?;
    Some(Pem {
        tag: block.tag().to_owned(),
        der: block.into_contents().into(),
    })
}

pub(crate) fn encode(tag: &str, der: &SecretSlice<u8>) -> SecretString {
    use secrecy::ExposeSecret;
    let block = ::pem::Pem::new(tag, der.expose_secret());
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    ::pem::encode_config(&block, config).into()
}

impl VerifyingKey {
    /// Reads a public key in PEM form (`-----BEGIN PUBLIC KEY-----`), for RS256, ES256, ES384 or EdDSA by its
    /// type. Its name is its thumbprint (RFC 7638).
    ///
    /// # Errors
    /// [`KeyRefused`]
    pub fn from_pem(text: &str) -> Result<Self, KeyRefused> {
        let block = ::pem::parse(text).map_err(|_| KeyRefused::Malformed)?;
        match block.tag() {
            "PUBLIC KEY" | "RSA PUBLIC KEY" => {}
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                return Err(KeyRefused::PrivateHalf);
            }
            _ => return Err(KeyRefused::UnknownAlgorithm),
        }
        let text = text.as_bytes();
        let public = if let Ok(key) = DecodingKey::from_ed_pem(text) {
            PublicKey::ed25519(bytes(&key)?)?
        } else if let Ok(key) = DecodingKey::from_ec_pem(text) {
            ec(bytes(&key)?)?
        } else {
            let key = DecodingKey::from_rsa_pem(text).map_err(|_| KeyRefused::UnknownAlgorithm)?;
            let jwk = Jwk::from_decoding_key(&key, None).map_err(|_| KeyRefused::Malformed)?;
            PublicKey::of_jsonwebtoken(&jwk)?
        };
        let algorithm = public.usual_algorithm();
        Ok(public.verifying_key(None, algorithm))
    }
}

fn bytes(key: &DecodingKey) -> Result<&[u8], KeyRefused> {
    key.try_get_as_bytes().map_err(|_| KeyRefused::Malformed)
}

/// An uncompressed point (SEC 1 §2.3.3); its length tells the curve.
fn ec(point: &[u8]) -> Result<PublicKey, KeyRefused> {
    let curve = match point.len() {
        65 => Curve::P256,
        97 => Curve::P384,
        _ => return Err(KeyRefused::UnknownAlgorithm),
    };
    match point.split_first() {
        Some((4, coordinates)) => {
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            PublicKey::ec(curve, x.to_vec(), y.to_vec())
        }
        _ => Err(KeyRefused::Malformed),
    }
}
