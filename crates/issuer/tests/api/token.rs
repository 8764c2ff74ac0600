//! `POST /token`

use axum::body::Body;
use serde_json::{Value, json};
use tegata_issuer::user::User;
use uuid::Uuid;

use crate::{
    app::{FORM, HANAKO, ISSUER, JSON, SECRET, START, TestApp, both},
    forge::{fingerprint, open},
};

const CREDENTIALS: [(&str, &str); 2] = [("username", HANAKO.0), ("password", HANAKO.1)];

#[tokio::test]
async fn a_form_and_a_json_body_log_in_alike() {
    let app = TestApp::start().await;
    for (content_type, body) in both(&CREDENTIALS) {
        let answer = app.post("/token", content_type, body).await;
        assert_eq!(answer.status, 200, "{content_type}: {}", answer.text());
        let body = answer.json();
        let names: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            [
                "access_token",
                "token_type",
                "expires_in",
                "refresh_token",
                "refresh_expires_in",
                "scope"
            ]
        );
        assert_eq!(body["token_type"], "bearer");
        assert_eq!(body["expires_in"], 900);
        assert_eq!(body["refresh_expires_in"], 30 * 24 * 3600);
        assert_eq!(answer.header("content-type"), JSON);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn the_grant_type_is_password_or_absent_and_nothing_else() {
    let app = TestApp::start().await;
    for grant in ["password", ""] {
        for (content_type, body) in both(&[CREDENTIALS[0], CREDENTIALS[1], ("grant_type", grant)]) {
            let answer = app.post("/token", content_type, body).await;
            assert_eq!(answer.status, 200, "{grant:?} {content_type}");
        }
    }
    for grant in ["authorization_code", "Password", "password ", "refresh"] {
        for (content_type, body) in both(&[CREDENTIALS[0], CREDENTIALS[1], ("grant_type", grant)]) {
            let answer = app.post("/token", content_type, body).await;
            assert_eq!(answer.status, 400, "{grant:?} {content_type}");
            assert_eq!(answer.word("error"), "unsupported_grant_type");
            assert_eq!(
                answer.word("detail"),
                "The grant_type should be password, refresh_token or client_credentials"
            );
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
}

#[tokio::test]
async fn a_token_says_exactly_what_the_contract_says() {
    let app = TestApp::start().await;
    let (header, claims) = open(&app.token().await);
    assert_eq!(
        header,
        json!({"alg": "HS256", "typ": "at+jwt", "kid": fingerprint(SECRET)})
    );

    let now = START.unix_timestamp();
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["sub"], app.hanako.id.to_string());
    assert_eq!(claims["iat"], now);
    assert_eq!(claims["nbf"], now);
    assert_eq!(claims["exp"], now + 900);
    assert_eq!(claims["scope"], "");
    assert_eq!(claims["roles"], json!(["editor"]));
    assert_eq!(claims["preferred_username"], "Hanako", "as it was typed");
    for id in ["jti", "sid"] {
        assert_eq!(claims[id].as_str().unwrap().len(), 22, "16 bytes: {id}");
    }
    let mut names: Vec<&str> = claims
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "exp",
            "iat",
            "iss",
            "jti",
            "nbf",
            "preferred_username",
            "roles",
            "scope",
            "sid",
            "sub"
        ],
        "no aud: PyJWT refuses one that it does not expect"
    );
    assert_eq!(
        app.hanako.id.get_version_num(),
        7,
        "ids sort by the time of creation"
    );
}

#[tokio::test]
async fn each_login_is_a_session_and_a_token_of_its_own() {
    let app = TestApp::start().await;
    let (_, first) = open(&app.token().await);
    let (_, second) = open(&app.token().await);
    for id in ["jti", "sid"] {
        assert_ne!(first[id], second[id], "{id}");
    }
    assert_ne!(first["jti"], first["sid"]);
}

#[tokio::test]
async fn an_audience_is_in_the_token_when_one_is_configured() {
    let app = TestApp::with(|config| config.audience = Some("https://api.test".to_owned())).await;
    let token = app.token().await;
    assert_eq!(open(&token).1["aud"], "https://api.test");
    assert_eq!(app.me(format!("Bearer {token}")).await.status, 200);
}

#[tokio::test]
async fn credentials_in_the_query_never_count() {
    let app = TestApp::start().await;
    let query =
        "/token?grant_type=password&username=Hanako&password=plum%20blossoms%20at%20the%20gate";
    let (kind, loc, ..) = app.post_form(query, &[]).await.problem();
    assert_eq!(
        (kind.as_str(), loc),
        ("missing", json!(["body", "username"]))
    );
    let wrong = app
        .post_form(query, &[("username", HANAKO.0), ("password", "wrong")])
        .await;
    assert_eq!(wrong.status, 400, "what the body says is what counts");
    assert_eq!(app.get(query).await.status, 405);
}

