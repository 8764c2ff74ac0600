//! `POST /users`: who may call themselves what, behind which password.

use serde_json::{Value, json};
use tegata_issuer::config::Registration;
use tokio::task::JoinSet;

use crate::app::{HANAKO, TestApp, both};

const GOOD: &str = "seven gates and a river";

#[tokio::test]
async fn whoever_registers_can_log_in_and_is_shown_the_same_from_then_on() {
    let app = TestApp::start().await;
    let user = [
        ("username", "Tarō"),
        ("password", GOOD),
        ("email", "Taro@Example.com"),
        ("name", " 山田 太郎 "),
    ];
    let [_, (content_type, body)] = both(&user);
    let made = app.post("/users", content_type, body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("cache-control"), "no-store");
    let view = made.json();
    assert_eq!(view["username"], "Tarō", "as it was typed");
    assert_eq!(view["email"], "Taro@Example.com");
    assert_eq!(view["name"], "山田 太郎");
    assert_eq!(view["roles"], json!([]), "nobody gives themselves a role");
    assert!(!made.text().contains("$2b$"));

    let token = app.log_in("TARŌ", GOOD).await.word("access_token");
    let me = app.me(format!("Bearer {token}")).await;
    assert_eq!(me.json(), view);
}

#[tokio::test]
async fn a_form_registers_too_and_members_of_others_make_do_nothing() {
    let app = TestApp::start().await;
    let user = [
        ("username", "jiro"),
        ("password", GOOD),
        ("email", ""),
        ("roles", "admin"),
        ("disabled", "true"),
        ("id", "1"),
    ];
    let [(content_type, body), _] = both(&user);
    let made = app.post("/users", content_type, body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let view = made.json();
    assert_eq!(view["roles"], json!([]));
    assert_eq!(view["disabled"], false);
    assert_eq!(view["email"], Value::Null, "an empty one is none");
}

#[tokio::test]
async fn a_name_or_an_address_is_taken_in_every_spelling() {
    let app = TestApp::start().await;
    for other in ["Hanako", "hanako", "HANAKO", "Ｈａｎａｋｏ", "ℋanako"] {
        let answer = app.register(other, GOOD).await;
        assert_eq!(answer.status, 409, "{other}");
        assert_eq!(answer.word("error"), "username_taken");
        assert_eq!(answer.word("detail"), "This username is already taken");
    }
    let with_email = |username: &str, email: &str| {
        let user = json!({"username": username, "password": GOOD, "email": email});
        async move { user }
    };
    let first = with_email("saburo", "S.Aburo@Example.com").await;
    assert_eq!(app.post_json("/users", &first).await.status, 201);
    for email in ["S.Aburo@Example.com", "s.aburo@example.COM"] {
        let second = with_email("shiro", email).await;
        let answer = app.post_json("/users", &second).await;
        assert_eq!(answer.status, 409, "{email}");
        assert_eq!(answer.word("error"), "email_taken");
    }
    let wrong = app.log_in("shiro", GOOD).await;
    assert_eq!(wrong.status, 400, "a refused registration leaves nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_who_register_one_name_at_once_exactly_one_gets_it() {
    // All from one address.
    let app = TestApp::with(|config| config.throttling.registrations_per_address = 100).await;
    let mut requests = JoinSet::new();
    for number in 0..100 {
        let app = app.clone();
        let spelling = if number % 2 == 0 {
            "goro"
        } else {
            "ＧＯＲＯ"
        };
        requests.spawn(async move {
            let password = format!("{GOOD} {number}");
            let answer = app.register(spelling, &password).await;
            (answer.status.as_u16(), password)
        });
    }
    let answers = requests.join_all().await;
    let (kept, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 201);
    assert_eq!((kept.len(), refused.len()), (1, 99));
    assert!(refused.iter().all(|(status, _)| *status == 409));
    assert_eq!(app.log_in("goro", &kept[0].1).await.status, 200);
    assert_eq!(app.log_in("goro", &refused[0].1).await.status, 400);
}

#[tokio::test]
async fn names_of_every_script_are_first_class() {
    let app = TestApp::start().await;
    for name in [
        "花子",
        "はなこ",
        "ハナコ",
        "ｱｲｺ",
        "하나코",
        "Ярослава",
        "Ελένη",
        "نور",
        "שרה",
        "नमस्ते",
        "ชื่อ",
        "Nguyễn",
        "Ñandú",
        "o'".trim_end_matches('\''),
        "a.b_c-d+e@example.com",
    ] {
        let made = app.register(name, GOOD).await;
        assert_eq!(made.status, 201, "{name} {}", made.text());
        assert_eq!(made.json()["username"], name);
        assert_eq!(app.log_in(name, GOOD).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn names_that_hide_something_are_refused() {
    let app = TestApp::start().await;
    let long = "a".repeat(65);
    for name in [
        " ",
        "a b",
        ".hidden",
        "Hanako\u{200b}",
        "Hanako\u{3164}",
        "Hanako\u{202e}",
        "Hanako\u{fe0f}",
        "Hanako\0",
        "a\r\nSet-Cookie: x",
        "<script>",
        "../etc",
        "o'hara",
        "😀",
        "ﷺ",
        &long,
    ] {
        let (kind, loc, msg, input) = app.register(name, GOOD).await.problem();
        assert_eq!(kind, "value_error", "{name:?}");
        assert_eq!(loc, json!(["body", "username"]));
        assert!(msg.contains("1 to 64 letters, digits"), "{msg}");
        assert_eq!(input, name, "it says which");
    }
}

#[tokio::test]
async fn each_rule_for_passwords_is_named_and_no_password_is_shown() {
    let app = TestApp::start().await;
    let longest = "A pass of wood, a gate of stone: who goes from Edo to Kyoto at dawn? Oh!";
    assert_eq!(longest.len(), 72);
    let too_long = format!("{longest}!");
    let wide = "関所手形".repeat(7);
    let cases = [
        (&*too_long, "password_too_long", "72 bytes"),
        (&*wide, "password_too_long", "72 bytes"),
        ("gate7!x", "password_too_short", "8 characters"),
        ("seven\0gates and a river", "password_nul", "NUL"),
        ("password123", "password_guessable", "too easy"),
        ("qwertyuiop", "password_guessable", "too easy"),
        ("GoroYamada", "password_personal", "username"),
        ("ｇｏｒｏｙａｍａｄａ", "password_personal", "username"),
        ("goro@Example.com", "password_personal", "email"),
    ];
    for (password, code, words) in cases {
        let user =
            json!({"username": "goroyamada", "password": password, "email": "Goro@example.com"});
        let answer = app.post_json("/users", &user).await;
        let (kind, loc, msg, input) = answer.problem();
        assert_eq!(kind, code, "{password:?}");
        assert_eq!(loc, json!(["body", "password"]));
        assert!(msg.contains(words), "{msg}");
        assert_eq!(input, Value::Null);
        assert!(!answer.text().contains(password));
    }
    assert_eq!(app.register("goroyamada", longest).await.status, 201);
    assert_eq!(app.log_in("goroyamada", longest).await.status, 200);
    let cut = &longest[..71];
    assert_eq!(app.log_in("goroyamada", cut).await.status, 400);
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let app = TestApp::start().await;
    let user =
        json!({"username": "a b", "password": "short", "email": "nowhere", "name": "\u{202e}x"});
    let answer = app.post_json("/users", &user).await;
    assert_eq!(answer.status, 422);
    let body = answer.json();
    let wrong: Vec<&str> = body["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["loc"][1].as_str().unwrap())
        .collect();
    assert_eq!(wrong, ["username", "email", "name", "password"]);
}

#[tokio::test]
async fn a_closed_registration_says_so_and_makes_nobody() {
    let app = TestApp::with(|config| config.registration = Registration::Closed).await;
    for (username, password) in [("taro", GOOD), (HANAKO.0, GOOD), ("", "")] {
        let answer = app.register(username, password).await;
        assert_eq!(answer.status, 403, "{username}");
        assert_eq!(answer.word("error"), "registration_closed");
    }
    assert_eq!(app.log_in("taro", GOOD).await.status, 400);
}
