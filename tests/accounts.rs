//! Accounts under administration by command, on the real binary: who is changed, and who is out.

use std::{io::Write, process::Stdio};

use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::tegata::{Place, Tegata};

pub(crate) const PASSWORD: &str = "eight barriers";

/// Runs `tegata user …`, with this on its standard input; gives its code and all that it said.
pub(crate) fn user(place: &Place, arguments: &[&str], typed: &str) -> (i32, String) {
    let mut child = place
        .command(&[&["user"], arguments].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that asks for nothing may have gone.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

async fn token(tegata: &Tegata, members: &[(&str, &str)]) -> Response {
    let asked = Client::new().post(format!("{}/token", tegata.api));
    asked.form(members).send().await.unwrap()
}

async fn log_in(tegata: &Tegata, username: &str, password: &str) -> Response {
    token(tegata, &[("username", username), ("password", password)]).await
}

/// The answer to somebody who signed in.
pub(crate) async fn signed_in(tegata: &Tegata, username: &str) -> Value {
    let answer = log_in(tegata, username, PASSWORD).await;
    assert_eq!(answer.status(), 200, "{username}");
    answer.json().await.unwrap()
}

/// Why a sign-in does not go on, or nothing if it does.
pub(crate) async fn cause(tegata: &Tegata, session: &Value) -> Option<String> {
    let refresh = session["refresh_token"].as_str().unwrap();
    let members = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let answer: Value = token(tegata, &members).await.json().await.unwrap();
    answer["cause"].as_str().map(str::to_owned)
}

pub(crate) async fn me(tegata: &Tegata, session: &Value) -> Value {
    let token = session["access_token"].as_str().unwrap();
    let me = Client::new().get(format!("{}/users/me", tegata.api));
    let me = me.bearer_auth(token).send().await.unwrap();
    me.json().await.unwrap()
}

#[tokio::test]
async fn a_command_changes_what_it_is_told_and_ends_no_session() {
    let place = Place::new();
    let tegata = place.start();
    let add = [
        "add",
        "hanako",
        "--email",
        "h@example.com",
        "--role",
        "editor",
    ];
    assert_eq!(user(&place, &add, PASSWORD).0, 0);
    let session = signed_in(&tegata, "hanako").await;
    for (arguments, said, member, value) in [
        (
            &["change", "hanako", "--username", "Hana"][..],
            "hanako changed, and is Hana now\n",
            "username",
            json!("Hana"),
        ),
        (
            &["change", "hana", "--email", "Hana@example.com"],
            "Hana changed\n",
            "email",
            json!("Hana@example.com"),
        ),
        (
            &["change", "hana", "--name", "山田 花子"],
            "Hana changed\n",
            "name",
            json!("山田 花子"),
        ),
        (
            &["change", "hana", "--role", "viewer", "--role", "admin"],
            "Hana changed\n",
            "roles",
            json!(["viewer", "admin"]),
        ),
        (
            &["change", "hana", "--no-roles"],
            "Hana changed\n",
            "roles",
            json!([]),
        ),
        (
            &["change", "hana", "--email", ""],
            "Hana changed\n",
            "email",
            Value::Null,
        ),
        (
            &["change", "hana", "--name="],
            "Hana changed\n",
            "name",
            Value::Null,
        ),
    ] {
        assert_eq!(
            user(&place, arguments, ""),
            (0, said.to_owned()),
            "{arguments:?}"
        );
        assert_eq!(me(&tegata, &session).await[member], value, "{arguments:?}");
    }
    assert_eq!(cause(&tegata, &session).await, None);
}

#[tokio::test]
async fn a_command_that_shuts_somebody_out_says_how_many_sessions_it_ended() {
    let place = Place::new();
    let tegata = place.start();
    assert_eq!(user(&place, &["add", "hanako"], PASSWORD).0, 0);
    for (arguments, typed, said, why) in [
        (
            &["set-password", "hanako"][..],
            "eight barriers",
            "password of hanako set; login sessions ended: 2\n",
            "password_changed",
        ),
        (
            &["disable", "Hanako"],
            "",
            "hanako disabled; login sessions ended: 2\n",
            "user_disabled",
        ),
        (
            &["remove", "HANAKO", "--yes"],
            "",
            "hanako removed; login sessions ended: 2\n",
            "user_deleted",
        ),
    ] {
        let sessions = [
            signed_in(&tegata, "hanako").await,
            signed_in(&tegata, "hanako").await,
        ];
        assert_eq!(user(&place, arguments, typed), (0, said.to_owned()));
        for session in &sessions {
            assert_eq!(cause(&tegata, session).await.as_deref(), Some(why));
            assert_eq!(me(&tegata, session).await.get("username"), None);
        }
        let enable = user(&place, &["enable", "hanako"], "");
        let (code, said) = match why {
            "user_deleted" => (1, "no user \"hanako\""),
            _ => (0, "hanako enabled\n"),
        };
        assert!(enable.0 == code && enable.1.contains(said), "{enable:?}");
    }
    assert_eq!(log_in(&tegata, "hanako", PASSWORD).await.status(), 400);
    let (code, said) = user(&place, &["remove", "hanako", "-y"], "");
    assert!(code == 1 && said.contains("tegata user list"), "{said}");
}

#[test]
fn nobody_is_removed_by_mistake() {
    let place = Place::new();
    assert_eq!(user(&place, &["add", "hanako"], PASSWORD).0, 0);
    for typed in ["", "y\n", "yes\n", "hanako\n"] {
        let (code, said) = user(&place, &["remove", "hanako"], typed);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("--yes") && said.contains("hanako"), "{said}");
    }
    let (_, list) = user(&place, &["list"], "");
    assert!(list.contains("hanako"), "{list}");
}

#[test]
fn a_wrong_change_changes_nothing_and_is_named() {
    let place = Place::new();
    let add = ["add", "hanako", "--email", "h@example.com"];
    assert_eq!(user(&place, &add, PASSWORD).0, 0);
    assert_eq!(
        user(
            &place,
            &["add", "taro", "--email", "t@example.com"],
            PASSWORD
        )
        .0,
        0
    );
    let before = user(&place, &["list"], "");
    for (arguments, code, said) in [
        (&["change", "hanako"][..], 2, "--username, --email"),
        (
            &["change", "hanako", "--role", "x", "--no-roles"],
            2,
            "cannot be used with",
        ),
        (&["change", "hanako", "--role", "a b"], 1, "1 to 64 letters"),
        (
            &["change", "hanako", "--username", ""],
            1,
            "Username should have",
        ),
        (
            &["change", "hanako", "--username", "TARO"],
            1,
            "username is already taken",
        ),
        (
            &[
                "change",
                "hanako",
                "--email",
                "T@example.com",
                "--name",
                "x",
            ],
            1,
            "email address is already taken",
        ),
        (&["change", "hanako", "--email", "x"], 1, "Email should be"),
        (
            &["change", "nobody", "--name", "x"],
            1,
            "no user \"nobody\"",
        ),
        (&["change"], 2, "<USERNAME> is missing"),
    ] {
        let (is, text) = user(&place, arguments, "");
        assert_eq!(is, code, "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    assert_eq!(user(&place, &["list"], ""), before);
}

#[tokio::test]
async fn an_account_at_which_somebody_has_failed_is_unblocked_beside_a_running_issuer() {
    let place = Place::new();
    let tegata = place.start();
    assert_eq!(user(&place, &["add", "hanako"], PASSWORD).0, 0);
    let unblock = |name: &str| user(&place, &["unblock", name], "");
    let nobody = "nobody has failed at hanako within the hour\n";
    assert_eq!(unblock("Hanako"), (0, nobody.to_owned()));
    // By the wall clock: on a slow machine a first wait may be over before the next guess.
    let mut failures = 0;
    let refused = loop {
        let answer = log_in(&tegata, "hanako", "wrong").await;
        match answer.status().as_u16() {
            400 => failures += 1,
            _ => break answer,
        }
    };
    assert!(failures >= 5, "{failures}");
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    // As long as it takes until a wait is longer than it takes to ask.
    let shown = loop {
        let (code, shown) = user(&place, &["show", "Hanako"], "");
        assert_eq!(code, 0, "{shown}");
        if shown.contains("waits\twhoever comes from 127.0.0.1, another ") {
            break shown;
        }
        log_in(&tegata, "hanako", "wrong").await;
    };
    assert!(shown.starts_with("username\thanako\nid\t"), "{shown}");
    assert!(shown.contains("\nroles\t-\nstate\tactive\n"), "{shown}");
    let unblocked = "hanako unblocked: nobody waits for wrong passwords at it any more\n";
    assert_eq!(unblock("HANAKO"), (0, unblocked.to_owned()));
    let told = place.output(&["events", "--kind", "user_unblocked"]);
    let told = String::from_utf8(told.stdout).unwrap();
    let rows: Vec<Vec<&str>> = told.lines().map(|row| row.split('\t').collect()).collect();
    assert_eq!(
        rows.len(),
        2,
        "what was forgotten, and nothing of the first: {told}"
    );
    assert_eq!(rows[1][1..4], ["user_unblocked", "hanako", "command_line"]);
    let (_, shown) = user(&place, &["show", "hanako"], "");
    assert!(shown.ends_with("\nwaits\tnobody\n"), "{shown}");
    assert_eq!(log_in(&tegata, "hanako", PASSWORD).await.status(), 200);
    let (code, said) = unblock("taro");
    assert!(code == 1 && said.contains("no user \"taro\""), "{said}");
}
