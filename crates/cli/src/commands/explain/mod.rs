//! `tegata explain`: why a token is good or not, check by check, as the verifier judges it. Prints what the token
//! says, and never its signature.

mod input;
mod keys;
mod near_miss;
mod report;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tegata_token::{Algorithm, Clock, Explanation, Reason, SystemClock, Verifier};
use url::Url;

use self::keys::Wanted;
use crate::{
    Failure,
    settings::shared::{LogFormat, LogLevel, LogSettings, http_url, not_empty},
    telemetry,
};

/// The algorithm without key pairs.
const SHARED_SECRET: &str = "HS256";
/// For the end of `--help`.
pub(super) const HELP: &str = "\
Without options the token is judged as this service would judge it: by SECRET_KEY, ISSUER and AUDIENCE of the
environment or .env. Standard input is the better place for it: an argument shows in `ps` and stays in the shell's
history. Exit code: 0 good, 1 refused, 2 it could not be judged.

  tegata explain < token.txt
  tegata explain --jwks https://example.eu.auth0.com/.well-known/jwks.json --dialect jwt \\
      --issuer https://example.eu.auth0.com/ --audience my-api -";

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The token, or - to read it from standard input [default: -]
    #[arg(value_name = "TOKEN")]
    token: Vec<String>,

    /// The `iss` that is wanted [default: ISSUER_PUBLIC_URL; with --jwks any]
    #[arg(long, env = "ISSUER", value_name = "TEXT", value_parser = not_empty)]
    issuer: Option<String>,

    /// Where other services reach the issuer
    #[arg(long, env = "ISSUER_PUBLIC_URL", value_name = "URL", value_parser = http_url, hide = true,
          default_value = "http://127.0.0.1:8000")]
    issuer_public_url: Url,

    /// How the issuer signs; with key pairs the keys are those that it publishes
    #[arg(long, env = "ALGORITHM", value_name = "NAME", hide = true, default_value = SHARED_SECRET)]
    algorithm: String,

    /// Where the issuer answers [default: ISSUER_PUBLIC_URL]
    #[arg(long, env = "ISSUER_URL", value_name = "URL", value_parser = http_url, hide = true)]
    issuer_url: Option<Url>,

    /// The `aud` that is wanted [default: any]
    #[arg(long, env = "AUDIENCE", value_name = "TEXT", value_parser = not_empty)]
    audience: Option<String>,

    /// Judge by this key set, and not by SECRET_KEY
    #[arg(long, value_name = "URL|FILE", value_parser = not_empty)]
    jwks: Option<String>,

    /// Whose rules: Tegata's own; those of other JWTs (any type of JWT, `kid` may be missing); those of Flask-JWT
    #[arg(long, value_enum, default_value = "tegata")]
    dialect: Dialect,

    /// The `typ` that is wanted; several times for several, `none` for none
    #[arg(long, value_name = "TYPE", value_parser = not_empty)]
    typ: Vec<String>,

    /// Write one JSON object
    #[arg(long)]
    json: bool,

    /// Where the secret is kept when the environment names none
    #[arg(
        long,
        env = "DATA_DIR",
        value_name = "FOLDER",
        default_value = "./data"
    )]
    data_dir: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Dialect {
    Tegata,
    Jwt,
    FlaskJwt,
}

/// With other keys it may be good.
fn is_about_keys(explanation: &Explanation) -> bool {
    let header = explanation.header.as_ref();
    let algorithm = header.and_then(|header| header.get("alg")?.as_str());
    algorithm.and_then(Algorithm::parse).is_some()
        && matches!(
            explanation.verdict,
            Err(Reason::AlgorithmNotAllowed
                | Reason::KeyMismatch
                | Reason::KeyUnknown
                | Reason::BadSignature)
        )
}

impl Explain {
    pub(super) async fn run(self) -> Result<(), Failure> {
        telemetry::start(&LogSettings {
            log: LogLevel::Warn,
            log_format: LogFormat::Text,
        });
        let token = input::token(&self.token)?;
        let wanted = match &self.jwks {
            Some(place) => keys::of_set(place).await?,
            None if self.algorithm == SHARED_SECRET => keys::of_this_service(&self.data_dir),
            None => {
                let issuer = self.issuer_url.as_ref().unwrap_or(&self.issuer_public_url);
                keys::of_this_service_with_pairs(&self.data_dir, issuer).await
            }
        };
        let verifier = self.verifier();
        let Wanted {
            ring,
            mut notes,
            secrets,
            incomplete,
        } = wanted;
        let explanation = verifier.explain(&token, &ring, SystemClock.now());
        if !explanation.proven {
            notes.extend(near_miss::of(&token, &secrets));
        }
        let open = incomplete && is_about_keys(&explanation);
        report::print(&explanation, open, &notes, self.json)?;
        match explanation.verdict {
            Ok(_) => Ok(()),
            Err(_) if open => Err(Failure::usage(
                "the token cannot be judged: keys are missing, see the note",
            )),
            Err(reason) => Err(format!("the token is refused: {}", reason.code()).into()),
        }
    }

    fn verifier(&self) -> Verifier {
        let mut verifier = match self.dialect {
            Dialect::Tegata => Verifier::new(),
            Dialect::Jwt => Verifier::new()
                .with_types(&["JWT", "at+jwt"], true)
                .without_key_id(),
            Dialect::FlaskJwt => Verifier::new()
                .with_types(&["JWT"], true)
                .without_key_id()
                .with_subject_claim("identity")
                .with_required_claims(&["exp", "iat", "nbf"])
                .with_inclusive_leeway(),
        };
        if !self.typ.is_empty() {
            let is_none = |typ: &&str| typ.eq_ignore_ascii_case("none");
            let all = self.typ.iter().map(String::as_str);
            let types: Vec<&str> = all.clone().filter(|typ| !is_none(typ)).collect();
            verifier = verifier.with_types(&types, all.clone().any(|typ| is_none(&typ)));
        }
        let issuer = match (&self.issuer, &self.jwks) {
            (Some(issuer), _) => Some(issuer.clone()),
            (None, Some(_)) => None,
            (None, None) if self.dialect == Dialect::FlaskJwt => None,
            (None, None) => {
                let url = self.issuer_public_url.as_str();
                Some(url.trim_end_matches('/').to_owned())
            }
        };
        if let Some(issuer) = issuer {
            verifier = verifier.with_issuer(issuer);
        }
        match &self.audience {
            Some(audience) => verifier.with_audience(audience.clone()),
            None => verifier,
        }
    }
}
