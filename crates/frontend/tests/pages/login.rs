//! Signing in: the form, where it leads, and everything that can stop it.

use http::StatusCode;
use serde_json::json;
use tegata_frontend::Language;
use time::Duration;

use crate::{
    browser::form,
    site::{EXPIRED_JA, PASSWORD, TestSite, USERNAME},
    stub_issuer::OTHER_SECRET,
};

const WRONG_JA: &str = "ユーザー名またはパスワードが正しくありません。";
const MISSING_JA: &str = "ユーザー名とパスワードの両方を入力してください。";
const UNAVAILABLE_JA: &str =
    "ただいまログインを受け付けられません。しばらくしてから、もう一度お試しください。";

#[tokio::test]
async fn the_right_password_leads_home_by_way_of_a_check_of_the_cookie() {
    let site = TestSite::start().await;
    let mut browser = site.browser();

    let answer = browser.submit_login(USERNAME, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/login/done");
    let checked = browser.get(answer.location()).await;
    assert_eq!(checked.status, StatusCode::SEE_OTHER);
    assert_eq!(checked.location(), "/");

    let home = browser.get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.says(USERNAME));
}

#[tokio::test]
async fn a_wrong_password_shows_the_form_again_with_the_name_and_the_reason() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    let fields = [
        ("username", USERNAME),
        ("password", "not-the-password"),
        ("next", "/?page=2"),
    ];

    let page = browser.submit("/login", &fields).await;

    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.is_page());
    assert_eq!(page.alert(), Some(WRONG_JA));
    assert_eq!(page.input("/login", "username"), USERNAME);
    assert_eq!(page.input("/login", "next"), "/?page=2");
    assert!(!page.says("not-the-password"));
    assert_eq!(browser.session_cookie(), None);
}

#[tokio::test]
async fn an_unknown_user_is_told_the_same_as_a_wrong_password() {
    let site = TestSite::start().await;

    let unknown = site.browser().submit_login("nobody", PASSWORD).await;
    let wrong = site.browser().submit_login(USERNAME, "wrong").await;

    assert_eq!(unknown.status, wrong.status);
    assert_eq!(
        unknown.body.replace("nobody", "…"),
        wrong.body.replace(USERNAME, "…")
    );
}

#[tokio::test]
async fn missing_fields_are_named_before_the_issuer_is_asked() {
    let site = TestSite::start().await;
    for fields in [
        &[][..],
        &[("username", USERNAME)],
        &[("password", PASSWORD)],
        &[("username", ""), ("password", PASSWORD)],
        &[("username", USERNAME), ("password", "")],
        &[("username[$ne]", "x"), ("password[$ne]", "x")],
    ] {
        let page = site.browser().submit("/login", fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert_eq!(page.alert(), Some(MISSING_JA), "{fields:?}");
    }
    assert_eq!(site.issuer.requests(), 0);
}

#[tokio::test]
async fn credentials_in_the_query_do_not_count() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    let address = format!(
        "/login?{}",
        form(&[("username", USERNAME), ("password", PASSWORD)])
    );

    let shown = browser.get(&address).await;
    let sent = browser.submit(&address, &[]).await;

    assert_eq!(shown.status, StatusCode::OK);
    assert!(!shown.says(PASSWORD), "the query comes back in the page");
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!sent.says(PASSWORD), "the query comes back in the page");
    assert_eq!(site.issuer.requests(), 0);
}

#[tokio::test]
async fn while_the_issuer_is_down_the_form_says_so_and_keeps_the_name() {
    let mut site = TestSite::start().await;
    site.issuer.goes_down().await;
    let mut browser = site.browser();

    let page = browser.submit_login(USERNAME, PASSWORD).await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.header("retry-after"), Some("5"));
    assert_eq!(page.alert(), Some(UNAVAILABLE_JA));
    assert_eq!(page.input("/login", "username"), USERNAME);
    assert!(!page.says(PASSWORD));
    assert_eq!(browser.session_cookie(), None);

    site.issuer.comes_back().await;
    browser.sign_in().await;
}

#[tokio::test]
async fn an_issuer_that_is_sick_or_speaks_nonsense_is_no_wrong_password() {
    let site = TestSite::start().await;
    for (status, body) in [
        (503, json!({"error": "temporarily_unavailable"}).to_string()),
        (503, String::new()),
        (500, "<h1>Internal Server Error</h1>".to_owned()),
        (200, "<h1>It works!</h1>".to_owned()),
        (200, json!({"token": "x"}).to_string()),
        (404, json!({"detail": "Not Found"}).to_string()),
        (400, json!({"error": "unsupported_grant_type"}).to_string()),
        (302, String::new()),
    ] {
        site.issuer.answers_logins(status, &body);
        let page = site.browser().submit_login(USERNAME, PASSWORD).await;
        assert_eq!(
            page.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{status} {body}"
        );
        assert_eq!(page.alert(), Some(UNAVAILABLE_JA), "{status} {body}");
        assert!(page.header("retry-after").is_some(), "{status} {body}");
    }
}

