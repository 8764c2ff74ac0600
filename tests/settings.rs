//! Settings: where they come from, and what is refused before anything starts.

use std::collections::BTreeSet;

use crate::{make_env::read, tegata::Place};

#[test]
fn each_nonsensical_setting_is_refused_in_one_line_that_says_what_to_write() {
    for (name, value, advice) in [
        ("ACCESS_TOKEN_TTL", "0", "15m"),
        ("ACCESS_TOKEN_TTL", "soon", "15m"),
        ("ISSUER_BIND", "localhost", "127.0.0.1:8000"),
        ("FRONTEND_BIND", "127.0.0.1:99999", "127.0.0.1:8000"),
        ("PUBLIC_URL", "http://login.example.com", "https://"),
        ("REGISTRATION", "maybe", "open or closed"),
        ("PASSWORD_GRANT", "maybe", "open or clients or off"),
        ("ALGORITHM", "none", "HS256"),
        ("AUDIT_RETENTION", "0", "30d"),
        ("AUDIT_RETENTION", "forever", "30d"),
        ("BCRYPT_COST", "99", "4 to 16"),
        ("BCRYPT_COST", "", "4 to 16"),
        ("BCRYPT_QUEUE", "0", "1 to 10000"),
        ("BCRYPT_DEADLINE", "0", "100ms to 30s"),
        ("BCRYPT_DEADLINE", "1h", "100ms to 30s"),
        ("LOGIN_FAILURES_PER_ACCOUNT", "0", "1 to 1000000"),
        ("LOGIN_FAILURES_PER_ADDRESS", "-1", "1 to 1000000"),
        ("LOGIN_MAX_WAIT", "2h", "an hour at most"),
        ("LOGIN_MAX_WAIT", "10s", "ACCOUNT_MAX_WAIT is longer"),
        ("ACCOUNT_MAX_WAIT", "0", "15m"),
        ("ACCOUNT_MAX_WAIT", "20m", "LOGIN_MAX_WAIT"),
        ("REGISTRATIONS_PER_ADDRESS", "many", "1 to 1000000"),
        ("REFRESHES_PER_SESSION", "0", "1 to 1000000"),
        ("INTROSPECTIONS_PER_CLIENT", "", "1 to 1000000"),
        ("DATA_DIR", "", "write something"),
        ("INSECURE_ALLOW_WEAK_SECRET", "maybe", "true or false"),
        ("DATABASE_URL", "postgres://db/x", "sqlite:"),
        (
            "DATABASE_URL",
            "mongodb://db",
            "mongodb://host:27017/tegata",
        ),
        ("SESSION_STORE_URL", "mongodb://db:x/y", "port"),
        ("MONGODB_MAX_POOL_SIZE", "0", "1 to 1000"),
        ("MONGODB_MIN_POOL_SIZE", "-1", "1 to 1000"),
        ("DEFAULT_LANGUAGE", "fr", "ja or en"),
        ("COOKIE_DOMAIN", "localhost", "such as example.com"),
        ("COOKIE_DOMAIN", ".example.com", "such as example.com"),
        ("COOKIE_DOMAIN", "127.0.0.1", "such as example.com"),
        ("COOKIE_DOMAIN", "", "such as example.com"),
        ("COOKIE_DOMAIN", "example.com", "the host of PUBLIC_URL"),
        ("FORWARD_AUTH_ORIGINS", "", "write something"),
        (
            "FORWARD_AUTH_ORIGINS",
            "grafana.example.com",
            "https://grafana.example.com",
        ),
        ("FORWARD_AUTH_ORIGINS", "https://*.example.com", "exactly"),
        ("FORWARD_AUTH_ORIGINS", "https://a.test/b", "without a path"),
        ("FORWARD_AUTH_ORIGINS", "http://a.test", "localhost only"),
        ("FORWARD_AUTH_ORIGINS", "https://a.test", "COOKIE_DOMAIN"),
        ("FORWARD_AUTH_TOKEN", "maybe", "true or false"),
        ("LOG_FORMAT", "xml", "text or json"),
        ("LOG", "=,=", "info"),
        ("LOG", "loud", "info"),
        ("LOG", "", "info"),
        ("ISSUER_PUBLIC_URL", "auth", "http://127.0.0.1:8000"),
        ("TRUSTED_PROXIES", "10.0.0.0/33", "write such as 127.0.0.1"),
        ("METRICS_FROM", "prometheus", "write such as 127.0.0.1"),
        ("MAX_CONNECTIONS", "0", "1 to 1000000"),
        ("TLS_CERT_FILE", "", "write something"),
        ("LOGIN_SESSION_IDLE", "-1d", "30d"),
        ("CLIENT_ID", "", "write something"),
        ("CLIENT_ID", "pages", "set both"),
        ("CLIENT_SECRET", "tcs_x", "set both"),
        ("CLIENT_SECRET", "", "empty"),
        ("CLIENT_SECRET_FILE", "no-such-file", "No such file"),
        ("ADMIN_USERNAME", "<b>", "letters"),
        ("ADMIN_PASSWORD", "short", "8 characters"),
    ] {
        let (line, code) = Place::new().with(name, value).refusal(&[]);
        assert!(line.starts_with("tegata: "), "{line}");
        assert!(line.contains(name), "{name}={value}: {line}");
        assert!(line.contains(advice), "{name}={value}: {line}");
        assert_eq!(code, 1, "{line}");
    }
}

