//! Clients through the front door: added from the command line, and used by programs and by the pages.

use std::process::Stdio;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::tegata::{Place, any_file_holds};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const ADMIN_PASSWORD: &str = "eight barriers on the road";
const SECRET: &str = "one secret for all services, of 32 bytes or more";

/// What `tegata client add` printed.
pub(crate) struct Added {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Added {
    pub(crate) fn by(place: &Place, arguments: &[&str]) -> Self {
        let said = say(place, &[&["client", "add"], arguments].concat());
        let value = |name| {
            let line = said.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {said}"))
                .to_owned()
        };
        Self {
            id: value("CLIENT_ID="),
            secret: value("CLIENT_SECRET="),
        }
    }

    fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.id, Some(&self.secret))
    }

    pub(crate) async fn token(&self, api: &str) -> (u16, Value) {
        let request = Client::new().post(format!("{api}/token")).form(&[GRANT]);
        answer(self.sign(request)).await
    }

    pub(crate) async fn introspects(&self, api: &str, token: &str) -> (u16, Value) {
        let request = Client::new().post(format!("{api}/introspect"));
        answer(self.sign(request.form(&[("token", token)]))).await
    }
}

/// Runs a command that must succeed.
pub(crate) fn say(place: &Place, arguments: &[&str]) -> String {
    let output = place.output(arguments);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn log_in(api: &str) -> (u16, Value) {
    let form = [("username", "admin"), ("password", ADMIN_PASSWORD)];
    answer(Client::new().post(format!("{api}/token")).form(&form)).await
}

/// Signs the administrator in with a browser's form; where that ended.
async fn sign_in(pages: &str) -> (u16, String) {
    let browser = Client::builder().cookie_store(true).build().unwrap();
    let form = [("username", "admin"), ("password", ADMIN_PASSWORD)];
    let request = browser.post(format!("{pages}/login")).form(&form);
    let page = request.header("accept", "text/html").send().await.unwrap();
    (page.status().as_u16(), page.url().path().to_owned())
}

#[tokio::test]
async fn a_client_is_added_used_and_removed_beside_a_running_pair() {
    let place = Place::new();
    let tegata = place.start();
    let scopes = ["--scope", "orders:read orders:write", "--scope", "mail"];
    let reports = Added::by(&place, &[&["reports"], &scopes[..]].concat());
    let listed = say(&place, &["client", "list"]);
    let row = format!(
        "\nreports\t{}\torders:read orders:write mail\t20",
        reports.id
    );
    assert!(listed.contains(&row), "{listed}");

    let (status, body) = reports.token(&tegata.api).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["scope"], "orders:read orders:write mail");
    let token = body["access_token"].as_str().unwrap().to_owned();
    let (line, code) = place.refusal(&["client", "add", "reports"]);
    assert!(
        code == 1 && line.contains("there is a client of that name"),
        "{line}"
    );
    let gateway = Added::by(&place, &["gateway"]);
    let (_, body) = gateway.introspects(&tegata.api, &token).await;
    assert_eq!(
        (&body["active"], &body["client_id"]),
        (&json!(true), &json!(reports.id))
    );

    let removed = say(&place, &["client", "remove", "reports"]);
    assert_eq!(removed, "removed reports\n");
    let (status, body) = reports.token(&tegata.api).await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
    let (_, body) = gateway.introspects(&tegata.api, &token).await;
    assert_eq!(body, json!({"active": false}));
    let (line, code) = place.refusal(&["client", "remove", "reports"]);
    assert!(code == 1 && line.contains("tegata client list"), "{line}");

    let events = say(&place, &["events", "--json"]);
    for kind in ["client_added", "client_removed"] {
        let told = |line: &str| line.contains(kind) && line.contains(&reports.id);
        assert!(events.lines().any(told), "{kind}: {events}");
    }

    for (arguments, advice) in [
        (["a b", "--scope=x"], "64 letters"),
        (["x", "--scope=\"x\""], "printable"),
    ] {
        let (line, code) = place.refusal(&[&["client", "add"], &arguments[..]].concat());
        assert!(code == 1 && line.contains(advice), "{line}");
    }
    for secret in [&reports.secret, &gateway.secret] {
        assert!(!any_file_holds(
            &place.path("data"),
            &secret.as_bytes()[4..]
        ));
        assert!(!tegata.log().contains(&secret[4..]));
    }
}

