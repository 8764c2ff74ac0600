//! Login sessions and the real binary: listed and ended from the command line, and what a restart, a crash and
//! another SECRET_KEY do to them.

use serde_json::Value;

use crate::tegata::{Place, Tegata};

const OLD: &str = "a secret for tests of 32 bytes or more";
const NEW: &str = "another secret for tests of 32 bytes or so";

/// What a client of the API holds.
struct Client {
    api: String,
    access: String,
    refresh: String,
}

impl Client {
    async fn log_in(tegata: &Tegata) -> Self {
        let form = [("username", "admin"), ("password", &tegata.admin_password)];
        let answer = post(&tegata.api, "/token", &form).await;
        assert_eq!(answer.0, 200, "{}", answer.1);
        Self {
            api: tegata.api.clone(),
            access: word(&answer.1, "access_token"),
            refresh: word(&answer.1, "refresh_token"),
        }
    }

    /// Goes on with what it got; the status and the cause of a refusal.
    async fn refresh(&mut self) -> (u16, String) {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &self.refresh),
        ];
        let (status, body) = post(&self.api, "/token", &form).await;
        if status == 200 {
            self.access = word(&body, "access_token");
            self.refresh = word(&body, "refresh_token");
        }
        (status, word(&body, "cause"))
    }

    async fn me(&self) -> (u16, String) {
        let request = reqwest::Client::new().get(format!("{}/users/me", self.api));
        let answer = request.bearer_auth(&self.access).send().await.unwrap();
        let reason = answer.headers().get("tegata-reason");
        let reason = reason.map(|reason| reason.to_str().unwrap().to_owned());
        (answer.status().as_u16(), reason.unwrap_or_default())
    }
}

