//! Other people's libraries and ours, both ways: they verify our tokens, we verify theirs.
//!
//! One program for each language is started once. It reads a JSON list of cases: `library`, `algorithm`, `key`
//! (the secret as text, or a key pair's half: the public one as JWK, the private one as PEM), and either `token`,
//! to be verified with ten seconds of leeway, or `claims` and `header`, to be signed. It writes a list of as many
//! answers: `{"sub"}` of a good token, `{"refused": "expired" | "invalid", "why"}`, or `{"token"}`.

mod ours;
mod speaker;
mod theirs;

use tegata_guard::token::Algorithm::{
    self, ES256, EdDSA, HS256, PS256, PS384, PS512, RS256, RS384, RS512,
};

use self::speaker::{Keys, Language};

/// What everybody has.
const USUAL: &[Algorithm] = &[HS256, RS256, RS384, RS512, ES256];
const ALL: &[Algorithm] = &[
    HS256, RS256, RS384, RS512, PS256, PS384, PS512, ES256, EdDSA,
];
const NO_EDDSA: &[Algorithm] = &[HS256, RS256, RS384, RS512, PS256, PS384, PS512, ES256];

/// The libraries, with the algorithms that each has.
const LIBRARIES: [(Language, &str, &[Algorithm]); 10] = [
    (Language::Python, "PyJWT", ALL),
    (Language::Python, "python-jose", USUAL),
    (Language::Python, "Authlib", ALL),
    (Language::Python, "joserfc", ALL),
    (Language::Python, "Flask-JWT-Extended", ALL),
    (Language::JavaScript, "jose", ALL),
    (Language::JavaScript, "jsonwebtoken", NO_EDDSA),
    (Language::Go, "golang-jwt", ALL),
    (Language::Ruby, "ruby-jwt", NO_EDDSA),
    (Language::Perl, "Crypt::JWT", ALL),
];

/// The keys that both sides know, and somebody else's.
fn keys() -> (Keys, Keys) {
    (
        Keys::with_secret("the secret that two libraries have in common"),
        Keys::with_secret("the secret of somebody else altogether"),
    )
}
