//! A person in a real browser before the real command, set up as docs/forward-auth.md says.

use std::time::Duration;

use super::{
    app::App,
    proxy::{BOTH, Places, Proxy},
    visitor,
    world::{Addresses, free_port},
};
use crate::{
    browser::{Browser, Visitor},
    tegata::Place,
};

const PAGE: &str = "/d/1?from=now-1h&to=now&q=%E9%96%A2";

#[tokio::test]
async fn a_person_signs_in_for_an_app_of_another_host_and_out_of_both() {
    for kind in BOTH {
        let addresses = Addresses::free();
        let bind = format!("127.0.0.1:{}", free_port());
        let place = Place::new()
            .with("FRONTEND_BIND", &bind)
            .with("PUBLIC_URL", &addresses.pages)
            .with("TRUSTED_PROXIES", "127.0.0.1")
            .with("COOKIE_DOMAIN", "example.com")
            .with("FORWARD_AUTH_ORIGINS", &addresses.app);
        let tegata = place.start();
        let app = App::start().await;
        let places = Places {
            port: addresses.port,
            tegata: bind.parse().unwrap(),
            app: app.address,
            token: false,
        };
        let _proxy = Proxy::start(kind, places).await;
        visitor::Visitor::of(&addresses).await;
        let page = format!("{}{PAGE}", addresses.app);

        let browser = Browser::open_at_example_com(Visitor::ENGLISH).await;
        browser.goto(&page).await;
        assert!(browser.address().await.starts_with(&addresses.pages));
        assert!(!browser.has(".notice").await, "a first visit");
        browser.sign_in("admin", &tegata.admin_password).await;
        browser.arrive(PAGE).await;
        assert_eq!(browser.address().await, page, "{kind:?}");
        assert_eq!(browser.text().await, "The app of admin");
        let cookies = browser.run("return document.cookie").await;
        assert_eq!(cookies, "app=own", "no script sees ours");
        // A script of the app, and one that asks the pages for what is not its business.
        let fetched = browser
            .run_async("const done = arguments[0]; fetch('/data').then(a => done(a.status));")
            .await;
        assert_eq!(fetched, 200);
        let ask = format!("{}/forward-auth", addresses.pages);
        let read = browser
            .run_async(&format!(
                "const done = arguments[0]; fetch('{ask}', {{credentials: 'include'}})
                 .then(a => done('read ' + a.status), () => done('refused'));"
            ))
            .await;
        assert_eq!(read, "refused");
        // The app of the other path, and the pages, without another word.
        browser.goto(&format!("{}/app/x", addresses.pages)).await;
        assert_eq!(browser.text().await, "The app of admin");

        browser.goto(&addresses.pages).await;
        browser.click("form[action='/logout'] button").await;
        browser.arrive("/login").await;
        browser.goto(&page).await;
        assert!(browser.address().await.starts_with(&addresses.pages));
        assert!(!browser.text().await.contains("The app"));

        // Ended elsewhere, and told so.
        browser.sign_in("admin", &tegata.admin_password).await;
        browser.arrive(PAGE).await;
        let ended = place.output(&["session", "end", "--user", "admin"]);
        assert!(ended.status.success(), "{ended:?}");
        // The pages hear of it within two seconds.
        let mut beat = tokio::time::interval(Duration::from_millis(100));
        while browser.address().await == page {
            beat.tick().await;
            browser.goto(&page).await;
        }
        let told = browser.text_of(".notice").await;
        assert!(told.starts_with("An administrator ended"), "{told}");
        browser.close().await;
    }
}
