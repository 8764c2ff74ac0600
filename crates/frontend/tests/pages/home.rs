//! Home: who I am, which roles, how long the token lives, what it says.

use http::StatusCode;
use time::Duration;

use crate::site::{TestSite, USERNAME};

#[tokio::test]
async fn home_shows_the_person_and_their_roles() {
    let site = TestSite::start().await;
    let home = site.signed_in().await.get("/").await;

    assert!(home.says(&format!("<h1>{USERNAME}</h1>")));
    assert!(home.says("<li>admin</li><li>staff</li>"));
    assert!(home.says("id-of-hanako"));
}

#[tokio::test]
async fn somebody_without_roles_is_told_so() {
    let site = TestSite::start().await;
    site.issuer.knows("taro", "kaze-no-toorimichi", &[]);
    let mut browser = site.browser();
    let answer = browser.submit_login("taro", "kaze-no-toorimichi").await;

    assert!(browser.follow(answer).await.says("ロールなし"));
}

#[tokio::test]
async fn the_time_that_is_left_is_printed() {
    let mut site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    assert!(browser.get("/").await.says(">15分0秒</time>"));

    site.clock.advance(Duration::seconds(61));
    assert!(browser.get("/").await.says(">13分59秒</time>"));

    // Past its end, but not past the leeway, and nobody gives a fresh one.
    site.issuer.goes_down().await;
    site.clock.advance(Duration::seconds(844));
    let home = browser.get("/").await;
    assert!(home.says(">0秒</time>"), "{}", home.body);
    assert!(
        home.says("有効期限が切れました。ページを再読み込みすると、新しい手形に替わります。</p>")
    );
}

#[tokio::test]
async fn the_time_that_is_left_is_printed_in_english_too() {
    let site = TestSite::start().await;
    site.issuer.tokens_live(Duration::minutes(125));
    let mut browser = site.browser().reading("en");
    browser.sign_in().await;

    assert!(browser.get("/").await.says(">2 h 5 min</time>"));
}

#[tokio::test]
async fn the_token_is_shown_taken_apart_and_never_whole() {
    let site = TestSite::start().await;
    let home = site.signed_in().await.get("/").await;

    for name in [
        "alg", "typ", "kid", "iss", "sub", "exp", "iat", "jti", "roles",
    ] {
        assert!(home.says(&format!("<dt>{name}</dt>")), "{name}");
    }
    assert!(home.says("<code>&#34;HS256&#34;</code>"));
    assert!(home.says("[&#34;admin&#34;,&#34;staff&#34;]"));
    let token = site.issuer.last_token();
    for segment in token.split('.') {
        assert!(!home.says(segment), "{segment}");
    }
}

#[tokio::test]
async fn what_the_token_says_is_escaped() {
    let site = TestSite::start().await;
    let nasty = "<script>alert(1)</script>\"'&";
    site.issuer.knows(nasty, "kaze-no-toorimichi", &[nasty]);
    let mut browser = site.browser();
    let answer = browser.submit_login(nasty, "kaze-no-toorimichi").await;

    let home = browser.follow(answer).await;

    assert_eq!(home.status, StatusCode::OK);
    assert!(!home.says("<script>alert"));
    assert!(home.says("&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;"));
}

#[tokio::test]
async fn the_button_to_sign_out_is_there_for_whoever_is_signed_in() {
    let site = TestSite::start().await;

    assert!(
        site.signed_in()
            .await
            .get("/")
            .await
            .says("action=\"/logout\"")
    );
    assert!(
        !site
            .browser()
            .get("/login")
            .await
            .says("action=\"/logout\"")
    );
}
