//! Where people are sent, what they read there, and where they come back to.

use super::{proxy::BOTH, world::World};

const PAGE: &str = "/app/orders?page=2&sort=new%20ones";

#[tokio::test]
async fn a_stranger_signs_in_and_is_back_at_the_very_page() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let (pages, app) = (&world.addresses.pages, &world.addresses.app);
        for (page, back) in [
            (format!("{pages}{PAGE}"), PAGE.to_owned()),
            (format!("{app}{PAGE}"), format!("{app}{PAGE}")),
        ] {
            let visitor = world.visitor().await;
            let seen = world.app.reached().len();
            let refused = visitor.opens(&page).await;
            assert_eq!(refused.status, 303, "{kind:?}: {refused:?}");
            assert_eq!(world.app.reached().len(), seen, "{kind:?}");
            let login = refused.location().to_owned();
            assert!(
                login.starts_with(&format!("{pages}/login?next=")),
                "{login}"
            );
            let form = visitor.opens(&login).await;
            assert_eq!(form.status, 200);
            assert_eq!(form.notice(), None, "a first visit");

            assert_eq!(visitor.signs_in_at(&login).await, back, "{kind:?}");

            let passed = visitor.opens(&page).await;
            assert_eq!(passed.status, 200, "{kind:?}: {passed:?}");
            assert!(passed.text.contains("The app of hanako"), "{passed:?}");
            assert_eq!(world.app.last().uri, PAGE);
        }
    }
}

/// What any app can set for its own host, and nobody can remove from the pages' host.
#[tokio::test]
async fn a_second_cookie_at_the_host_of_an_app_is_no_redirect_loop() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let visitor = world.signed_in().await;
        let url = format!("{}{PAGE}", world.addresses.app);
        let planted = "__Secure-tegata=AAAAAAAAAAAAAAAAAAAAAA";
        let both = format!("{}; {planted}", visitor.cookies(&url));
        let request = visitor.navigation(visitor.get(&url));
        let refused = visitor.sends(request.header("cookie", both)).await;
        assert_eq!(refused.status, 303, "{kind:?}");
        let login = visitor.opens(refused.location()).await;
        assert_ne!(login.status, 303, "{kind:?}: to the app, and back again");
        if login.status == 400 {
            assert!(login.text.contains("two sign-ins"), "{kind:?}: {login:?}");
        }
        assert!(world.app.reached().is_empty());
    }
}

#[tokio::test]
async fn whoever_is_sent_away_reads_why_on_the_login_page_once() {
    for kind in BOTH {
        for at_pages in [true, false] {
            let world = World::behind(kind).await;
            let addresses = &world.addresses;
            let site = if at_pages {
                &addresses.pages
            } else {
                &addresses.app
            };
            let visitor = world.signed_in().await;
            world.pair.let_the_login_expire();

            let refused = visitor.opens(&format!("{site}{PAGE}")).await;
            assert_eq!(refused.status, 303, "{kind:?}");
            let login = refused.location().to_owned();
            let page = visitor.opens(&login).await;
            let told = "Your session has expired or is no longer valid. Please sign in again.";
            assert_eq!(page.notice(), Some(told), "{kind:?} {site}");
            assert_eq!(visitor.opens(&login).await.notice(), None, "once");
            assert_eq!(visitor.cookies(site).matches("tegata=").count(), 0);

            let back = visitor.signs_in_at(&login).await;
            assert!(back.ends_with(PAGE), "{back}");
        }
    }
}

#[tokio::test]
async fn what_a_form_sends_gets_through_whole_or_not_at_all() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let url = format!("{}/app/orders", world.addresses.app);
        let visitor = world.signed_in().await;
        let sent = visitor.submits(&url, &[("order", "tea")]).await;
        assert_eq!(sent.status, 200, "{kind:?}");
        let reached = world.app.last();
        assert_eq!(reached.method, "POST");
        assert_eq!(reached.body, "order=tea", "{kind:?}");

        let stranger = world.visitor().await;
        let refused = stranger.submits(&url, &[("order", "tea")]).await;
        assert_eq!(refused.status, 303, "{kind:?}");
        let login = format!("{}/login", world.addresses.pages);
        assert_eq!(refused.location(), login, "not back to what was a form");
        assert_eq!(world.app.reached().len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let (pages, app) = (&world.addresses.pages, &world.addresses.app);
        let visitor = world.visitor().await;
        let home = format!("{pages}/login");

        let spoofing = visitor.navigation(visitor.get(&format!("{app}/app/")));
        let spoofing = spoofing
            .header("X-Forwarded-Host", "evil.example")
            .header("X-Forwarded-Proto", "http")
            .header("X-Forwarded-Uri", "//evil.example")
            .header("X-Forwarded-Method", "GET");
        let refused = visitor.sends(spoofing).await;
        let app_page = "https%3A%2F%2Fapp.example.com%3A";
        assert!(
            refused
                .location()
                .starts_with(&format!("{home}?next={app_page}")),
            "{kind:?}: {}",
            refused.location()
        );
        // Slashes that a browser would read as a host.
        let refused = visitor
            .opens(&format!("{pages}/app//evil.example/%5c..%2f"))
            .await;
        assert!(refused.location().starts_with(&home), "{kind:?}");
        assert!(
            visitor
                .signs_in_at(refused.location())
                .await
                .starts_with("/app/")
        );

        for asked in [
            "https://evil.example/",
            "//evil.example",
            "https://app.example.com.evil.example/",
            "https://other.example.com/",
        ] {
            let visitor = world.visitor().await;
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", asked)
                .finish();
            let back = visitor.signs_in_at(&format!("{home}?{query}")).await;
            assert_eq!(back, "/", "{kind:?} {asked}");
        }
    }
}

#[tokio::test]
async fn a_long_address_comes_back_and_a_longer_one_is_home() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let app = &world.addresses.app;
        // Each is three characters in the query of the login page.
        let long = format!("{app}/app/?{}", "&".repeat(1900));
        let visitor = world.visitor().await;
        let refused = visitor.opens(&long).await;
        assert_eq!(refused.status, 303, "{kind:?}: {}", world.proxy.log());
        assert_eq!(visitor.signs_in_at(refused.location()).await, long);

        let longer = format!("{app}/app/{}", "a".repeat(4000));
        let refused = world.visitor().await.opens(&longer).await;
        assert_eq!(refused.status, 303, "{kind:?}: {}", world.proxy.log());
        let home = format!("{}/login", world.addresses.pages);
        assert_eq!(refused.location(), home);
    }
}
