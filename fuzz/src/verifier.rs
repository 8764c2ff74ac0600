//! The verifier takes what the secret signed, by its rules, and nothing else.

use crate::forge::{GROUND, NOW, is_ours, now, part, token};

/// See the module.
pub fn verifier(data: &[u8]) {
    let (ground, token) = (&*GROUND, token(data));
    let found = ground.verifier.verify(&token, &ground.keys, now());
    assert_eq!(
        found,
        ground.verifier.verify(&token, &ground.keys, now()),
        "twice: {token}"
    );
    let Ok(claims) = found else { return };

    assert!(is_ours(&token), "taken, and not ours: {token}");
    let (header, payload) = (part(&token, 0), part(&token, 1));
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&"HS256".into(), &"at+jwt".into()),
        "{token}"
    );
    assert_eq!(
        payload["sub"].as_str(),
        Some(claims.sub.as_str()),
        "{token}"
    );
    assert!(claims.exp > NOW - 10, "expired, and taken: {token}");
    for later in [claims.nbf, claims.iat].into_iter().flatten() {
        assert!(later <= NOW + 10, "of the future, and taken: {token}");
    }
    assert_eq!(claims.iss.as_deref(), ground.verifier.issuer(), "{token}");
}
