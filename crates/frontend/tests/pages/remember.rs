//! Who is remembered stays signed in for a month; everybody else until the browser closes, or half a day.

use http::StatusCode;
use time::Duration;

use crate::{
    browser::Page,
    site::{EXPIRED_JA, PASSWORD, TestSite, USERNAME},
};

const MONTH: i64 = 30 * 24 * 60 * 60;

#[tokio::test]
async fn without_the_tick_the_cookie_goes_with_the_browser() {
    for site in [TestSite::start().await, TestSite::on_https().await] {
        let answer = site.browser().submit_login(USERNAME, PASSWORD).await;
        let cookie = session_cookie(&answer);
        assert_eq!(cookie.max_age(), None, "{cookie:?}");
        assert!(
            !cookie
                .attributes
                .iter()
                .any(|one| one.starts_with("Expires"))
        );
        assert!(cookie.has("HttpOnly") && cookie.has("SameSite=Lax") && cookie.has("Path=/"));
    }
}

#[tokio::test]
async fn with_the_tick_the_cookie_lasts_as_long_as_the_login() {
    let site = TestSite::start().await;
    let answer = tick(&site, "yes").await;
    let kept_for = session_cookie(&answer).max_age().unwrap();
    assert!((MONTH - 60..=MONTH).contains(&kept_for), "{kept_for}");
}

#[tokio::test]
async fn the_issuer_is_told() {
    let site = TestSite::start().await;
    for (tick_value, hours) in [("", 12), ("yes", 30 * 24), ("on", 30 * 24)] {
        tick(&site, tick_value).await;
        assert_eq!(site.issuer.last_session_lasts(), Duration::hours(hours));
    }
}

#[tokio::test]
async fn without_the_tick_a_login_lasts_half_a_day_however_much_it_is_used() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    for _ in 0..11 {
        site.clock.advance(Duration::hours(1));
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
    }
    site.clock.advance(Duration::minutes(59));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    site.clock.advance(Duration::minutes(1));
    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
}

#[tokio::test]
async fn with_the_tick_a_login_lasts_a_month() {
    let site = TestSite::start().await;
    let mut browser = site.remembered().await;
    for day in 1..30 {
        site.clock.advance(Duration::DAY);
        assert_eq!(browser.get("/").await.status, StatusCode::OK, "day {day}");
    }
    assert_eq!(site.issuer.rotations(), 29);
    site.clock.advance(Duration::DAY);
    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
}

#[tokio::test]
async fn our_own_limit_counts_when_it_is_shorter() {
    let site = TestSite::with(|config| config.sessions.absolute = Duration::hours(1)).await;
    let mut browser = site.remembered().await;
    site.clock.advance(Duration::minutes(59));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    site.clock.advance(Duration::minutes(1));
    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
}

#[tokio::test]
async fn the_box_is_on_the_login_page_alone_and_off_until_it_is_ticked() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    for (language, text) in [
        ("ja", "ログインしたままにする"),
        ("en", "Keep me signed in"),
    ] {
        let page = site.browser().reading(language).get("/login").await;
        assert!(page.says(text));
        assert_eq!(page.input("/login", "remember"), "yes");
        assert!(!page.says(" checked"));
        let register = site.browser().reading(language).get("/register").await;
        assert!(!register.says(text));
    }

    let fields = [
        ("username", USERNAME),
        ("password", "wrong"),
        ("remember", "yes"),
    ];
    let again = browser.submit("/login", &fields).await;
    assert!(again.says(" checked"), "it stays as it was left");
    let again = browser.submit_login(USERNAME, "wrong").await;
    assert!(!again.says(" checked"));
}

#[tokio::test]
async fn a_registration_is_not_remembered() {
    let site = TestSite::start().await;
    let fields = [("username", "taro"), ("password", "kaze-no-toorimichi")];
    let answer = site.browser().submit("/register", &fields).await;
    assert_eq!(session_cookie(&answer).max_age(), None);
}

async fn tick(site: &TestSite, value: &str) -> Page {
    let mut fields = vec![("username", USERNAME), ("password", PASSWORD)];
    if !value.is_empty() {
        fields.push(("remember", value));
    }
    site.browser().submit("/login", &fields).await
}

fn session_cookie(answer: &Page) -> crate::browser::SetCookie {
    let mut names = ["tegata", "__Host-tegata"].into_iter();
    names.find_map(|name| answer.set_cookie(name)).unwrap()
}
