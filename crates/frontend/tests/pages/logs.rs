//! The log, at its most talkative, gives nothing away.

use std::{
    io::{self, Write},
    sync::{Arc, LazyLock, Mutex},
};

use serde_json::json;
use tracing_subscriber::{filter::LevelFilter, fmt::MakeWriter};

use crate::{
    site::{PASSWORD, TestSite, USERNAME},
    stub_issuer::{OTHER_SECRET, SECRET},
};

#[tokio::test]
async fn no_password_token_or_session_id_is_in_the_log() {
    let mut site = TestSite::start().await;
    let mut secrets = vec![
        PASSWORD.to_owned(),
        SECRET.to_owned(),
        OTHER_SECRET.to_owned(),
    ];
    let mut browser = site.browser();
    browser.sign_in().await;
    secrets.push(browser.session_cookie().unwrap().to_owned());
    secrets.extend(segments(&site.issuer.last_token()));
    secrets.push(site.issuer.last_refresh_token());
    browser.get("/").await;
    site.let_the_token_expire();
    site.issuer.loses_answers(1);
    browser.get("/").await;
    secrets.extend(segments(&site.issuer.last_token()));
    secrets.push(site.issuer.last_refresh_token());
    site.let_the_token_expire();
    site.issuer
        .answers_refreshes(200, "{\"refresh_token\": \"a-refresh-token-alone\"}");
    secrets.push("a-refresh-token-alone".to_owned());
    browser.get("/").await;
    site.issuer.works_again();
    browser.submit("/logout", &[("sessions", "others")]).await;
    site.issuer.answers_revocations(503);
    browser.submit("/logout", &[("sessions", "all")]).await;
    browser.sign_in().await;
    browser.submit("/logout", &[]).await;
    site.issuer.works_again();
    browser.submit_login(USERNAME, "a-wrong-password").await;
    secrets.push("a-wrong-password".to_owned());
    browser.sign_in().await;
    secrets.push(browser.session_cookie().unwrap().to_owned());
    secrets.extend(segments(&site.issuer.last_token()));
    site.let_the_login_expire();
    browser.fetch("/").await;
    browser.open("/").await;
    let forged = "a-forged-session-cookie";
    browser
        .cookies
        .insert("tegata".to_owned(), forged.to_owned());
    secrets.push(forged.to_owned());
    browser.open("/").await;
    let fields = [("username", "taro"), ("password", "kaze-no-toorimichi")];
    browser.submit("/register", &fields).await;
    secrets.push("kaze-no-toorimichi".to_owned());
    secrets.push(browser.session_cookie().unwrap().to_owned());
    secrets.extend(segments(&site.issuer.last_token()));
    browser.submit("/logout", &[]).await;
    site.issuer.signs_with(OTHER_SECRET);
    browser.submit_login(USERNAME, PASSWORD).await;
    secrets.extend(segments(&site.issuer.last_token()));
    site.issuer
        .answers_logins(200, &json!({"access_tokin": "a-token-misnamed"}));
    secrets.push("a-token-misnamed".to_owned());
    browser.submit_login(USERNAME, PASSWORD).await;
    site.issuer.goes_down().await;
    browser.submit_login(USERNAME, PASSWORD).await;
    site.records.go_away();
    browser
        .cookies
        .insert("tegata".to_owned(), secrets[3].clone());
    browser.get("/").await;

    // The log is one, of all that happened.
    let text = LOG.text();
    for word in [
        "event=\"signed_in\"",
        "event=\"signed_out\"",
        "event=\"session_ended\"",
        "the issuer's answer broke off",
        "the issuer did not end a login session",
        "the issuer cannot be reached",
        "is refused here",
        "session store unavailable",
        "TRACE",
    ] {
        assert!(text.contains(word), "{word} is not in the log");
    }
    for secret in secrets {
        let told = text.lines().find(|line| line.contains(&secret));
        assert_eq!(told, None, "the log tells {secret}");
    }
}

fn segments(token: &str) -> Vec<String> {
    // The header is the same in every token and no secret.
    token.split('.').skip(1).map(str::to_owned).collect()
}

/// What all tests of this process log. One for all, because tracing asks a single subscriber of one thread
/// from every thread whether an event interests anybody, and remembers the answer.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
});

/// Whether any test of this process made the log say this.
pub(crate) fn say(words: &str) -> bool {
    LOG.text().contains(words)
}

/// Whether one line has both.
pub(crate) fn line_says(one: &str, other: &str) -> bool {
    let text = LOG.text();
    let mut lines = text.lines();
    lines.any(|line| line.contains(one) && line.contains(other))
}

pub(crate) fn listen() {
    LazyLock::force(&LOG);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
