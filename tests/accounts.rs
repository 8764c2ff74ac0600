//! Accounts under administration, by command and over HTTP, on the real binary: who is changed, who is out,
//! and who has to stay.

use std::{io::Write, process::Stdio};

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::tegata::{Place, Tegata};

const PASSWORD: &str = "eight barriers";

/// Runs `tegata user …`, with this on its standard input; gives its code and all that it said.
fn user(place: &Place, arguments: &[&str], typed: &str) -> (i32, String) {
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
async fn signed_in(tegata: &Tegata, username: &str) -> Value {
    let answer = log_in(tegata, username, PASSWORD).await;
    assert_eq!(answer.status(), 200, "{username}");
    answer.json().await.unwrap()
}

/// Why a sign-in does not go on, or nothing if it does.
async fn cause(tegata: &Tegata, session: &Value) -> Option<String> {
    let refresh = session["refresh_token"].as_str().unwrap();
    let members = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let answer: Value = token(tegata, &members).await.json().await.unwrap();
    answer["cause"].as_str().map(str::to_owned)
}

async fn me(tegata: &Tegata, session: &Value) -> Value {
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

/// What one who administers asks over HTTP.
async fn ask(
    tegata: &Tegata,
    session: &Value,
    method: Method,
    path: &str,
    body: Value,
) -> Response {
    let request = Client::new().request(method, format!("{}{path}", tegata.api));
    let request = request.bearer_auth(session["access_token"].as_str().unwrap());
    let request = if body.is_null() {
        request
    } else {
        request.json(&body)
    };
    request.send().await.unwrap()
}

#[tokio::test]
async fn the_last_administrator_stays_whoever_asks_in_whatever_way() {
    let place = Place::new().with("ADMIN_PASSWORD", PASSWORD);
    let tegata = place.start_with(&[]);
    let admin = signed_in(&tegata, "admin").await;
    let id = me(&tegata, &admin).await["id"].as_str().unwrap().to_owned();
    let path = format!("/admin/users/{id}");

    for arguments in [
        &["disable", "admin"][..],
        &["change", "admin", "--no-roles"],
        &["change", "admin", "--role", "editor", "--username", "root"],
        &["remove", "admin", "--yes"],
    ] {
        let (code, said) = user(&place, arguments, "");
        assert_eq!(code, 1, "{arguments:?}");
        assert!(
            said.contains("last enabled account with the role admin"),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1);
    }
    for (method, path, body) in [
        (Method::PATCH, path.as_str(), json!({"disabled": true})),
        (Method::PATCH, &path, json!({"roles": ["editor"]})),
        (Method::DELETE, &path, Value::Null),
        (Method::DELETE, "/users/me", json!({"password": PASSWORD})),
    ] {
        let answer = ask(&tegata, &admin, method, path, body).await;
        assert_eq!(answer.status(), 409);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"], "last_admin");
    }
    assert_eq!(
        cause(&tegata, &admin).await,
        None,
        "nothing was ended either"
    );

    // Over HTTP a second one, and then the first may go by command.
    let second = json!({"username": "aoi", "roles": ["admin"], "password": PASSWORD});
    let made = ask(&tegata, &admin, Method::POST, "/admin/users", second).await;
    assert_eq!(made.status(), 201);
    let (code, said) = user(&place, &["remove", "admin", "--yes"], "");
    assert_eq!(
        (code, said.as_str()),
        (0, "admin removed; login sessions ended: 1\n")
    );
    assert_eq!(user(&place, &["disable", "aoi"], "").0, 1);
    let aoi = signed_in(&tegata, "aoi").await;
    let list = ask(&tegata, &aoi, Method::GET, "/admin/users", Value::Null).await;
    let list: Value = list.json().await.unwrap();
    assert_eq!(list["users"].as_array().unwrap().len(), 1);
}
