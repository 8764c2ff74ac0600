//! The keys that both sides know, and the programs that speak for the libraries of a language.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tegata_guard::token::{Algorithm, HmacSecret, KeyPair, SigningKey, VerifyingKey};

use crate::services;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    JavaScript,
    Go,
    Ruby,
    Perl,
}

pub(super) const LANGUAGES: [Language; 5] = [
    Language::Python,
    Language::JavaScript,
    Language::Go,
    Language::Ruby,
    Language::Perl,
];

impl Language {
    /// The answers to these cases, in their order.
    pub(super) fn answers(self, cases: &[Value]) -> Vec<Value> {
        let mut speaker = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = speaker.stdin.take().unwrap();
        // A speaker reads to the end before it says anything.
        stdin
            .write_all(json!(cases).to_string().as_bytes())
            .unwrap();
        drop(stdin);
        let output = speaker.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{self:?}: {said}");
        let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answers.len(), cases.len(), "{self:?}");
        answers
    }

    fn command(self) -> Command {
        let folder = folder();
        let script = |interpreter: &Path, name: &str| {
            let mut command = Command::new(interpreter);
            command.arg(folder.join(name));
            command
        };
        match self {
            Self::Python => script(services::python(), "speak.py"),
            Self::JavaScript => {
                let installed = services::install(&folder.join("node"), &["speak.js"]);
                let mut command = services::node();
                command.arg(installed.join("speak.js"));
                command
            }
            Self::Go => Command::new(services::gopath_build(&folder.join("go"))),
            Self::Ruby => script(Path::new("ruby"), "speak.rb"),
            Self::Perl => script(Path::new("perl"), "speak.pl"),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop")
}

/// A key of each kind: a secret, and three pairs.
pub(super) struct Keys {
    secret: &'static str,
    rsa: KeyPair,
    p256: KeyPair,
    ed25519: KeyPair,
}

impl Keys {
    /// A secret may be any; it is the pairs that are made.
    pub(super) fn with_secret(secret: &'static str) -> Self {
        Self {
            secret,
            rsa: KeyPair::generate(Algorithm::RS256).unwrap(),
            p256: KeyPair::generate(Algorithm::ES256).unwrap(),
            ed25519: KeyPair::generate(Algorithm::EdDSA).unwrap(),
        }
    }

    fn pair(&self, algorithm: Algorithm) -> Option<&KeyPair> {
        match algorithm {
            Algorithm::HS256 => None,
            Algorithm::ES256 => Some(&self.p256),
            Algorithm::EdDSA => Some(&self.ed25519),
            _ => Some(&self.rsa),
        }
    }

    /// Ours to sign with, where we mint with it.
    pub(super) fn signing(&self, algorithm: Algorithm) -> SigningKey {
        match self.pair(algorithm) {
            None => HmacSecret::parse(self.secret).unwrap().signing_key(),
            Some(pair) => pair.signing_key(),
        }
    }

    /// Ours to verify with: a public key goes through its published form.
    pub(super) fn verifying(&self, algorithm: Algorithm) -> VerifyingKey {
        match self.public(algorithm) {
            Value::Object(jwk) => VerifyingKey::from_jwk(&jwk).unwrap(),
            _ => HmacSecret::parse(self.secret).unwrap().verifying_key(),
        }
    }

    /// Theirs to verify with.
    pub(super) fn public(&self, algorithm: Algorithm) -> Value {
        let Some(pair) = self.pair(algorithm) else {
            return json!(self.secret);
        };
        let mut jwk = serde_json::to_value(pair.verifying_key().jwk().unwrap()).unwrap();
        jwk["alg"] = json!(algorithm.name());
        jwk
    }

    /// Theirs to sign with.
    pub(super) fn private(&self, algorithm: Algorithm) -> Value {
        match self.pair(algorithm) {
            None => json!(self.secret),
            Some(pair) => json!(pair.to_pem().expose_secret()),
        }
    }
}