#[tokio::test]
async fn a_password_is_not_carried_on_to_where_the_issuer_points() {
    let site = TestSite::start().await;
    site.issuer.answers_logins(307, "");

    let page = site.browser().submit_login(USERNAME, PASSWORD).await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.issuer.requests(), 1);
}

#[tokio::test]
async fn an_issuer_with_another_secret_is_a_page_that_names_the_setting() {
    let site = TestSite::start().await;
    site.issuer.signs_with(OTHER_SECRET);
    let mut browser = site.browser();

    let page = browser.submit_login(USERNAME, PASSWORD).await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.header("retry-after").is_some());
    assert!(page.is_page());
    assert!(page.says("発行者と画面のSECRET_KEYとALGORITHMを同じ値にしてください。"));
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(site.stored_sessions(), 0);
}

#[tokio::test]
async fn an_issuer_of_another_name_is_a_page_and_no_session() {
    let site = TestSite::start().await;
    site.issuer.calls_itself("https://somebody.else");
    let mut browser = site.browser();

    let page = browser.submit_login(USERNAME, PASSWORD).await;

    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(page.says("発行された手形を確認できませんでした"));
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(site.stored_sessions(), 0);
}

#[tokio::test]
async fn clocks_that_differ_are_503_and_no_session() {
    let site = TestSite::start().await;
    // Over before it begins, as the pages see it.
    site.issuer.tokens_live(Duration::seconds(-30));
    let mut browser = site.browser();

    let page = browser.submit_login(USERNAME, PASSWORD).await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.header("retry-after").is_some());
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(site.stored_sessions(), 0);
}

#[tokio::test]
async fn a_token_that_is_none_makes_no_session() {
    let site = TestSite::start().await;
    site.issuer
        .answers_logins(200, &json!({"access_token": "not.a.token"}));
    let mut browser = site.browser();

    let page = browser.submit_login(USERNAME, PASSWORD).await;

    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert_eq!(browser.session_cookie(), None);
}

#[tokio::test]
async fn blocked_cookies_end_on_a_page_that_says_why() {
    let site = TestSite::start().await;
    let mut browser = site.browser().with_cookies_blocked();

    let answer = browser.submit_login(USERNAME, PASSWORD).await;
    let page = browser.follow(answer).await;

    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.says("Cookieが届いていません"));
}

#[tokio::test]
async fn a_token_that_ran_out_on_the_way_is_not_blamed_on_cookies() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    let answer = browser.submit_login(USERNAME, PASSWORD).await;
    site.let_the_login_expire();

    let page = browser.follow(answer).await;

    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.notice(), Some(EXPIRED_JA));
}

#[tokio::test]
async fn whoever_is_signed_in_goes_on_from_the_form() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    assert_eq!(browser.get("/login").await.location(), "/");
    assert_eq!(
        browser.get("/login?next=%2F%3Fpage%3D2").await.location(),
        "/?page=2"
    );
}

#[tokio::test]
async fn signing_in_while_signed_in_changes_the_person() {
    let site = TestSite::start().await;
    site.issuer.knows("taro", "kaze-no-toorimichi", &[]);
    let mut browser = site.signed_in().await;
    let before = browser.session_cookie().map(str::to_owned);

    let answer = browser.submit_login("taro", "kaze-no-toorimichi").await;
    let home = browser.follow(answer).await;

    assert!(home.says("taro"));
    assert!(!home.says(USERNAME));
    assert_ne!(browser.session_cookie().map(str::to_owned), before);
    assert_eq!(site.stored_sessions(), 1, "the first session is gone");
}

#[tokio::test]
async fn a_login_that_could_not_be_kept_here_does_not_go_on_at_the_issuer() {
    let site = TestSite::start().await;
    site.records.go_away();

    let page = site.browser().submit_login(USERNAME, PASSWORD).await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    site.issuer.has_ended(1).await;
    assert_eq!(site.issuer.ended(), ["signed_out"]);
}

#[tokio::test]
async fn a_failed_sign_in_leaves_the_session_that_is_there() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;

    browser.submit_login(USERNAME, "wrong").await;

    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_link_to_register_is_there_only_when_registration_is_open() {
    let open = TestSite::start().await;
    let closed = TestSite::with(|config| config.registration_open = false).await;

    assert!(
        open.browser()
            .get("/login")
            .await
            .says("href=\"/register\"")
    );
    assert!(!closed.browser().get("/login").await.says("/register"));
}

#[tokio::test]
async fn names_that_are_not_ascii_arrive_whole() {
    let site = TestSite::with(|config| config.default_language = Language::English).await;
    site.issuer.knows("花子 & <次郎>", "パスワード+%&=", &[]);
    site.issuer.tokens_live(Duration::hours(2));

    let mut browser = site.browser();
    let answer = browser
        .submit_login("花子 & <次郎>", "パスワード+%&=")
        .await;
    let home = browser.follow(answer).await;

    assert_eq!(home.status, StatusCode::OK);
    assert!(home.says("花子 &#38; &#60;次郎&#62;"), "{}", home.body);
}
