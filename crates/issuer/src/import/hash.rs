//! What other programs keep where a password's hash belongs: bcrypt in the spellings of Python, PHP and
//! Django, or something else, which is named and never shown.

use thiserror::Error;

use crate::password::{MAX_COST, PasswordHash};

/// Where in a hash the last letter of the salt is. Only its two upper bits belong to the salt.
const END_OF_SALT: usize = 28;
/// bcrypt's alphabet, in the order of its values.
const ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Why it is no hash that a login could be checked against.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadHash {
    /// It begins as bcrypt and goes on as none.
    #[error("the bcrypt hash is cut short or damaged: it should have 60 characters")]
    Damaged,
    /// It would hold a core for long at every login.
    #[error("the bcrypt hash has a cost of {0}, and at most {MAX_COST} is taken")]
    TooDear(u32),
    /// Something else, named as well as can be told.
    #[error("{0}, and only bcrypt ($2a$, $2b$, $2y$) can be imported")]
    Foreign(&'static str),
}

/// Reads a hash as passlib, Flask-Bcrypt, PHP or Django wrote it.
///
/// # Errors
/// It is no bcrypt hash, or one that no login could use.
pub(super) fn parse(text: &str) -> Result<PasswordHash, BadHash> {
    let plain = without_wrapping(text);
    if ["$2a$", "$2b$", "$2y$"]
        .iter()
        .any(|version| plain.starts_with(version))
    {
        bcrypt(plain)
    } else {
        Err(BadHash::Foreign(kind(plain)))
    }
}

/// `b'…'` is how Python prints bytes, `bcrypt$…` how Django marks its plain bcrypt.
fn without_wrapping(text: &str) -> &str {
    let printed = ["b'", "b\""].iter().find_map(|open| {
        let close = &open[1..];
        text.strip_prefix(open)?.strip_suffix(close)
    });
    let text = printed.unwrap_or(text);
    match text.strip_prefix("bcrypt$") {
        Some(rest) if rest.starts_with("$2") => rest,
        _ => text,
    }
}

fn bcrypt(text: &str) -> Result<PasswordHash, BadHash> {
    let cost = text.get(4..6).ok_or(BadHash::Damaged)?;
    if !cost.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(BadHash::Damaged);
    }
    let hash = PasswordHash::from_stored(with_tidy_salt(text));
    match hash.cost() {
        Some(cost) if cost > MAX_COST => Err(BadHash::TooDear(cost)),
        Some(_) => Ok(hash),
        None => Err(BadHash::Damaged),
    }
}

/// Some makers (passlib before 1.4) left noise in the bits of the salt's last letter that are not part of
/// it. Every bcrypt ignores them, but the reader of a hash here does not take them.
fn with_tidy_salt(text: &str) -> String {
    let value = |letter: u8| ALPHABET.iter().position(|known| *known == letter);
    let mut letters = text.as_bytes().to_vec();
    if let Some(last) = letters.get_mut(END_OF_SALT)
        && let Some(value) = value(*last)
    {
        *last = ALPHABET[value & 0b11_0000];
    }
    String::from_utf8(letters).unwrap_or_else(|_| text.to_owned())
}

