//! Cookies: how ours are guarded, and what becomes of those that are not ours, or not any more.

use http::{HeaderValue, Method, StatusCode, header};
use proptest::{
    prelude::{ProptestConfig, any},
    prop_assert, prop_assert_eq,
    test_runner::TestRunner,
};

use crate::{
    browser::{Browser, Page},
    site::{EXPIRED_JA, PASSWORD, TestSite, USERNAME},
};

#[tokio::test]
async fn over_http_on_this_machine_cookies_are_guarded_but_not_secure() {
    let site = TestSite::start().await;
    let mut browser = site.browser();

    let fields = [
        ("username", USERNAME),
        ("password", PASSWORD),
        ("remember", "yes"),
    ];
    let answer = browser.submit("/login", &fields).await;

    let cookie = answer.set_cookie("tegata").unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.has(attribute), "{attribute}: {cookie:?}");
    }
    assert!(!cookie.has("Secure"));
    assert!(
        !cookie
            .attributes
            .iter()
            .any(|one| one.starts_with("Domain"))
    );
    let month = 30 * 24 * 60 * 60;
    let kept_for = cookie.max_age().unwrap();
    assert!((month - 60..=month).contains(&kept_for), "{kept_for}");
    assert_eq!(answer.header("strict-transport-security"), None);
}

#[tokio::test]
async fn over_https_every_cookie_is_bound_to_the_host() {
    let site = TestSite::on_https().await;
    let mut browser = site.browser();

    let signed_in = browser.submit_login(USERNAME, PASSWORD).await;
    let switched = browser.submit("/language", &[("lang", "en")]).await;
    let signed_out = browser.submit("/logout", &[]).await;

    let session = signed_in.set_cookie("__Host-tegata").unwrap();
    let language = switched.set_cookie("__Host-tegata_language").unwrap();
    let flash = signed_out.set_cookie("__Host-tegata_flash").unwrap();
    let removal = signed_out.set_cookie("__Host-tegata").unwrap();
    assert!(removal.has("Max-Age=0"));
    for cookie in [&session, &language, &flash, &removal] {
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure"] {
            assert!(cookie.has(attribute), "{attribute}: {cookie:?}");
        }
        assert!(
            !cookie
                .attributes
                .iter()
                .any(|one| one.starts_with("Domain"))
        );
    }
    assert_eq!(browser.session_cookie(), None, "the removal counted");
    for answer in [signed_in, switched, signed_out] {
        let hsts = answer.header("strict-transport-security").unwrap();
        assert_eq!(hsts, "max-age=63072000");
    }
}

#[tokio::test]
async fn over_https_an_expired_session_leaves_no_cookie_and_one_message() {
    let site = TestSite::on_https().await;
    let mut browser = site.signed_in().await;
    site.let_the_login_expire();

    assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    assert_eq!(browser.open("/").await.notice(), None);
}