async fn post(api: &str, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let request = reqwest::Client::new().post(format!("{api}{path}"));
    let answer = request.form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn word(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_default().to_owned()
}

fn said(place: &Place, arguments: &[&str]) -> String {
    let output = place.output(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn an_operator_sees_and_ends_sessions_beside_a_running_issuer() {
    let place = Place::new();
    let tegata = place.start();
    let (mut one, mut other) = (Client::log_in(&tegata).await, Client::log_in(&tegata).await);
    let list = said(&place, &["session", "list"]);
    assert_eq!(
        said(&place, &["session", "list", "--user", "ADMIN"])
            .lines()
            .count(),
        3
    );
    let lines: Vec<Vec<&str>> = list
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(lines.len(), 3, "{list}");
    assert!(
        lines[1..]
            .iter()
            .all(|line| line[0] == "admin" && line[4] == "127.0.0.1"),
        "{list}"
    );

    let id = &one.refresh[4..25];
    let id = lines
        .iter()
        .find(|line| line[1].starts_with(&id[..20]))
        .unwrap()[1];
    assert_eq!(
        said(&place, &["session", "end", id]),
        "1 login session ended\n"
    );
    assert_eq!(one.me().await, (401, "session_ended".to_owned()));
    assert_eq!(one.refresh().await, (400, "ended_by_admin".to_owned()));
    assert_eq!(other.me().await.0, 200);
    let (line, code) = place.refusal(&["session", "end", id]);
    assert!(
        line.contains("no live login session") && code == 1,
        "{line}"
    );
    for nonsense in ["nonsense", "-n"] {
        let (line, _) = place.refusal(&["session", "end", nonsense]);
        assert!(line.contains("no id of a login session"), "{line}");
    }
    // One id in 64 begins so.
    let (line, _) = place.refusal(&["session", "end", "-JBTMJU_goT2-uAhUFa6-w"]);
    assert!(line.contains("no live login session -JBT"), "{line}");
    let (line, _) = place.refusal(&["session", "end", "--user", "taro"]);
    assert!(line.contains("there is no user"), "{line}");

    let mut third = Client::log_in(&tegata).await;
    assert_eq!(
        said(&place, &["session", "end", "--user", "admin"]),
        "login sessions ended: 2\n"
    );
    assert_eq!(third.refresh().await.1, "ended_by_admin");
    let mut last = Client::log_in(&tegata).await;
    assert_eq!(
        said(&place, &["session", "end", "--everybody"]),
        "login sessions ended: 1\n"
    );
    assert_eq!(last.refresh().await.1, "ended_by_admin");
    assert_eq!(other.refresh().await.1, "ended_by_admin");
}

#[tokio::test]
async fn a_new_key_that_cannot_be_made_ends_nothing() {
    let place = Place::new();
    let tegata = place.start();
    let mut client = Client::log_in(&tegata).await;
    let secret = place.path("data/secret_key");
    let away = place.path("data/secret_key.away");
    std::fs::rename(&secret, &away).unwrap();
    let (line, _) = place.refusal(&["session", "end", "--everybody", "--new-key"]);
    assert!(line.contains("SECRET_KEY"), "{line}");
    std::fs::rename(&away, &secret).unwrap();
    assert_eq!(client.refresh().await.0, 200);
}

#[tokio::test]
async fn a_password_set_by_an_operator_ends_all_sessions() {
    let place = Place::new();
    let tegata = place.start();
    let mut client = Client::log_in(&tegata).await;
    let out = said(&place, &["user", "set-password", "admin", "--generate"]);
    assert!(out.contains("login sessions ended: 1"), "{out}");
    assert_eq!(client.refresh().await, (400, "password_changed".to_owned()));
}

#[tokio::test]
async fn sessions_outlive_a_crash_and_the_same_token_gives_the_same_successor() {
    let place = Place::new();
    let tegata = place.start();
    let password = tegata.admin_password.clone();
    let mut client = Client::log_in(&tegata).await;
    let before = client.refresh.clone();
    assert_eq!(client.refresh().await.0, 200);
    tegata.kill();
    let mut tegata = place.start();
    tegata.admin_password = password;
    // As if the crash had swallowed the answer.
    let mut retry = Client {
        api: tegata.api.clone(),
        access: String::new(),
        refresh: before,
    };
    assert_eq!(retry.refresh().await.0, 200);
    assert_eq!(retry.refresh, client.refresh);
    assert_eq!(retry.refresh().await.0, 200);
}

#[tokio::test]
async fn a_new_secret_keeps_sessions_when_the_old_one_is_listed_and_is_refused_otherwise() {
    let place = Place::new();
    let with = |settings: &[(&str, &str)]| {
        let again = place.again();
        settings
            .iter()
            .fold(again, |place, (name, value)| place.with(name, value))
    };
    let tegata = with(&[("SECRET_KEY", OLD)]).start();
    let password = tegata.admin_password.clone();
    let mut client = Client::log_in(&tegata).await;
    tegata.stop("TERM");

    let (line, code) = with(&[("SECRET_KEY", NEW)]).stops();
    assert!(
        line.contains("PREVIOUS_SECRET_KEYS") && line.contains("--new-key"),
        "{line}"
    );
    assert!(!line.contains(OLD) && !line.contains(NEW), "{line}");
    assert_eq!(code, 1);

    for settings in [
        &[("SECRET_KEY", NEW), ("PREVIOUS_SECRET_KEYS", OLD)][..],
        // Sealed anew by the start before: the old one is not needed any more.
        &[("SECRET_KEY", NEW)],
    ] {
        let tegata = with(settings).start();
        client.api.clone_from(&tegata.api);
        assert_eq!(client.refresh().await.0, 200);
        assert_eq!(client.me().await.0, 200);
        tegata.stop("TERM");
    }

    let place = with(&[("SECRET_KEY", OLD)]);
    let out = said(&place, &["session", "end", "--everybody", "--new-key"]);
    assert!(out.contains("a new key"), "{out}");
    let mut tegata = place.start();
    tegata.admin_password = password;
    client.api.clone_from(&tegata.api);
    assert_eq!(
        client.refresh().await,
        (400, String::new()),
        "signed by nobody's key"
    );
    assert_eq!(Client::log_in(&tegata).await.me().await.0, 200);
}
