//! Key files as the real OpenSSL writes them: which are read, which are refused, and why.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::{
    io::Write,
    process::{Command, Stdio},
};

use tegata_token::{
    Algorithm, BadKeyPair, Claims, KeyPair, KeyRefused, Keyring, Signer, Verifier, VerifyingKey,
};
use time::Duration;

use crate::forge::{NOW, at};

/// What `openssl` prints when it is given this.
pub(crate) fn openssl(arguments: &str, input: &str) -> String {
    let mut child = Command::new("openssl")
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments}");
    String::from_utf8(output.stdout).unwrap()
}

const RSA: &str = "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048";
const P256: &str = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256";
const ED25519: &str = "genpkey -algorithm ed25519";

fn made(arguments: &str) -> String {
    openssl(arguments, "")
}

fn public(private: &str) -> String {
    openssl("pkey -pubout", private)
}

fn pair(text: &str) -> Result<Algorithm, BadKeyPair> {
    KeyPair::from_pem(text).map(|pair| pair.algorithm())
}

fn key(text: &str) -> Result<Algorithm, KeyRefused> {
    VerifyingKey::from_pem(text).map(|key| key.algorithm())
}

/// The private file signs, the public file verifies, and both bear one name.
fn belong_together(private: &str, public: &str) {
    let (pair, key) = (
        KeyPair::from_pem(private).unwrap(),
        VerifyingKey::from_pem(public).unwrap(),
    );
    let claims = Claims::new("user-1", at(NOW), Duration::minutes(15));
    let token = Signer::new(pair.signing_key()).sign(&claims).unwrap();
    let keys = Keyring::new(None, vec![key]);
    assert!(Verifier::new().verify(&token, &keys, at(NOW)).is_ok());
}

#[test]
fn keys_of_the_three_kinds_are_read_in_every_form_openssl_has_for_them() {
    let rsa = made(RSA);
    let p256 = made(P256);
    let ed25519 = made(ED25519);
    for private in [&rsa, &p256, &ed25519] {
        belong_together(private, &public(private));
    }
    belong_together(&openssl("rsa -traditional", &rsa), &public(&rsa));
    belong_together(&rsa, &openssl("rsa -RSAPublicKey_out", &rsa));
    belong_together(&openssl("ec", &p256), &public(&p256));
    // The private half alone, without the public one inside of it.
    belong_together(&openssl("ec -no_public", &p256), &public(&p256));
    // With the block EC PARAMETERS before it.
    let old = made("ecparam -name prime256v1 -genkey");
    assert!(old.contains("EC PARAMETERS"));
    belong_together(&old, &public(&old));
}

#[test]
fn the_layout_of_a_file_does_not_matter() {
    let ed25519 = made(ED25519);
    let public = public(&ed25519);
    for layout in [
        |text: &str| text.replace('\n', "\r\n"),
        |text: &str| format!("\n\n{text}\n\n"),
        |text: &str| format!("\u{feff}{text}"),
        |text: &str| format!("Bag Attributes\n    friendlyName: signing\n{text}"),
        |text: &str| text.trim_end().to_owned(),
    ] {
        belong_together(&layout(&ed25519), &layout(&public));
    }
}

#[test]
fn larger_rsa_keys_are_read_and_shorter_ones_are_refused() {
    let large = made("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072");
    belong_together(&large, &public(&large));
    let short = made("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024");
    assert_eq!(pair(&short), Err(BadKeyPair::NotSupported));
    assert_eq!(key(&public(&short)), Err(KeyRefused::RsaTooShort(1024)));
    // A single bit less.
    let short = made("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2047");
    assert_eq!(pair(&short), Err(BadKeyPair::NotSupported));
    assert_eq!(key(&public(&short)), Err(KeyRefused::RsaTooShort(2047)));
}

#[test]
fn a_public_key_of_p384_verifies_and_its_private_half_signs_nothing_here() {
    let p384 = made("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384");
    assert_eq!(key(&public(&p384)), Ok(Algorithm::ES384));
    assert_eq!(pair(&p384), Err(BadKeyPair::NotSupported));
}

#[test]
fn other_kinds_of_keys_are_refused() {
    let dsa = made("dsaparam -genkey 1024");
    let (_, dsa) = dsa.split_once("-----END DSA PARAMETERS-----").unwrap();
    for private in [
        made("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521"),
        made("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1"),
        made("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-224"),
        made("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1"),
        made("genpkey -algorithm ed448"),
        made("genpkey -algorithm x25519"),
        openssl("pkcs8 -topk8 -nocrypt", dsa),
        made("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048"),
    ] {
        assert_eq!(pair(&private), Err(BadKeyPair::NotSupported), "{private}");
        let public = public(&private);
        assert_eq!(key(&public), Err(KeyRefused::UnknownAlgorithm), "{public}");
    }
    // P-256, but a point in short, or the curve written out by its numbers.
    let p256 = made(P256);
    for form in ["-conv_form compressed", "-param_enc explicit"] {
        let public = openssl(&format!("ec -pubout {form}"), &p256);
        assert_eq!(key(&public), Err(KeyRefused::UnknownAlgorithm), "{form}");
    }
}

