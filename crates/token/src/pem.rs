//! The PEM form of keys (RFC 7468), as OpenSSL writes it.

use ::pem::{EncodeConfig, LineEnding};
use aws_lc_rs::{rsa, signature::RsaPublicKeyComponents};
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

/// It is not one block that can be read.
pub(crate) enum NotOneBlock {
    None,
    Several,
    Encrypted,
}

/// The only block of a text. Which one of several is meant would be a guess.
pub(crate) fn parse(text: &str) -> Result<Pem, NotOneBlock> {
    let blocks = ::pem::parse_many(text).map_err(|_| NotOneBlock::None)?;
    // `openssl ecparam -genkey` writes one before the key, which names its curve itself.
    let mut keys = blocks
        .into_iter()
        .filter(|block| block.tag() != "EC PARAMETERS");
    let (block, other) = (keys.next().ok_or(NotOneBlock::None)?, keys.next());
    if other.is_some() {
        return Err(NotOneBlock::Several);
    }
    // RFC 1421 §4.6.1.1, as OpenSSL encrypts the older forms.
    let old_style = block.headers().get("Proc-Type").is_some();
    if old_style || block.tag() == "ENCRYPTED PRIVATE KEY" {
        return Err(NotOneBlock::Encrypted);
    }
    Ok(Pem {
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
    /// Reads a public key in PEM form (`-----BEGIN PUBLIC KEY-----`, one of them), for RS256, ES256, ES384
    /// or EdDSA by its type. Its name is its thumbprint (RFC 7638).
    ///
    /// # Errors
    /// [`KeyRefused`]
    pub fn from_pem(text: &str) -> Result<Self, KeyRefused> {
        use secrecy::ExposeSecret;
        let Pem { tag, der } = parse(text).map_err(|cause| match cause {
            NotOneBlock::None => KeyRefused::NotPem,
            NotOneBlock::Several => KeyRefused::SeveralKeys,
            NotOneBlock::Encrypted => KeyRefused::PrivateHalf,
        })?;
        let der = der.expose_secret();
        let public = match tag.as_str() {
            "PUBLIC KEY" => public_key(der)?,
            "RSA PUBLIC KEY" => rsa(der)?,
            _ if tag.ends_with("PRIVATE KEY") => return Err(KeyRefused::PrivateHalf),
            _ => return Err(KeyRefused::NotPem),
        };
        let algorithm = public.usual_algorithm();
        Ok(public.verifying_key(None, algorithm))
    }
}

/// What stands before the point in a `SubjectPublicKeyInfo` in DER (RFC 5480 §2, RFC 8410 §4): its one
/// spelling for each type, so that no parser of nested structures is needed.
const ED25519: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
const P256: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
    \x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04";
const P384: &[u8] = b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
    \x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00\x04";

/// `rsaEncryption`; a key that is for PSS only says `id-RSASSA-PSS` there (RFC 4055 §1.2).
const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";

fn public_key(der: &[u8]) -> Result<PublicKey, KeyRefused> {
    if let Some(point) = der.strip_prefix(ED25519) {
        return PublicKey::ed25519(point);
    }
    for (prefix, curve) in [(P256, Curve::P256), (P384, Curve::P384)] {
        if let Some(coordinates) = der.strip_prefix(prefix) {
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            return PublicKey::ec(curve, x.to_vec(), y.to_vec());
        }
    }
    match der {
        // The length before it takes one byte or two.
        [0x30, 0x82, _, _, info @ ..] | [0x30, 0x81, _, info @ ..] if info.starts_with(RSA) => {
            rsa(der)
        }
        _ => Err(KeyRefused::UnknownAlgorithm),
    }
}

/// `SubjectPublicKeyInfo` or PKCS #1.
fn rsa(der: &[u8]) -> Result<PublicKey, KeyRefused> {
    let key = rsa::PublicKey::from_der(der).map_err(|_| KeyRefused::UnknownAlgorithm)?;
    let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(&key);
    PublicKey::rsa(&n, &e)
}
