//! A setting is taken or refused in one line that repeats no secret.

use std::sync::LazyLock;

use tegata_cli::fuzzing::{dotenv, duration, store_url};
use tegata_frontend::config::{AppOrigins, CookieDomain, PublicUrl};
use tegata_server::TrustedProxies;
use tegata_token::{HmacSecret, MIN_SECRET_BYTES};
use time::Duration;
use url::Url;

use crate::input::{kind, text};

/// A word that no advice has.
const PASSWORD: &str = "Zq9Xw7Vk";
static LONGEST: LazyLock<Duration> = LazyLock::new(|| Duration::days(3660));

/// One of eight kinds of settings.
pub fn settings(data: &[u8]) {
    let (kind, rest) = kind(data, 8);
    let text = text(rest);
    match kind {
        0 => match duration(&text) {
            Ok(time) => {
                assert!(
                    time >= Duration::SECOND && time <= *LONGEST,
                    "{text:?}: {time}"
                );
                let written = format!("{}s", time.whole_seconds());
                assert_eq!(duration(&written), Ok(time), "{text:?}");
            }
            Err(why) => one_line(&why),
        },
        1 => match text.parse::<TrustedProxies>() {
            Ok(proxies) => {
                let names_any = text.split(',').any(|word| !word.trim().is_empty());
                assert_eq!(proxies.is_empty(), !names_any, "{text:?}");
            }
            Err(why) => one_line(&why.to_string()),
        },
        2 => match store_url(&text) {
            Ok(shown) => assert!(
                !shown.contains(PASSWORD) || text.starts_with("sqlite:"),
                "{shown}"
            ),
            Err(why) => one_line(&why),
        },
        // The same with a password in it, which is never shown.
        3 => {
            let url = format!("mongodb://user:{PASSWORD}{text}");
            let shown = store_url(&url).unwrap_or_else(|why| {
                one_line(&why);
                why
            });
            let is_secret = text
                .split('/')
                .next()
                .is_some_and(|host| host.contains('@'));
            assert!(!is_secret || !shown.contains(PASSWORD), "{shown}");
        }
        4 => secret(&text),
        5 => match dotenv(rest) {
            Ok(names) => assert!(names.iter().all(|name| !name.is_empty()), "{names:?}"),
            Err(why) => one_line(&why),
        },
        6 => match PublicUrl::parse(&text) {
            Ok(url) => {
                let shown = Url::parse(&url.to_string()).expect("it is shown as an address");
                assert!(matches!(shown.scheme(), "http" | "https"), "{shown}");
                assert!(
                    shown.username().is_empty() && shown.password().is_none(),
                    "{shown}"
                );
            }
            Err(why) => one_line(&why.to_string()),
        },
        _ => {
            if let Ok(domain) = text.parse::<CookieDomain>() {
                let shown = domain.to_string();
                assert!(shown.contains('.') && shown.is_ascii(), "{shown:?}");
                assert_eq!(shown.parse(), Ok(domain));
            }
            match text.parse::<AppOrigins>() {
                Ok(_) => {}
                Err(why) => one_line(&why.to_string()),
            }
        }
    }
}

fn secret(text: &str) {
    match HmacSecret::parse(text) {
        Ok(secret) => {
            assert!(text.len() >= MIN_SECRET_BYTES, "{text:?}");
            assert_eq!(HmacSecret::parse_insecure(text), Ok(secret.clone()));
            assert_eq!(format!("{secret:?}"), "HmacSecret(…)");
            assert_eq!(secret.kid().as_str().len(), 11);
        }
        Err(why) => {
            let why = why.to_string();
            one_line(&why);
            assert!(text.len() < 16 || !why.contains(text), "{why}");
        }
    }
}

fn one_line(why: &str) {
    assert!(!why.is_empty() && why.len() < 4096, "{why}");
    assert!(!why.contains(['\n', '\r', '\u{1b}']), "{why:?}");
}
