//! The numbers of public keys: their spelling, their size, and whether they are what they should be.

use tegata_token::{Algorithm, KeyRefused, VerifyingKey};

use crate::{
    forge::base64url,
    known_keys::{Jwk, ed25519, number, p256, public, rsa, with},
};

fn load(jwk: &Jwk) -> Result<Algorithm, KeyRefused> {
    VerifyingKey::from_jwk(jwk).map(|key| key.algorithm())
}

#[test]
fn numbers_have_one_spelling() {
    for (jwk, name) in [
        (public(rsa()), "n"),
        (public(rsa()), "e"),
        (public(p256()), "x"),
        (public(p256()), "y"),
        (public(ed25519()), "x"),
    ] {
        let good = jwk[name].as_str().unwrap().to_owned();
        let odd = [
            format!("{good}="),
            format!("{good}\n"),
            format!(" {good}"),
            format!("{good}+"),
            format!("{good}\0"),
            "!".to_owned(),
            "é".to_owned(),
        ];
        for text in odd {
            let found = load(&with(jwk.clone(), name, text.clone()));
            assert_eq!(found, Err(KeyRefused::Malformed), "{name}: {text:?}");
        }
    }
    // Bits that are left over at the end.
    let stray = with(
        public(ed25519()),
        "x",
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp",
    );
    assert_eq!(load(&stray), Err(KeyRefused::Malformed));
}

/// An odd modulus of so many bits.
fn modulus(bits: usize) -> Vec<u8> {
    let mut bytes = vec![0xa5; bits.div_ceil(8)];
    let unused = bytes.len() * 8 - bits;
    bytes[0] = 0xff >> unused;
    bytes
}

#[test]
fn an_rsa_key_has_2048_to_8192_bits() {
    let of = |bits| load(&with(public(rsa()), "n", base64url(modulus(bits))));
    for bits in [2048, 2049, 3072, 4096, 8192] {
        assert_eq!(of(bits), Ok(Algorithm::RS256), "{bits}");
    }
    for bits in [8, 512, 1024, 2040, 2047] {
        assert_eq!(of(bits), Err(KeyRefused::RsaTooShort(bits)));
    }
    for bits in [8193, 16_384, 4_000_000] {
        assert_eq!(of(bits), Err(KeyRefused::RsaTooLong(bits)));
    }
    for empty in [&[][..], &[0], &[0; 256]] {
        let found = load(&with(public(rsa()), "n", base64url(empty)));
        assert_eq!(found, Err(KeyRefused::Malformed));
    }
    let mut even = modulus(2048);
    even[255] = 0xa4;
    let found = load(&with(public(rsa()), "n", base64url(even)));
    assert_eq!(found, Err(KeyRefused::Malformed));
}

/// Some libraries write one; the key is the same, and its name too.
#[test]
fn leading_zeros_of_a_modulus_do_not_count() {
    let good = public(rsa());
    let n = [&[0][..], &number(&good, "n")].concat();
    let zeros = with(good.clone(), "n", base64url(n));
    let name = |jwk: &Jwk| VerifyingKey::from_jwk(jwk).unwrap().kid().clone();
    assert_eq!(name(&zeros), name(&good));
    // They make no short key longer.
    let short = [vec![0; 128], modulus(1024)].concat();
    let found = load(&with(good, "n", base64url(short)));
    assert_eq!(found, Err(KeyRefused::RsaTooShort(1024)));
}

/// With the exponent 1 a signature is what it should be the signature of.
#[test]
fn an_rsa_exponent_is_odd_and_not_one() {
    let of = |bytes: &[u8]| load(&with(public(rsa()), "e", base64url(bytes)));
    for good in [
        &[3][..],
        &[1, 0, 1],
        &[0, 1, 0, 1],
        &[0xff, 0xff, 0xff, 0xff],
    ] {
        assert_eq!(of(good), Ok(Algorithm::RS256), "{good:?}");
    }
    for bad in [
        &[][..],
        &[0],
        &[1],
        &[0, 0, 1],
        &[2],
        &[1, 0, 0],
        &[1, 0, 0, 0, 1],
        &[0xff; 256],
    ] {
        assert_eq!(of(bad), Err(KeyRefused::BadExponent), "{bad:?}");
    }
}

#[test]
fn a_point_is_on_its_curve() {
    let good = public(p256());
    let (x, y) = (number(&good, "x"), number(&good, "y"));
    let of = |x: &[u8], y: &[u8]| {
        let jwk = with(good.clone(), "x", base64url(x));
        load(&with(jwk, "y", base64url(y)))
    };
    assert_eq!(of(&x, &y), Ok(Algorithm::ES256));
    let bit = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[31] ^= 1;
        bytes
    };
    // p, which is 0 once more; and with x = 0 there is a point.
    let mut p = [0xff; 32];
    p[4..8].fill(0);
    p[8..20].fill(0);
    p[7] = 1;
    let over_zero = [
        0x66, 0x48, 0x5c, 0x78, 0x0e, 0x2f, 0x83, 0xd7, 0x24, 0x33, 0xbd, 0x5d, 0x84, 0xa0, 0x6b,
        0xb6, 0x54, 0x1c, 0x2a, 0xf3, 0x1d, 0xae, 0x87, 0x17, 0x28, 0xbf, 0x85, 0x6a, 0x17, 0x4f,
        0x93, 0xf4,
    ];
    assert_eq!(of(&[0; 32], &over_zero), Ok(Algorithm::ES256));
    for (x, y) in [
        (&bit(&x)[..], &y[..]),
        (&x, &bit(&y)),
        (&y, &x),
        (&x, &x),
        (&[0; 32], &[0; 32]),
        (&[0xff; 32], &[0xff; 32]),
        (&p, &over_zero),
        (&p, &p),
    ] {
        assert_eq!(of(x, y), Err(KeyRefused::BadPoint), "{x:02x?} {y:02x?}");
    }
    for (x, y) in [
        (&x[1..], &y[..]),
        (&x, &y[..31]),
        (&[&[0], &x[..]].concat(), &y),
        (&x, &[&y[..], &[0]].concat()),
        (&[], &[]),
        (&[&[4], &x[..], &y].concat(), &y),
        // The length of P-384, which then has to be named.
        (&[&[0; 16], &x[..]].concat(), &[&[0; 16], &y[..]].concat()),
    ] {
        assert_eq!(of(x, y), Err(KeyRefused::Malformed), "{x:02x?} {y:02x?}");
    }
    let of_another = with(good.clone(), "crv", "P-384");
    assert_eq!(load(&of_another), Err(KeyRefused::Malformed));
    let long = |bytes: &[u8]| base64url([&[0; 16], bytes].concat());
    let of_another = with(with(of_another, "x", long(&x)), "y", long(&y));
    assert_eq!(load(&of_another), Err(KeyRefused::BadPoint));
}

#[test]
fn an_ed25519_key_has_32_bytes() {
    let good = public(ed25519());
    let x = number(&good, "x");
    for wrong in [
        &[][..],
        &x[..31],
        &[&x[..], &[0]].concat(),
        &x.repeat(2),
        // As it stands in a PEM file.
        &[&b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"[..], &x].concat(),
    ] {
        let found = load(&with(good.clone(), "x", base64url(wrong)));
        assert_eq!(found, Err(KeyRefused::Malformed), "{wrong:02x?}");
    }
}
