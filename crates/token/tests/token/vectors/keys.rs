//! The vectors' own keys, as this crate reads them.

use serde_json::{Value, json};
use tegata_token::{Algorithm, HmacSecret, KeySet, Keyring, SecretError, VerifyingKey};

/// Long enough, however simple: some vectors have a key of zeros.
fn long_enough(text: &str) -> Result<HmacSecret, SecretError> {
    match HmacSecret::parse(text) {
        Err(SecretError::TooSimple | SecretError::Published) => HmacSecret::parse_insecure(text),
        other => other,
    }
}

/// Out of a JWK or a set of them: secrets from one of secrets only, otherwise the public keys. In a set of both
/// the secrets are left out, as from any key set.
pub(super) fn ring(keys: &Value) -> Keyring {
    let keys = match keys.get("keys") {
        Some(keys) => keys.as_array().unwrap().clone(),
        None => vec![keys.clone()],
    };
    let verifying = if keys.iter().all(|key| key["kty"] == "oct") {
        secrets(&keys)
    } else {
        let set = json!({ "keys": keys }).to_string();
        KeySet::parse(set.as_bytes()).unwrap().keys
    };
    Keyring::new(None, verifying)
}

/// The crate reads no secrets out of JWKs: this stands for a service that does. Of two with one name it takes
/// neither (RFC 7517 §4.5); a secret that Tegata itself holds is named by its fingerprint, and no two are alike.
fn secrets(keys: &[Value]) -> Vec<VerifyingKey> {
    let alike = |key: &Value| keys.iter().filter(|one| one["kid"] == key["kid"]).count() > 1;
    if keys.iter().any(alike) {
        return Vec::new();
    }
    keys.iter().filter_map(secret).collect()
}

/// A secret for signatures, if it is one.
pub(super) fn secret(key: &Value) -> Option<VerifyingKey> {
    let algorithm = Algorithm::parse(key["alg"].as_str()?)?;
    if key.get("use").is_some_and(|usage| usage != "sig") {
        return None;
    }
    let secret = long_enough(&format!("base64:{}", key["k"].as_str()?)).ok()?;
    let verifying = secret.verifying_key_for(algorithm).ok()?;
    Some(match key["kid"].as_str() {
        Some(kid) => verifying.with_kid(kid),
        None => verifying,
    })
}
