//! Which keys a token is judged by: those of this service, or a key set.

use std::{path::Path, time::Duration};

use reqwest::{ClientBuilder, StatusCode};
use tegata_frontend::config::is_loopback;
use tegata_token::{HmacSecret, KeySet, Keyring, VerifyingKey};
use url::Url;

use crate::{
    Failure,
    commands::asking::{self, reason},
    settings::known_secrets::{self, KnownSecret},
};

/// For a whole answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// A set of a hundred keys is far smaller.
const MOST_BYTES: usize = 1024 * 1024;

/// What a token is judged by.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) ring: Keyring,
    /// What is to be known of them.
    pub(super) notes: Vec<String>,
    /// Those of this service, for a guess at what went wrong.
    pub(super) secrets: Vec<KnownSecret>,
    /// Some that should be here are not: what the rest does not verify may be good.
    pub(super) incomplete: bool,
}

/// Without any the token is explained all the same: its claims and times can be told.
pub(super) fn of_this_service(data_dir: &Path) -> Wanted {
    let mut notes = Vec::new();
    let known = known_secrets::look(data_dir).unwrap_or_else(|failure| {
        notes.push(failure.message);
        known_secrets::KnownSecrets::default()
    });
    if known.current.is_none() && notes.is_empty() {
        notes.push(
            "there is no SECRET_KEY here, so the signature cannot be checked: set it, or name a key set with --jwks"
                .to_owned(),
        );
    }
    let incomplete = known.current.is_none();
    let secrets = known.current.into_iter().chain(known.others).collect();
    judged_by(secrets, Vec::new(), notes, incomplete)
}

/// Where the issuer signs with key pairs: those that it publishes, and the previous secrets for the tokens of before.
/// The current one seals what the issuer keeps, and verifies nothing.
pub(super) async fn of_this_service_with_pairs(data_dir: &Path, issuer: &Url) -> Wanted {
    let mut notes = Vec::new();
    let known = known_secrets::look(data_dir).unwrap_or_else(|failure| {
        notes.push(failure.message);
        known_secrets::KnownSecrets::default()
    });
    let mut published = issuer.clone();
    published.set_path(&format!(
        "{}/.well-known/jwks.json",
        issuer.path().trim_end_matches('/')
    ));
    // As the services do: a proxy of the environment is for the world outside.
    let client = asking::client(TIME_LIMIT).no_proxy();
    let set = match get(published.clone(), client).await {
        Ok(bytes) => KeySet::parse(&bytes).map_err(|why| format!("it is no key set: {why}")),
        Err(why) => Err(why),
    };
    let incomplete = set.is_err();
    let pairs = set.map(|set| set.keys).unwrap_or_else(|why| {
        let at = published.origin().ascii_serialization();
        notes.push(format!(
            "the keys that the issuer at {at} publishes cannot be had: {why}"
        ));
        Vec::new()
    });
    judged_by(known.others, pairs, notes, incomplete)
}

fn judged_by(
    secrets: Vec<KnownSecret>,
    pairs: Vec<VerifyingKey>,
    mut notes: Vec<String>,
    incomplete: bool,
) -> Wanted {
    let mut parsed = Vec::new();
    for secret in &secrets {
        match HmacSecret::parse_insecure(&secret.text) {
            Ok(good) => parsed.push(good),
            Err(why) => notes.push(format!("{} cannot be used: {why}", secret.name)),
        }
        if let (Ok(_), Err(why)) = (
            HmacSecret::parse_insecure(&secret.text),
            HmacSecret::parse(&secret.text),
        ) {
            notes.push(format!("{} is weak: {why}", secret.name));
        }
    }
    let mut keys = pairs;
    keys.extend(parsed.iter().map(HmacSecret::verifying_key));
    let ring = Keyring::new(None, keys);
    Wanted {
        ring,
        notes,
        secrets,
        incomplete,
    }
}

/// A key set in a file or at an address.
pub(super) async fn of_set(place: &str) -> Result<Wanted, Failure> {
    let bytes = if place.contains("://") {
        fetch(place).await?
    } else {
        std::fs::read(place).map_err(|cause| Failure::usage(format!("--jwks {place}: {cause}")))?
    };
    let set = KeySet::parse(&bytes)
        .map_err(|why| Failure::usage(format!("--jwks {place} is no key set: {why}")))?;
    let notes = set.skipped.iter().map(|skipped| {
        let kid = skipped.kid.as_deref().unwrap_or("without a name");
        format!("the key {kid} of the set is left out: {}", skipped.why)
    });
    Ok(Wanted {
        notes: notes.collect(),
        ring: Keyring::new(None, set.keys),
        secrets: Vec::new(),
        incomplete: false,
    })
}

async fn fetch(place: &str) -> Result<Vec<u8>, Failure> {
    let advice = "write https://…, or http:// for this machine, without user and password";
    let url = Url::parse(place).ok().filter(|url| {
        let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
        safe && url.username().is_empty() && url.password().is_none()
    });
    let Some(url) = url else {
        return Err(Failure::usage(format!(
            "--jwks is no address to fetch keys from: {advice}"
        )));
    };
    get(url.clone(), asking::client(TIME_LIMIT))
        .await
        .map_err(|why| Failure::usage(format!("--jwks {url}: {why}")))
}

async fn get(url: Url, client: ClientBuilder) -> Result<Vec<u8>, String> {
    let client = client.build().map_err(reason)?;
    let answer = client.get(url).send().await;
    let mut answer = answer.map_err(reason)?;
    if answer.status() != StatusCode::OK {
        return Err(format!("it answered {}", answer.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reason)? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err("it is larger than 1 MiB".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
