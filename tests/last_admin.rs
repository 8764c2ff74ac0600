//! The last administrator stays, on the real binary, whoever asks in whatever way.

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::{
    accounts::{PASSWORD, cause, me, signed_in, user},
    tegata::{Place, Tegata},
};

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