fn kind(text: &str) -> &'static str {
    const KNOWN: [(&str, &str); 23] = [
        ("$2x$", "the hash is of a bcrypt with a known fault ($2x$)"),
        ("$2$", "the hash is of an old bcrypt ($2$)"),
        ("$wp$", "the hash is WordPress' bcrypt over SHA-384"),
        ("bcrypt_sha256$", "the hash is Django's bcrypt over SHA-256"),
        (
            "$bcrypt-sha256$",
            "the hash is passlib's bcrypt over SHA-256",
        ),
        ("$argon2", "the hash is Argon2"),
        ("argon2", "the hash is Argon2"),
        ("pbkdf2", "the hash is PBKDF2"),
        ("$pbkdf2", "the hash is PBKDF2"),
        ("scrypt", "the hash is scrypt"),
        ("$scrypt", "the hash is scrypt"),
        ("$7$", "the hash is scrypt"),
        ("$1$", "the hash is MD5-crypt"),
        ("$apr1$", "the hash is MD5-crypt"),
        ("$5$", "the hash is SHA-crypt"),
        ("$6$", "the hash is SHA-crypt"),
        ("$y$", "the hash is yescrypt"),
        ("$P$", "the hash is phpass"),
        ("$H$", "the hash is phpass"),
        ("{", "the hash is of an LDAP scheme"),
        (
            "\\x",
            "the hash is bytes in hex (a PostgreSQL bytea column)",
        ),
        ("!", "the account is marked to have no password"),
        ("*", "the account is marked to have no password"),
    ];
    let digest = [32, 40, 56, 64, 96, 128].contains(&text.len())
        && text.bytes().all(|letter| letter.is_ascii_hexdigit());
    if digest {
        return "the hash is a bare digest such as MD5 or SHA";
    }
    let known = KNOWN.iter().find(|(start, _)| text.starts_with(start));
    known.map_or(
        "the password hash is none that is known (is it a password in plain text?)",
        |(_, kind)| kind,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // Python's bcrypt 4, at cost 4.
    const HASH: &str = "$2b$04$qs2Zyl/YBBc/eEc/FmPdy.uTCtZSxm3mqfLo5VHzTJ2nozRMM48.W";

    fn opens(text: &str) -> bool {
        let hash = parse(text).unwrap();
        bcrypt::verify("correct horse battery", hash.as_stored()).is_ok_and(|fits| fits)
    }

    #[test]
    fn the_spellings_of_bcrypt_are_read() {
        assert!(opens(HASH));
        assert!(opens(&HASH.replace("$2b$", "$2a$")));
        assert!(opens(&HASH.replace("$2b$", "$2y$")));
        assert!(opens(&format!("b'{HASH}'")), "Python's bytes, printed");
        assert!(opens(&format!("b\"{HASH}\"")));
        assert!(opens(&format!("bcrypt${HASH}")), "Django");
    }

    #[test]
    fn noise_in_the_unused_bits_of_a_salt_locks_nobody_out() {
        assert_eq!(&HASH[END_OF_SALT..=END_OF_SALT], ".");
        let noisy = format!("{}C{}", &HASH[..END_OF_SALT], &HASH[END_OF_SALT + 1..]);
        assert!(
            PasswordHash::from_stored(noisy.clone()).cost().is_none(),
            "or the tidying could go"
        );
        assert!(opens(&noisy));
    }

    #[test]
    fn a_broken_hash_is_told_from_a_foreign_one() {
        for broken in [
            &HASH[..59],
            &format!("{HASH}x"),
            "$2b$",
            "$2b$xx$",
            &HASH.replace("$04$", "$+4$"),
            &HASH.replace("$04$", "$03$"),
            &HASH.replace("$04$", "$32$"),
            &HASH.replace("qs2", "q*2"),
            &HASH.replace("qs2", "q\u{e9}2"),
            &format!("b'{HASH}"),
        ] {
            let expected = if broken.starts_with('b') {
                BadHash::Foreign(
                    "the password hash is none that is known (is it a password in plain text?)",
                )
            } else {
                BadHash::Damaged
            };
            assert_eq!(parse(broken), Err(expected), "{broken}");
        }
        assert_eq!(
            parse(&HASH.replace("$04$", "$17$")),
            Err(BadHash::TooDear(17))
        );
        assert!(parse(&HASH.replace("$04$", "$16$")).is_ok());
    }

    #[test]
    fn other_hashes_are_named_and_never_shown() {
        for (text, name) in [
            ("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "Argon2"),
            ("argon2$argon2id$v=19$m=102400$c2FsdA$aGFzaA", "Argon2"),
            ("pbkdf2:sha256:260000$salt$0123abcd", "PBKDF2"),
            ("pbkdf2_sha256$600000$salt$aGFzaA=", "PBKDF2"),
            ("scrypt:32768:8:1$salt$0123abcd", "scrypt"),
            (
                "bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv",
                "over SHA-256",
            ),
            (
                "$bcrypt-sha256$v=2,t=2b,r=12$abcdefgh$ijklm",
                "over SHA-256",
            ),
            ("$2x$05$abcdefghijklmnopqrstuv", "$2x$"),
            ("$6$salt$aGFzaGhhc2g", "SHA-crypt"),
            ("5f4dcc3b5aa765d61d8327deb882cf99", "digest"),
            ("!Tz8cf2YJqD", "no password"),
            ("\\x243262243132", "bytea"),
            ("open sesame", "plain text"),
        ] {
            let reason = parse(text).unwrap_err().to_string();
            assert!(reason.contains(name), "{reason}");
            assert!(!reason.contains(&text[text.len() - 6..]), "{reason}");
        }
    }
}
