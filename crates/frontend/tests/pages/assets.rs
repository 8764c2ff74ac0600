//! What the pages are made of besides words.

use http::{Method, StatusCode, header};

use crate::site::TestSite;

#[tokio::test]
async fn every_asset_a_page_names_is_there_with_its_type() {
    let site = TestSite::start().await;
    let mut browser = site.signed_in().await;
    let mut named = 0;
    for address in ["/", "/account/password", "/login", "/register", "/nothing"] {
        let mut page = site.browser().get(address).await;
        if address == "/" || address.starts_with("/account") {
            page = browser.get(address).await;
        }
        for part in page.body.split("\"/assets/").skip(1) {
            let name = part.split('"').next().unwrap();
            let asset = browser.get(&format!("/assets/{name}")).await;
            assert_eq!(asset.status, StatusCode::OK, "{name}");
            let kind = match name.rsplit('.').next().unwrap() {
                "css" => "text/css; charset=utf-8",
                "js" => "text/javascript; charset=utf-8",
                _ => "image/svg+xml",
            };
            assert_eq!(asset.header("content-type"), Some(kind), "{name}");
            assert_eq!(asset.header("x-content-type-options"), Some("nosniff"));
            assert!(asset.set_cookies().is_empty());
            named += 1;
        }
    }
    assert!(named >= 17, "{named}");
}

#[tokio::test]
async fn an_asset_that_has_not_changed_is_not_sent_again() {
    let site = TestSite::start().await;
    let mut browser = site.browser();
    let first = browser.get("/assets/tegata.css").await;
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(first.header("cache-control"), Some("no-cache"));

    // As it was sent; as a proxy that compresses passes it on; among others.
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let request = browser
            .navigation(Method::GET, "/assets/tegata.css")
            .header(header::IF_NONE_MATCH, &known);
        let again = browser.send(request, "").await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(again.body, "");
        assert_eq!(again.header("etag"), Some(tag.as_str()));
    }

    let request = browser
        .navigation(Method::GET, "/assets/tegata.css")
        .header(header::IF_NONE_MATCH, "\"other\"");
    assert_eq!(browser.send(request, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_asset_that_is_not_there_is_not_found() {
    let site = TestSite::start().await;
    for name in [
        "nothing.css",
        "..%2fCargo.toml",
        "%ff",
        "tegata.css%00",
        "TEGATA.CSS",
        "",
    ] {
        let answer = site.browser().get(&format!("/assets/{name}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
    }
}
