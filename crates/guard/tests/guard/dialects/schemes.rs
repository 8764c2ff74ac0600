//! Behind which words a token may stand, and what a challenge says.

use tegata_guard::{GuardLayer, rejection::Dialect};

use crate::{
    app::{Answer, guard, service, token},
    wire::{get, serve},
};

async fn ask(layer: GuardLayer, authorization: Option<&str>) -> Answer {
    let address = serve(service().layer(layer)).await;
    let values = authorization.map(|value| value.as_bytes().to_vec());
    get(address, "/", &Vec::from_iter(values)).await
}

#[tokio::test]
async fn schemes_are_a_list_in_any_case_with_any_blanks_between() {
    let token = token();
    let (guard, _) = guard();
    let only = guard.layer().schemes(&["JWT"]);
    let both = guard.layer().schemes(&["Bearer", "JWT"]);
    for (scheme, blanks, by_default, by_only, by_both) in [
        ("Bearer", " ", 200, 401, 200),
        ("bearer", "\t", 200, 401, 200),
        ("BEARER", " \t  ", 200, 401, 200),
        ("JWT", " ", 401, 200, 200),
        ("jwt", "    ", 401, 200, 200),
        ("Jwt", "\t\t", 401, 200, 200),
        ("JWT,", " ", 401, 401, 401),
        ("Token", " ", 401, 401, 401),
    ] {
        let value = format!(" {blanks}{scheme}{blanks}{token}{blanks}");
        for (layer, status) in [
            (guard.layer(), by_default),
            (only.clone(), by_only),
            (both.clone(), by_both),
        ] {
            let answer = ask(layer, Some(&value)).await;
            assert_eq!(answer.status, status, "{value:?}");
            let reason = if status == 200 { "" } else { "wrong_scheme" };
            assert_eq!(answer.header("tegata-reason"), reason, "{value:?}");
        }
    }
}

#[tokio::test]
async fn a_challenge_names_a_scheme_that_is_taken() {
    let (guard, _) = guard();
    let layer = guard.layer().schemes(&["JWT", "Bearer"]);
    let answer = ask(layer.clone(), Some("Basic eDp5")).await;
    assert_eq!(answer.header("www-authenticate"), "JWT realm=\"api\"");
    let description = "The Authorization header should start with JWT or Bearer";
    assert_eq!(answer.json()["error_description"], description);
    let answer = ask(layer, Some("bearer x")).await;
    assert_eq!(
        answer.header("www-authenticate"),
        "JWT error=\"invalid_token\", error_description=\"The token is malformed\""
    );
}

#[tokio::test]
async fn flask_jwt_challenges_for_a_jwt_whatever_the_prefix_is() {
    let (guard, _) = guard();
    let layer = guard.layer().dialect(Dialect::FlaskJwt);
    let answer = ask(layer.schemes(&["Bearer"]), None).await;
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge, "JWT realm=\"Login Required\"");
}

#[tokio::test]
async fn a_realm_of_ones_own_stands_in_every_challenge_and_ends_no_header() {
    let (guard, _) = guard();
    let layer = guard.layer().realm("Say \"x\\y\"\r\nSet-Cookie: a=b");
    let realm = r#"realm="Say \"x\\y\"  Set-Cookie: a=b""#;
    let flask_jwt = layer.clone().dialect(Dialect::FlaskJwt);
    for (layer, authorization, challenge) in [
        (&layer, None, format!("Bearer {realm}")),
        (
            &layer,
            Some("Bearer x"),
            format!(
                "Bearer {realm}, error=\"invalid_token\", error_description=\"The token is malformed\""
            ),
        ),
        (&flask_jwt, None, format!("JWT {realm}")),
        (&flask_jwt, Some("Bearer x"), String::new()),
    ] {
        let answer = ask(layer.clone(), authorization).await;
        assert_eq!(answer.header("www-authenticate"), challenge);
        assert!(!answer.headers.contains_key("set-cookie"));
    }
}