#[tokio::test]
async fn missing_empty_and_null_credentials_are_named_as_fastapi_names_them() {
    let app = TestApp::start().await;
    let expected = |names: &[&str]| {
        let detail: Vec<Value> = names
            .iter()
            .map(|name| json!({"type": "missing", "loc": ["body", name], "msg": "Field required", "input": null}))
            .collect();
        json!({"detail": detail, "error": "invalid_request"})
    };
    let cases = [
        (vec![], vec!["username", "password"]),
        (vec![("username", "x")], vec!["password"]),
        (vec![("password", "x")], vec!["username"]),
        (vec![("username", ""), ("password", "x")], vec!["username"]),
        (vec![("username", "x"), ("password", "")], vec!["password"]),
    ];
    for (members, missing) in cases {
        for (content_type, body) in both(&members) {
            let answer = app.post("/token", content_type, body).await;
            assert_eq!(answer.status, 422, "{members:?} {content_type}");
            assert_eq!(answer.json(), expected(&missing), "{content_type}");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
    let null = json!({"username": null, "password": null});
    let answer = app.post_json("/token", &null).await;
    assert_eq!(answer.json(), expected(&["username", "password"]));
}

#[tokio::test]
async fn no_refusal_shows_what_was_sent_as_a_password() {
    let app = TestApp::start().await;
    let shown = "s3cret";
    for body in [
        json!({"username": "x", "password": {"x": shown}}),
        json!({"username": "x", "password": [shown]}),
        json!({"username": {"password": shown}, "password": "x"}),
        json!({"username": ["x", shown], "password": "x"}),
        json!({"username": "x", "password": shown}),
        json!({"password": shown}),
    ] {
        for path in ["/token", "/auth", "/users"] {
            let answer = app.post_json(path, &body).await;
            assert!(!answer.status.is_success(), "{path} {body}");
            assert!(!answer.text().contains(shown), "{path} {}", answer.text());
        }
    }
    let broken = format!("{{\"username\": \"x\", \"password\": \"{shown}");
    let answer = app.post("/token", JSON, broken).await;
    assert_eq!(answer.status, 422);
    assert!(!answer.text().contains(shown), "{}", answer.text());
}

#[tokio::test]
async fn operators_of_a_database_are_just_wrong_input() {
    let app = TestApp::start().await;
    for body in [
        json!({"username": {"$ne": null}, "password": {"$ne": null}}),
        json!({"username": HANAKO.0, "password": {"$gt": ""}}),
        json!({"username": ["Hanako"], "password": HANAKO.1}),
        json!({"username": true, "password": HANAKO.1}),
        json!({"username": HANAKO.0, "password": 7}),
    ] {
        let (kind, _, msg, _) = app.post_json("/token", &body).await.problem();
        assert_eq!(kind, "string_type", "{body}");
        assert_eq!(msg, "Input should be a valid string");
    }
    let form = [("username[$ne]", "x"), ("password[$ne]", "x")];
    let (kind, loc, ..) = app.post_form("/token", &form).await.problem();
    assert_eq!(
        (kind.as_str(), loc),
        ("missing", json!(["body", "username"]))
    );
    for username in ["' OR '1'='1", "Hanako' --", "Hanako\0", "%", "*", "Hanako;"] {
        let answer = app.log_in(username, HANAKO.1).await;
        assert_eq!(answer.word("error"), "invalid_grant", "{username:?}");
    }
}

#[tokio::test]
async fn a_parameter_given_twice_is_refused() {
    let app = TestApp::start().await;
    for twice in [
        "username=Hanako&password=wrong&password=plum+blossoms+at+the+gate",
        "username=Hanako&username=Hanako&password=plum+blossoms+at+the+gate",
        "username=Hanako&%75sername=x&password=plum+blossoms+at+the+gate",
        "x=1&username=Hanako&password=plum+blossoms+at+the+gate&x=1",
    ] {
        let answer = app.post("/token", FORM, twice).await;
        assert_eq!(answer.status, 400, "{twice}");
        assert_eq!(answer.word("error"), "invalid_request");
        assert_eq!(answer.word("detail"), "A parameter was given twice");
    }
    for twice in [
        r#"{"username":"Hanako","password":"wrong","password":"plum blossoms at the gate"}"#,
        r#"{"username":"Hanako","password":"plum blossoms at the gate","user\u006eame":"x"}"#,
        r#"{"username":"Hanako","password":"plum blossoms at the gate","x":{"y":1,"y":2}}"#,
    ] {
        let (kind, _, msg, _) = app.post("/token", JSON, twice).await.problem();
        assert_eq!(kind, "json_invalid", "{twice}");
        assert!(msg.contains("named twice"), "{msg}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_one_json_object_is_told_where_it_fails() {
    let app = TestApp::start().await;
    let deep = "[".repeat(200);
    let cases: [(&[u8], &str); 9] = [
        (b"", "unexpected end at line 1 column 0"),
        (b"{\"username\":", "unexpected end at line 1 column 12"),
        (b"{\"username\"\n:}", "syntax error at line 2 column 2"),
        (b"[]", "not an object"),
        (b"\"Hanako\"", "not an object"),
        (b"{}{}", "more than one value"),
        (b"\xef\xbb\xbf{}", "syntax error"),
        (b"{\"username\":\"\xff\"}", "invalid UTF-8"),
        (deep.as_bytes(), "nested too deep"),
    ];
    for (body, why) in cases {
        let (kind, loc, msg, input) = app.post("/token", JSON, body.to_vec()).await.problem();
        assert_eq!(kind, "json_invalid");
        assert_eq!(loc, json!(["body"]));
        assert!(msg.starts_with("JSON decode error: "), "{msg}");
        assert!(msg.contains(why), "{msg}, expected {why}");
        assert_eq!(input, Value::Null);
    }
}

#[tokio::test]
async fn a_form_in_another_encoding_is_refused_rather_than_guessed() {
    let app = TestApp::start().await;
    // é and è of Latin-1: replaced by U+FFFD, they would be one password.
    for body in [&b"username=x&password=%E9"[..], b"username=x&password=\xe8"] {
        let answer = app.post("/token", FORM, body.to_vec()).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.word("detail"), "The form is not in UTF-8");
    }
    let odd = "username=Hanako&&password=plum+blossoms%20at+the+gate&flag&=";
    assert_eq!(app.post("/token", FORM, odd).await.status, 200);
}

#[tokio::test]
async fn other_content_types_are_told_what_is_expected() {
    let app = TestApp::start().await;
    let [(_, form), _] = both(&CREDENTIALS);
    let mut answers = Vec::new();
    for content_type in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/xml",
        "",
    ] {
        answers.push(app.post("/token", content_type, form.clone()).await);
    }
    let bare = http::Request::post("/token").body(Body::from(form));
    answers.push(app.send(bare.unwrap()).await);
    for answer in answers {
        assert_eq!(answer.status, 415);
        assert_eq!(answer.word("error"), "unsupported_media_type");
        let detail = answer.word("detail");
        assert!(detail.contains(FORM) && detail.contains(JSON), "{detail}");
    }
}

#[tokio::test]
async fn a_content_type_may_carry_parameters_and_any_case() {
    let app = TestApp::start().await;
    let [(_, form), (_, json)] = both(&CREDENTIALS);
    for (content_type, body) in [
        ("application/json; charset=utf-8", &json),
        ("Application/JSON", &json),
        ("application/problem+json", &json),
        ("application/x-www-form-urlencoded;charset=UTF-8", &form),
    ] {
        let answer = app.post("/token", content_type, body.clone()).await;
        assert_eq!(answer.status, 200, "{content_type}");
    }
}

#[tokio::test]
async fn a_body_of_64_kib_is_read_and_one_byte_more_is_not() {
    let app = TestApp::start().await;
    let head = "username=Hanako&password=plum+blossoms+at+the+gate&x=";
    let full = format!("{head}{}", "x".repeat(64 * 1024 - head.len()));
    assert_eq!(app.post("/token", FORM, full.clone()).await.status, 200);
    for path in ["/token", "/auth", "/users"] {
        let answer = app.post(path, FORM, format!("{full}x")).await;
        assert_eq!(answer.status, 413, "{path}");
        assert_eq!(answer.word("error"), "body_too_large");
        assert_eq!(answer.word("detail"), "The body is larger than 64 KiB");
    }
}

#[tokio::test]
async fn unknown_wrong_and_disabled_cannot_be_told_apart() {
    let app = TestApp::start().await;
    let imported = bcrypt::hash("left in spring", 5).unwrap();
    let disabled: User = app.import("taro", &imported).await;
    app.disable(&disabled).await;

    let wrong = app.log_in(HANAKO.0, "wrong").await;
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.word("error"), "invalid_grant");
    assert_eq!(wrong.word("detail"), "Incorrect username or password");
    let long = "n".repeat(2000);
    for (username, password) in [
        ("nobody", "wrong"),
        ("taro", "left in spring"),
        ("taro", "wrong"),
        (&*long, "wrong"),
        (HANAKO.0, "Plum blossoms at the gate"),
        (HANAKO.0, "plum blossoms at the gate\0"),
        (
            HANAKO.0,
            "plum blossoms at the gate\0plum blossoms at the gate",
        ),
    ] {
        let answer = app.log_in(username, password).await;
        assert_eq!(answer.status, wrong.status, "{username} {password:?}");
        assert_eq!(answer.json(), wrong.json(), "{username} {password:?}");
        let names = |headers: &http::HeaderMap| {
            let mut rest = headers.clone();
            rest.remove("x-request-id").unwrap();
            rest
        };
        assert_eq!(names(&answer.headers), names(&wrong.headers));
    }
}

#[tokio::test]
async fn a_name_is_found_in_any_case_and_width() {
    let app = TestApp::start().await;
    for typed in ["hanako", "HANAKO", "Ｈａｎａｋｏ", "ｈａｎａｋｏ"] {
        let answer = app.log_in(typed, HANAKO.1).await;
        assert_eq!(answer.status, 200, "{typed}");
        let (_, claims) = open(&answer.word("access_token"));
        assert_eq!(claims["preferred_username"], "Hanako", "{typed}");
        assert!(Uuid::parse_str(claims["sub"].as_str().unwrap()).is_ok());
    }
}