#[tokio::test]
async fn over_https_the_plain_name_does_not_count() {
    let site = TestSite::on_https().await;
    let session = session_of(&site.signed_in().await);
    for name in [
        "tegata",
        "__host-tegata",
        "__HOST-TEGATA",
        "%5F%5FHost-tegata",
        "%5f%5fHost%2dtegata",
        "__Host%2Dtegata",
        "__Host-te%67ata",
    ] {
        let mut browser = site.browser();
        let page = with_cookie(&mut browser, &format!("{name}={session}")).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{name}");
    }
    let mut browser = site.browser();
    let page = with_cookie(&mut browser, &format!("__Host-tegata={session}")).await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn a_planted_spelling_does_not_push_the_own_session_aside() {
    let site = TestSite::on_https().await;
    site.issuer.knows("mallory", "kaze-no-toorimichi", &[]);
    let mut attacker = site.browser();
    attacker.submit_login("mallory", "kaze-no-toorimichi").await;
    let planted = session_of(&attacker);
    let own = session_of(&site.signed_in().await);

    for cookies in [
        format!("%5F%5FHost-tegata={planted}; __Host-tegata={own}"),
        format!("__Host-tegata={own}; %5F%5FHost-tegata={planted}"),
    ] {
        let page = with_cookie(&mut site.browser(), &cookies).await;
        assert_eq!(page.status, StatusCode::OK, "{cookies}");
        assert!(page.says(USERNAME), "{cookies}");
        assert!(!page.says("mallory"), "{cookies}");
    }
}

#[tokio::test]
async fn a_session_cookie_that_is_none_of_ours_is_explained_and_removed() {
    let site = TestSite::start().await;
    let good = session_of(&site.signed_in().await);
    let long = "A".repeat(8 * 1024);
    for value in [
        "",
        "x",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "_____________________w",
        &good[..good.len() - 1],
        &format!("{good}A"),
        &format!("{good}="),
        &format!("\"{good}\""),
        &good.to_ascii_lowercase(),
        &long,
        "手形",
        "%e6%89%8b%e5%bd%a2",
        "%ff%fe",
        "%00",
        "%0d%0aSet-Cookie:%20x=y",
        "../../etc/passwd",
        "' OR 1=1 --",
        "{\"$ne\":null}",
        "=",
        "a=b=c",
    ] {
        let mut browser = site.browser();
        let cookie = format!("tegata={value}");
        let sent = with_cookie(&mut browser, &cookie).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{value}");
        assert_eq!(sent.location(), "/login", "{value}");
        let removal = sent.set_cookie("tegata").unwrap();
        assert!(removal.has("Max-Age=0") && removal.has("Path=/"), "{value}");
        assert_eq!(
            browser.follow(sent).await.notice(),
            Some(EXPIRED_JA),
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_script_leaves_even_an_unusable_cookie_for_the_person_to_learn_why() {
    let site = TestSite::start().await;
    for value in ["x", "AAAAAAAAAAAAAAAAAAAAAA"] {
        let mut browser = site.browser();
        browser
            .cookies
            .insert("tegata".to_owned(), value.to_owned());

        let answer = browser.fetch("/").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json()["reason"], "session_unknown");
        assert!(answer.set_cookies().is_empty(), "{value}");

        assert_eq!(browser.open("/").await.notice(), Some(EXPIRED_JA));
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_a_bad_cookie_like_any_other() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    let cookie = HeaderValue::from_bytes(b"tegata=\xe8\xa8\x80\xff\x80").unwrap();
    let request = browser
        .navigation(Method::GET, "/")
        .header(header::COOKIE, cookie);

    let sent = browser.send(request, "").await;

    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert!(sent.set_cookie("tegata").unwrap().has("Max-Age=0"));
    assert_eq!(browser.follow(sent).await.notice(), Some(EXPIRED_JA));
}

#[tokio::test]
async fn another_programs_cookie_on_this_host_signs_nobody_out() {
    let site = TestSite::start().await;
    let own = format!("tegata={}", session_of(&site.signed_in().await));
    for other in [
        &b"caf\xe9=cr\xe8me"[..],
        b"x=\xff\xfe",
        b"%ff=%ff",
        b"=",
        b"x",
        b"a=\"b;c\"",
    ] {
        let cookies = [other, b"; ", own.as_bytes()].concat();
        let mut browser = site.browser();
        let request = browser
            .navigation(Method::GET, "/")
            .header(header::COOKIE, HeaderValue::from_bytes(&cookies).unwrap());
        let page = browser.send(request, "").await;
        assert_eq!(page.status, StatusCode::OK, "{}", other.escape_ascii());
    }
}

#[tokio::test]
async fn of_two_session_cookies_neither_is_believed() {
    let site = TestSite::start().await;
    let first = session_of(&site.signed_in().await);
    let second = session_of(&site.signed_in().await);
    for cookies in [
        format!("tegata={first}; tegata={second}"),
        format!("tegata={first}; tegata={first}"),
        format!("tegata={first}; other=1; tegata=x"),
        format!("tegata=x;tegata={first}"),
        format!("tegata={first}; tegata="),
    ] {
        let mut browser = site.browser();
        let sent = with_cookie(&mut browser, &cookies).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{cookies}");
        assert!(
            sent.set_cookie("tegata").unwrap().has("Max-Age=0"),
            "{cookies}"
        );
        assert_eq!(
            browser.follow(sent).await.notice(),
            Some(EXPIRED_JA),
            "{cookies}"
        );
    }
    assert_eq!(site.stored_sessions(), 2, "nobody was signed out by it");
}

#[tokio::test]
async fn two_session_cookies_in_two_headers_are_two() {
    let site = TestSite::start().await;
    let session = session_of(&site.signed_in().await);
    let mut browser = site.browser();
    let request = browser
        .navigation(Method::GET, "/")
        .header(header::COOKIE, format!("tegata={session}"))
        .header(header::COOKIE, "tegata=AAAAAAAAAAAAAAAAAAAAAA");

    assert_eq!(
        browser.send(request, "").await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn an_unusable_cookie_does_not_stand_in_the_way_of_signing_in() {
    let site = TestSite::start().await;
    for value in ["x", "AAAAAAAAAAAAAAAAAAAAAA", "手形"] {
        let mut browser = site.browser();
        browser
            .cookies
            .insert("tegata".to_owned(), value.to_owned());
        browser.sign_in().await;
        assert_eq!(browser.get("/").await.status, StatusCode::OK, "{value}");
    }
}

#[test]
fn no_cookie_header_at_all_makes_the_site_stumble() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let site = runtime.block_on(TestSite::start());
    let good = session_of(&runtime.block_on(site.signed_in()));
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let strategy = (
        any::<Vec<u8>>(),
        "(tegata(_flash|_language)?|[a-z%;= \"]{0,6})[=; ][!-~ ]{0,30}",
    );
    TestRunner::new(config)
        .run(&strategy, |(noise, text)| {
            for bytes in [noise, text.into_bytes()] {
                let Ok(value) = HeaderValue::from_bytes(&bytes) else {
                    continue;
                };
                let mut browser = site.browser();
                let request = browser
                    .navigation(Method::GET, "/")
                    .header(header::COOKIE, &value);
                let page = runtime.block_on(browser.send(request, ""));
                prop_assert_eq!(page.status, StatusCode::SEE_OTHER);
                prop_assert!(page.location().starts_with("/login"));

                // Beside a good cookie noise does not count, unless it bears its name.
                let named = bytes.split(|b| *b == b';').any(|pair| {
                    let name = pair.split(|b| *b == b'=').next().unwrap_or_default();
                    pair.contains(&b'=') && name.trim_ascii() == b"tegata"
                });
                let beside = [bytes.as_slice(), b"; tegata=", good.as_bytes()].concat();
                let mut browser = site.browser();
                let request = browser
                    .navigation(Method::GET, "/")
                    .header(header::COOKIE, HeaderValue::from_bytes(&beside).unwrap());
                let page = runtime.block_on(browser.send(request, ""));
                let expected = if named {
                    StatusCode::SEE_OTHER
                } else {
                    StatusCode::OK
                };
                prop_assert_eq!(page.status, expected);
            }
            Ok(())
        })
        .unwrap();
}

fn session_of(browser: &Browser) -> String {
    browser.session_cookie().unwrap().to_owned()
}

/// Home, with this cookie header and no other.
async fn with_cookie(browser: &mut Browser, cookies: &str) -> Page {
    browser.cookies.clear();
    let request = browser
        .navigation(Method::GET, "/")
        .header(header::COOKIE, cookies.as_bytes());
    browser.send(request, "").await
}
