//! `GET` and `POST /admin/users`.

use serde_json::{Value, json};

use super::administered;
use crate::{
    answer::Answer,
    app::{HANAKO, TestApp, both},
};

const GOOD: &str = "seven gates and a river";

async fn create(app: &TestApp, token: &str, body: &Value) -> Answer {
    app.ask(http::Method::POST, "/admin/users", token, body)
        .await
}

#[tokio::test]
async fn pages_of_every_size_show_everybody_once() {
    let (app, _, token) = administered().await;
    for number in 0..10 {
        app.import(&format!("user{number}"), "x").await;
    }
    let all = app.get_as(&token, "/admin/users").await;
    assert_eq!(all.status, 200);
    assert_eq!(all.header("cache-control"), "no-store");
    let all = all.json();
    assert_eq!((&all["next"], &all["left_out"]), (&Value::Null, &json!(0)));
    let all = all["users"].as_array().unwrap().clone();
    assert_eq!(all.len(), 12);
    let ids: Vec<&str> = all
        .iter()
        .map(|user| user["id"].as_str().unwrap())
        .collect();
    assert!(ids.is_sorted());
    let hanako = all
        .iter()
        .find(|user| user["username"] == HANAKO.0)
        .unwrap();
    assert_eq!(
        hanako,
        &json!({
            "id": app.hanako.id.to_string(),
            "username": "Hanako",
            "email": null,
            "name": null,
            "roles": ["editor"],
            "disabled": false,
            "created_at": "2026-07-01T12:00:00.123Z",
            "updated_at": "2026-07-01T12:00:00.123Z",
        })
    );
    for limit in [1, 5, 6, 11, 12, 13, 200] {
        let mut seen = Vec::new();
        let mut path = format!("/admin/users?limit={limit}");
        loop {
            let page = app.get_as(&token, &path).await.json();
            let users = page["users"].as_array().unwrap();
            assert!(users.len() <= limit, "{limit}");
            seen.extend(users.clone());
            let Some(next) = page["next"].as_str() else {
                break;
            };
            path = format!("/admin/users?limit={limit}&after={next}");
        }
        assert_eq!(seen, all, "{limit}");
    }
}

#[tokio::test]
async fn a_page_is_fifty_unless_asked_otherwise() {
    let (app, _, token) = administered().await;
    for number in 0..60 {
        app.import(&format!("user{number}"), "x").await;
    }
    let page = app.get_as(&token, "/admin/users").await.json();
    let users = page["users"].as_array().unwrap();
    assert_eq!(users.len(), 50);
    assert_eq!(page["next"], users[49]["id"]);
}

#[tokio::test]
async fn a_user_is_found_by_exactly_their_name_in_every_spelling() {
    let (app, _, token) = administered().await;
    for name in ["Hanako", "hanako", "%EF%BC%A8anako"] {
        let path = format!("/admin/users?limit=1&username={name}");
        let page = app.get_as(&token, &path).await.json();
        assert_eq!(page["users"][0]["username"], "Hanako", "{name}");
        assert_eq!(page["users"].as_array().unwrap().len(), 1);
        assert_eq!(page["next"], Value::Null);
    }
    for name in [
        "",
        "hanak",
        "hana%25",
        "*",
        "nobody",
        "%27%20OR%201%3D1",
        ".*",
    ] {
        let path = format!("/admin/users?username={name}");
        let page = app.get_as(&token, &path).await;
        assert_eq!(page.status, 200);
        assert_eq!(
            page.json(),
            json!({"users": [], "next": null, "left_out": 0})
        );
    }
}

#[tokio::test]
async fn a_wrong_parameter_is_named_as_fastapi_names_it() {
    let (app, _, token) = administered().await;
    for (query, kind, name, input) in [
        ("limit=0", "greater_than_equal", "limit", "0"),
        ("limit=-1", "greater_than_equal", "limit", "-1"),
        ("limit=201", "less_than_equal", "limit", "201"),
        ("limit=ten", "int_parsing", "limit", "ten"),
        ("limit=1.5", "int_parsing", "limit", "1.5"),
        (
            "limit=99999999999999999999",
            "int_parsing",
            "limit",
            "99999999999999999999",
        ),
        ("after=hanako", "uuid_parsing", "after", "hanako"),
        ("after=", "uuid_parsing", "after", ""),
        ("limit=", "int_parsing", "limit", ""),
        ("after=%00", "uuid_parsing", "after", "\0"),
    ] {
        let answer = app.get_as(&token, &format!("/admin/users?{query}")).await;
        let (is, loc, _, sent) = answer.problem();
        assert_eq!(is, kind, "{query}");
        assert_eq!(loc, json!(["query", name]));
        assert_eq!(sent, input);
    }
    let both = app.get_as(&token, "/admin/users?limit=x&after=y").await;
    assert_eq!(both.json()["detail"].as_array().unwrap().len(), 2);
    let twice = app.get_as(&token, "/admin/users?limit=1&limit=2").await;
    assert_eq!(twice.status, 400);
    assert_eq!(twice.word("error"), "invalid_request");
    let other = app.get_as(&token, "/admin/users?offset=3").await;
    assert_eq!(other.status, 200, "what nobody knows does nothing");
}