#[test]
fn a_weak_secret_is_refused_without_being_repeated() {
    for (secret, why) in [
        ("hunter2-and-then", "16 bytes"),
        ("replace-me", "10 bytes"),
        ("0000000000000000000000000000000000000000", "too simple"),
        (
            "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
            "published",
        ),
        ("hex:zz", "hex:"),
        ("", "empty"),
    ] {
        for command in ["up", "issuer", "frontend"] {
            let (line, code) = Place::new().with("SECRET_KEY", secret).refusal(&[command]);
            assert!(line.contains("SECRET_KEY") && line.contains(why), "{line}");
            assert!(secret.len() < 8 || !line.contains(secret), "{line}");
            assert_eq!(code, 1);
        }
    }
}

#[test]
fn a_weak_secret_that_is_allowed_on_purpose_is_said_loudly() {
    let place = Place::new()
        .with("SECRET_KEY", "weak")
        .with("INSECURE_ALLOW_WEAK_SECRET", "true");
    let tegata = place.start();
    assert!(tegata.log().contains("INSECURE"));
}

#[test]
fn issuer_and_frontend_alone_need_a_secret() {
    for command in ["issuer", "frontend"] {
        let (line, code) = Place::new().refusal(&[command]);
        assert!(
            line.contains("SECRET_KEY is not set") && line.contains("tegata secret"),
            "{line}"
        );
        assert_eq!(code, 1);
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let same = Place::new()
        .with("AUTH_USERNAME_KEY", "login")
        .with("AUTH_PASSWORD_KEY", "login");
    assert!(same.refusal(&[]).0.contains("two names"));
    let one_file = Place::new()
        .with("DATABASE_URL", "sqlite:one.db")
        .with("SESSION_STORE_URL", "sqlite:one.db");
    assert!(one_file.refusal(&[]).0.contains("something else"));
    let open_to_all = Place::new().with("FRONTEND_BIND", "0.0.0.0:0");
    assert!(open_to_all.refusal(&[]).0.contains("set PUBLIC_URL"));
}

#[test]
fn an_unreadable_dotenv_line_is_not_repeated() {
    let place = Place::new();
    std::fs::write(place.path(".env"), "SECRET_KEY=my secret with blanks\n").unwrap();
    let (line, _) = place.refusal(&[]);
    assert!(
        line.contains("single quotes") && !line.contains("my secret"),
        "{line}"
    );
}

#[test]
fn a_weak_previous_secret_is_said_loudly_too() {
    let place = Place::new()
        .with("SECRET_KEY", "a strong one, of thirty-two bytes or more")
        .with("PREVIOUS_SECRET_KEYS", "weak")
        .with("INSECURE_ALLOW_WEAK_SECRET", "true");
    assert!(place.start().log().contains("INSECURE"));
}

#[test]
fn settings_come_from_dotenv_too_and_a_misspelt_one_is_refused() {
    let place = Place::new();
    std::fs::write(
        place.path(".env"),
        "ACCESS_TOKEN_TTL=never\nMONGO_PASSWORD=x\n",
    )
    .unwrap();
    let (line, _) = place.refusal(&[]);
    assert!(line.contains("ACCESS_TOKEN_TTL"), "{line}");

    std::fs::write(place.path(".env"), "ACESS_TOKEN_TTL=15m\n").unwrap();
    let (line, _) = place.refusal(&[]);
    assert!(line.contains("did you mean ACCESS_TOKEN_TTL"), "{line}");
}

#[test]
fn the_example_settings_do_not_boot_until_somebody_has_thought_about_them() {
    let place = Place::new();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.env.example");
    std::fs::copy(example, place.path(".env")).unwrap();
    let (line, code) = place.refusal(&[]);
    assert!(line.contains("SECRET_KEY"), "{line}");
    assert_eq!(code, 1);
}

#[test]
fn help_names_every_setting() {
    let help =
        |command| String::from_utf8(Place::new().output(&[command, "--help"]).stdout).unwrap();
    let (up, issuer, frontend) = (help("up"), help("issuer"), help("frontend"));
    for name in [
        "SECRET_KEY",
        "SECRET_KEY_FILE",
        "JWT_SECRET_KEY",
        "PREVIOUS_SECRET_KEYS",
        "PREVIOUS_SECRET_KEYS_FILE",
        "ALGORITHM",
        "ISSUER",
        "AUDIENCE",
        "DATA_DIR",
        "LOG",
        "LOG_FORMAT",
        "REGISTRATION",
        "TRUSTED_PROXIES",
        "LOGIN_SESSION_MAX_AGE",
        "LOGIN_SESSION_IDLE",
    ] {
        assert!(
            up.contains(name) && issuer.contains(name) && frontend.contains(name),
            "{name}"
        );
    }
    for name in [
        "ISSUER_BIND",
        "ISSUER_PUBLIC_URL",
        "DATABASE_URL",
        "ACCESS_TOKEN_TTL",
        "BROWSER_SESSION_MAX_AGE",
        "REFRESH_GRACE",
        "AUDIT_RETENTION",
        "BCRYPT_COST",
        "BCRYPT_QUEUE",
        "BCRYPT_DEADLINE",
        "LOGIN_FAILURES_PER_ACCOUNT",
        "LOGIN_FAILURES_PER_ADDRESS",
        "LOGIN_MAX_WAIT",
        "ACCOUNT_MAX_WAIT",
        "REGISTRATIONS_PER_ADDRESS",
        "REFRESHES_PER_SESSION",
        "INTROSPECTIONS_PER_CLIENT",
        "ADMIN_USERNAME",
        "ADMIN_PASSWORD",
        "PASSWORD_GRANT",
        "KEY_ROTATION",
        "SIGNING_KEY_FILE",
        "VERIFYING_KEY_FILES",
        "AUTH_USERNAME_KEY",
        "AUTH_PASSWORD_KEY",
    ] {
        assert!(up.contains(name) && issuer.contains(name), "{name}");
    }
    for name in [
        "FRONTEND_BIND",
        "PUBLIC_URL",
        "SESSION_STORE_URL",
        "DEFAULT_LANGUAGE",
        "COOKIE_DOMAIN",
        "FORWARD_AUTH_ORIGINS",
        "FORWARD_AUTH_TOKEN",
        "CLIENT_ID",
        "CLIENT_SECRET",
        "CLIENT_SECRET_FILE",
    ] {
        assert!(up.contains(name) && frontend.contains(name), "{name}");
    }
    assert!(frontend.contains("ISSUER_URL"));
}

#[test]
fn every_setting_is_in_the_example_and_in_the_docs() {
    let mut names = BTreeSet::new();
    for command in ["up", "issuer", "frontend"] {
        let help = String::from_utf8(Place::new().output(&[command, "--help"]).stdout).unwrap();
        // Lines break anywhere between words.
        let words: Vec<&str> = help.split_whitespace().collect();
        let environment = words.windows(2).filter(|pair| pair[0] == "[env:");
        names.extend(environment.map(|pair| name_of(pair[1])));
        let (_, secrets) = help.split_once("Secrets, by environment").unwrap();
        let first_words = secrets
            .lines()
            .filter_map(|line| line.split_whitespace().next());
        names.extend(first_words.filter(|word| word.contains('_')).map(name_of));
    }
    assert!(
        names.contains("BCRYPT_COST") && names.contains("SECRET_KEY_FILE"),
        "{names:?}"
    );
    let (example, page) = (read(".env.example"), read("docs/settings.md"));
    for name in names {
        let set = |line: &str| {
            let line = line.strip_prefix('#').unwrap_or(line);
            line.starts_with(&format!("{name}="))
        };
        assert!(example.lines().any(set), ".env.example lacks {name}");
        let row = format!("| `{name}` |");
        assert!(page.contains(&row), "docs/settings.md lacks {name}");
    }
}

/// `LOG` of `LOG=]`.
fn name_of(word: &str) -> String {
    let is_part = |c: &char| c.is_ascii_uppercase() || *c == '_';
    word.chars().take_while(is_part).collect()
}