#[tokio::test]
async fn with_clients_the_pages_need_to_be_one_and_then_people_sign_in() {
    let place = Place::new()
        .with("PASSWORD_GRANT", "clients")
        .with("ADMIN_PASSWORD", ADMIN_PASSWORD);
    let (line, code) = place.refusal(&[]);
    assert!(
        code == 1 && line.contains("tegata client add pages"),
        "{line}"
    );
    assert!(line.contains("CLIENT_ID and CLIENT_SECRET"), "{line}");

    // What the line says works before anything has been started.
    let pages = Added::by(&place, &["pages"]);
    std::fs::write(place.path("client_secret"), format!("{}\n", pages.secret)).unwrap();
    let place = place
        .with("CLIENT_ID", &pages.id)
        .with("CLIENT_SECRET_FILE", "client_secret");
    let tegata = place.start();
    assert_eq!(sign_in(&tegata.pages).await, (200, "/".to_owned()));
    let (status, body) = log_in(&tegata.api).await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
    let log = tegata.log();
    assert!(!log.contains(&pages.secret[4..]) && !log.contains("no client of the issuer"));
    assert_eq!(tegata.stop("TERM"), Some(0));

    say(&place, &["client", "remove", "pages"]);
    let tegata = place.start();
    assert_eq!(sign_in(&tegata.pages).await, (503, "/login".to_owned()));
    let log = tegata.log();
    assert!(log.contains("no client of the issuer"), "{log}");
}

#[test]
fn two_secrets_that_differ_or_a_file_without_one_are_refused() {
    let place = Place::new()
        .with("SECRET_KEY", SECRET)
        .with("CLIENT_ID", "x")
        .with("CLIENT_SECRET_FILE", "client_secret");
    std::fs::write(place.path("client_secret"), "\n").unwrap();
    let (line, code) = place.refusal(&["frontend"]);
    assert!(
        code == 1 && line.contains("CLIENT_SECRET_FILE holds nothing"),
        "{line}"
    );
    std::fs::write(place.path("client_secret"), "tcs_one").unwrap();
    let place = place.with("CLIENT_SECRET", "tcs_other");
    for command in ["up", "frontend"] {
        let (line, code) = place.refusal(&[command]);
        assert!(
            code == 1 && line.contains("CLIENT_SECRET_FILE differ"),
            "{line}"
        );
        assert!(!line.contains("tcs_"), "{line}");
    }
}

#[tokio::test]
async fn with_off_it_is_said_at_start_that_nobody_can_sign_in() {
    let place = Place::new()
        .with("PASSWORD_GRANT", "off")
        .with("ADMIN_PASSWORD", ADMIN_PASSWORD);
    let tegata = place.start();
    let log = tegata.log();
    assert!(log.contains("nobody can sign in"), "{log}");
    let (status, body) = log_in(&tegata.api).await;
    assert_eq!(
        (status, &body["error"]),
        (400, &json!("unsupported_grant_type"))
    );
    assert_eq!(sign_in(&tegata.pages).await.0, 503);
    let (status, _) = Added::by(&place, &["reports"]).token(&tegata.api).await;
    assert_eq!(status, 200);
}

#[test]
fn a_secret_that_cannot_be_printed_is_told_to_be_lost() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let output = Place::new()
        .command(&["client", "add", "reports"])
        .stdout(full.unwrap())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("tegata client remove reports"), "{said}");
}