#[tokio::test]
async fn a_user_is_created_with_all_that_was_given_and_can_log_in() {
    let (app, _, token) = administered().await;
    let body = json!({
        "username": "Tarō", "password": GOOD, "email": "Taro@Example.com", "name": "山田 太郎",
        "roles": ["viewer", "ops:night"], "id": "1", "disabled": true,
    });
    let made = create(&app, &token, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("cache-control"), "no-store");
    let view = made.json();
    assert_eq!(view["username"], "Tarō");
    assert_eq!(view["email"], "Taro@Example.com");
    assert_eq!(view["name"], "山田 太郎");
    assert_eq!(view["roles"], json!(["viewer", "ops:night"]));
    assert_eq!(view["disabled"], false);
    assert!(view.get("password").is_none(), "who gave it knows it");
    let path = format!("/admin/users/{}", view["id"].as_str().unwrap());
    assert_eq!(app.get_as(&token, &path).await.json(), view);
    let his = app.log_in("tarō", GOOD).await.word("access_token");
    assert_eq!(app.me(format!("Bearer {his}")).await.json(), view);
}

#[tokio::test]
async fn without_a_password_a_random_one_is_told_once() {
    let (app, _, token) = administered().await;
    let mut passwords = Vec::new();
    for (username, given) in [("taro", Value::Null), ("jiro", json!(""))] {
        let body = json!({"username": username, "password": given});
        let made = create(&app, &token, &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let password = made.word("password");
        assert_eq!(password.len(), 20);
        assert_eq!(app.log_in(username, &password).await.status, 200);
        let path = format!("/admin/users/{}", made.word("id"));
        let shown = app.get_as(&token, &path).await;
        assert_eq!(shown.status, 200);
        assert!(shown.json().get("password").is_none());
        passwords.push(password);
    }
    assert_ne!(passwords[0], passwords[1]);
}

#[tokio::test]
async fn a_form_creates_too_with_blanks_between_the_roles() {
    let (app, _, token) = administered().await;
    let members = [
        ("username", "taro"),
        ("password", GOOD),
        ("roles", " viewer  ops "),
    ];
    let [(content_type, form), _] = both(&members);
    let request = http::Request::post("/admin/users")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", content_type)
        .body(form.into());
    let made = app.send(request.unwrap()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()["roles"], json!(["viewer", "ops"]));
}

#[tokio::test]
async fn taken_names_and_broken_rules_are_named() {
    let (app, _, token) = administered().await;
    let taro = json!({"username": "taro", "email": "t@example.com"});
    assert_eq!(create(&app, &token, &taro).await.status, 201);
    for (body, error) in [
        (json!({"username": "ＴＡＲＯ"}), "username_taken"),
        (
            json!({"username": "jiro", "email": "T@Example.com"}),
            "email_taken",
        ),
    ] {
        let answer = create(&app, &token, &body).await;
        assert_eq!(answer.status, 409);
        assert_eq!(answer.word("error"), error);
    }
    let many: Vec<String> = (0..65).map(|number| format!("role{number}")).collect();
    for (body, kind, name) in [
        (json!({}), "missing", "username"),
        (json!({"username": null}), "missing", "username"),
        (
            json!({"username": {"$ne": null}}),
            "string_type",
            "username",
        ),
        (json!({"username": "a b"}), "value_error", "username"),
        (
            json!({"username": "x", "email": "x"}),
            "value_error",
            "email",
        ),
        (json!({"username": "x", "email": 7}), "string_type", "email"),
        (
            json!({"username": "x", "name": "\u{202e}"}),
            "value_error",
            "name",
        ),
        (
            json!({"username": "x", "roles": ["a b"]}),
            "value_error",
            "roles",
        ),
        (
            json!({"username": "x", "roles": [""]}),
            "value_error",
            "roles",
        ),
        (
            json!({"username": "x", "roles": many}),
            "value_error",
            "roles",
        ),
        (
            json!({"username": "x", "roles": ["a", 7]}),
            "string_type",
            "roles",
        ),
        (
            json!({"username": "x", "roles": {"$set": 1}}),
            "list_type",
            "roles",
        ),
        (
            json!({"username": "x", "password": "short"}),
            "password_too_short",
            "password",
        ),
        (
            json!({"username": "x", "password": ["y"]}),
            "string_type",
            "password",
        ),
        (
            json!({"username": "somebody", "password": "SOMEBODY"}),
            "password_personal",
            "password",
        ),
    ] {
        let (is, loc, ..) = create(&app, &token, &body).await.problem();
        assert_eq!((is.as_str(), loc), (kind, json!(["body", name])), "{body}");
    }
}