#[test]
fn a_key_with_a_passphrase_is_told_from_no_key() {
    let rsa = made(RSA);
    for arguments in [
        "pkcs8 -topk8 -passout pass:opensesame",
        "rsa -traditional -aes128 -passout pass:opensesame",
        "pkey -aes256 -passout pass:opensesame",
    ] {
        let encrypted = openssl(arguments, &rsa);
        assert_eq!(pair(&encrypted), Err(BadKeyPair::Encrypted), "{arguments}");
        assert_eq!(key(&encrypted), Err(KeyRefused::PrivateHalf), "{arguments}");
    }
}

#[test]
fn what_is_no_key_says_what_to_write() {
    let p256 = made(P256);
    let certificate = openssl(
        "req -x509 -new -key /dev/stdin -subj /CN=test -days 1",
        &p256,
    );
    for text in [
        "",
        "x",
        &certificate,
        &openssl("req -new -key /dev/stdin -subj /CN=test", &p256),
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n",
        "-----BEGIN OPENSSH PRIVATE-----\nAAAA\n-----END OPENSSH PRIVATE-----\n",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@example",
        r#"{"kty":"OKP"}"#,
    ] {
        assert_eq!(pair(text), Err(BadKeyPair::NotPem), "{text}");
        assert_eq!(key(text), Err(KeyRefused::NotPem), "{text}");
    }
    assert_eq!(pair(&public(&p256)), Err(BadKeyPair::NotPem));
    assert_eq!(key(&p256), Err(KeyRefused::PrivateHalf));
    assert_eq!(key(&openssl("ec", &p256)), Err(KeyRefused::PrivateHalf));
    for message in [
        BadKeyPair::NotPem.to_string(),
        KeyRefused::NotPem.to_string(),
    ] {
        assert!(message.contains("-----BEGIN"), "{message}");
    }
}

#[test]
fn of_two_keys_in_a_file_none_is_chosen() {
    let (one, two) = (made(ED25519), made(ED25519));
    let both = format!("{one}{two}");
    assert_eq!(pair(&both), Err(BadKeyPair::SeveralKeys));
    assert_eq!(key(&both), Err(KeyRefused::SeveralKeys));
    let both = format!("{}{}", public(&one), public(&two));
    assert_eq!(key(&both), Err(KeyRefused::SeveralKeys));
    let with_public = format!("{one}{}", public(&one));
    assert_eq!(pair(&with_public), Err(BadKeyPair::SeveralKeys));
}

#[test]
fn a_damaged_key_is_refused() {
    for private in [made(RSA), made(P256), made(ED25519)] {
        let public = public(&private);
        let lines: Vec<&str> = public.lines().collect();
        // A line is missing, or is there twice.
        let cut = public.replace(&format!("{}\n", lines[1]), "");
        let doubled = public.replace(lines[1], &format!("{}\n{}", lines[1], lines[1]));
        for text in [cut, doubled] {
            assert!(key(&text).is_err(), "{text}");
        }
        let lines: Vec<&str> = private.lines().collect();
        let cut = private.replace(&format!("{}\n", lines[1]), "");
        assert!(pair(&cut).is_err(), "{cut}");
    }
}

/// A file in which one thing contains another 200 000 times over once brought the process down: the parser
/// called itself as often.
#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    for opening in [&b"\x30\x80"[..], b"\xa0\x80", b"\x30\x84\x7f\xff\xff\xff"] {
        let text = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            BASE64_STANDARD.encode(opening.repeat(200_000))
        );
        assert_eq!(key(&text), Err(KeyRefused::UnknownAlgorithm));
        let text = text.replace("PUBLIC", "PRIVATE");
        assert_eq!(pair(&text), Err(BadKeyPair::NotSupported));
    }
    let mut der: Vec<u8> = vec![5, 0];
    for _ in 0..20_000 {
        let length = u32::try_from(der.len()).unwrap().to_be_bytes();
        der = [&[0x30, 0x84], &length[..], &der].concat();
    }
    let text = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        BASE64_STANDARD.encode(der)
    );
    assert_eq!(key(&text), Err(KeyRefused::UnknownAlgorithm));
}
