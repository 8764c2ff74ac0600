//! JSON as nobody should send it, for property tests.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use proptest::{prelude::*, strategy::Union};
use serde_json::Value;

use crate::forge::base64url;

/// JSON of any shape; its names are those that are read here more often than not.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    let names = Union::new(
        [
            "alg", "typ", "kid", "crit", "b64", "sub", "exp", "aud", "roles", "keys", "kty", "crv",
            "n", "e", "x", "y", "d", "use", "key_ops", "identity",
        ]
        .map(|name| Just(name.to_owned()).boxed())
        .into_iter()
        .chain([any::<String>().boxed()]),
    );
    let known = prop::sample::select(vec![
        "HS256", "RS256", "ES256", "EdDSA", "none", "at+jwt", "RSA", "EC", "OKP", "oct", "P-256",
        "P-384", "Ed25519", "sig", "verify", "AQAB", "AAAA",
    ]);
    let leaves = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        known.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..100).prop_map(|bytes| base64url(bytes).into()),
    ];
    leaves.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// With some members of a good document replaced or added.
pub(crate) fn altered(good: Value) -> impl Strategy<Value = Value> {
    prop::collection::vec((any::<prop::sample::Index>(), values()), 1..4).prop_map(move |changes| {
        let mut members = good.as_object().unwrap().clone();
        for (place, value) in changes {
            let names: Vec<String> = members.keys().cloned().collect();
            members.insert(names[place.index(names.len())].clone(), value);
        }
        Value::Object(members)
    })
}
