//! The audit trail and the real binary: what a stop and a crash leave of it, and what an operator reads.

use serde_json::{Value, json};

use crate::tegata::{Place, Tegata};

const NEW_PASSWORD: &str = "a river behind seven gates";

async fn log_in(tegata: &Tegata, username: &str, password: &str) -> (u16, Value) {
    let form = [("username", username), ("password", password)];
    let request = reqwest::Client::new()
        .post(format!("{}/token", tegata.api))
        .header("user-agent", "Firefox")
        .form(&form);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Latest first.
fn events(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let all = ["events", "--json", "--limit", "1000"];
    let said = said(place, &[&all, arguments].concat());
    said.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn said(place: &Place, arguments: &[&str]) -> String {
    let output = place.output(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn count(events: &[Value], kind: &str) -> usize {
    events.iter().filter(|event| event["kind"] == kind).count()
}

#[tokio::test]
async fn an_ordinary_stop_loses_no_event_of_an_act_that_was_answered() {
    for signal in ["TERM", "INT"] {
        let place = Place::new();
        let tegata = place.start();
        let password = tegata.admin_password.clone();
        for _ in 0..10 {
            assert_eq!(log_in(&tegata, "admin", &password).await.0, 200);
        }
        for _ in 0..3 {
            assert_eq!(log_in(&tegata, "admin", "not it at all").await.0, 400);
        }
        assert_eq!(tegata.stop(signal), Some(0));
        let events = events(&place, &[]);
        assert_eq!(count(&events, "login"), 10);
        assert_eq!(count(&events, "login_failed"), 3);
        let first = events.last().unwrap();
        assert_eq!(first["kind"], "user_added");
        assert_eq!(first["actor"], "command_line");
    }
}

#[tokio::test]
async fn a_grave_event_is_kept_before_its_act_is_answered() {
    let place = Place::new();
    let tegata = place.start();
    let (_, tokens) = log_in(&tegata, "admin", &tegata.admin_password).await;
    let change = json!({"current_password": tegata.admin_password, "new_password": NEW_PASSWORD});
    let request = reqwest::Client::new().put(format!("{}/users/me/password", tegata.api));
    let request = request.bearer_auth(tokens["access_token"].as_str().unwrap());
    let answer = request.json(&change).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    tegata.kill();
    let events = events(&place, &[]);
    assert_eq!(count(&events, "password_changed"), 1, "{events:?}");
}

#[tokio::test]
async fn an_operator_reads_what_happened_beside_a_running_issuer() {
    let place = Place::new();
    let tegata = place.start();
    said(&place, &["user", "add", "hanako", "--generate"]);
    let added = said(&place, &["user", "set-password", "hanako", "--generate"]);
    let password = added.lines().last().unwrap().replace("password ", "");
    let (status, tokens) = log_in(&tegata, "hanako", &password).await;
    assert_eq!(status, 200);
    log_in(&tegata, "nobody-of-that-name", "not it at all").await;
    let own = reqwest::Client::new().get(format!("{}/users/me/events", tegata.api));
    let own = own.bearer_auth(tokens["access_token"].as_str().unwrap());
    assert_eq!(own.send().await.unwrap().status(), 200);
    said(&place, &["session", "end", "--user", "hanako"]);
    said(&place, &["user", "disable", "hanako"]);

    let table = said(&place, &["events"]);
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split('\t').skip(1).take(5).collect())
        .collect();
    let theirs = ["127.0.0.1", "-"];
    assert_eq!(
        rows,
        [
            ["KIND", "USER", "ACTOR", "ADDRESS", "CAUSE"],
            ["user_disabled", "hanako", "command_line", "-", "-"],
            [
                "sessions_ended",
                "hanako",
                "command_line",
                "-",
                "ended_by_admin 1"
            ],
            ["login_failed", "-", "-", "127.0.0.1", "unknown_user"],
            ["login", "hanako", "hanako", theirs[0], theirs[1]],
            ["password_changed", "hanako", "command_line", "-", "-"],
            ["user_added", "hanako", "command_line", "-", "-"],
            ["user_added", "admin", "command_line", "-", "-"],
        ]
    );
    let of_hanako = events(&place, &["--user", "HANAKO"]);
    assert_eq!(of_hanako.len(), 5);
    let id = of_hanako[0]["user"].as_str().unwrap();
    assert_eq!(events(&place, &["--user", id]), of_hanako);
    assert_eq!(said(&place, &["events", "--limit", "2"]).lines().count(), 3);
    let of_kind = events(&place, &["--kind", "user_added"]);
    assert_eq!(count(&of_kind, "user_added"), 2, "{of_kind:?}");
    assert_eq!(of_kind.len(), 2);
    let (line, code) = place.refusal(&["events", "--kind", "logon"]);
    assert!(
        line.starts_with(r#"tegata: --kind cannot be "logon": write one of login, login_failed, "#)
            && code == 1,
        "{line}"
    );
    let (line, code) = place.refusal(&["events", "--user", "taro"]);
    assert!(line.contains("no user \"taro\"") && code == 1, "{line}");
    let (line, code) = place.refusal(&["events", "--limit", "0"]);
    assert_eq!(
        (line.trim_end(), code),
        (
            r#"tegata: --limit cannot be "0": write a number over zero, such as 50"#,
            1
        )
    );
}

#[tokio::test]
async fn an_import_is_told_once_and_its_rehearsal_never() {
    let place = Place::new();
    let hash = bcrypt::hash("three gates and a bridge", 4).unwrap();
    let users: Vec<String> = ["taro", "jiro"]
        .iter()
        .map(|name| json!({"username": name, "password_hash": hash}).to_string())
        .collect();
    std::fs::write(place.path("users.jsonl"), users.join("\n")).unwrap();
    said(&place, &["user", "import", "users.jsonl", "--dry-run"]);
    assert_eq!(events(&place, &[]), Vec::<Value>::new());
    said(&place, &["user", "import", "users.jsonl"]);
    let [imported] = &events(&place, &[])[..] else {
        panic!("one event");
    };
    assert_eq!(imported["kind"], "users_imported");
    assert_eq!(imported["count"], 2);
}
