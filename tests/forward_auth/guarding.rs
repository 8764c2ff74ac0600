//! Who gets through, and as whom.

use serde_json::Value;

use super::{proxy::BOTH, world::World};
use crate::pair::USERNAME;

const PAGE: &str = "/app/orders?page=2&sort=new%20ones";

#[tokio::test]
async fn the_app_learns_who_it_is_and_never_from_the_client() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let visitor = world.signed_in().await;
        for site in [&world.addresses.pages, &world.addresses.app] {
            let request = visitor.get(&format!("{site}{PAGE}"));
            let request = visitor
                .navigation(request)
                .header("X-Auth-User", "root")
                .header("x-auth-user-id", "0")
                .header("X-Auth-Roles", "root")
                .header("X-Forwarded-Host", "evil.example")
                .header("X-Forwarded-Uri", "/evil");
            assert_eq!(visitor.sends(request).await.status, 200, "{kind:?}");

            let reached = world.app.last();
            for (name, value) in [("x-auth-user", USERNAME), ("x-auth-roles", "editor")] {
                let sent: Vec<_> = reached.headers.get_all(name).iter().collect();
                assert_eq!(sent, [value], "{kind:?}");
            }
            let id = reached.header("x-auth-user-id").unwrap();
            assert_eq!(id.len(), 36, "{kind:?}: {id}");
            assert_eq!(reached.header("authorization"), None, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn what_an_app_could_take_for_the_headers_of_the_proxy_does_not_arrive() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let visitor = world.signed_in().await;
        let request = visitor.get(&format!("{}{PAGE}", world.addresses.app));
        // WSGI, PHP and CGI make one variable of both spellings; hop-by-hop headers are taken out.
        let request = visitor
            .navigation(request)
            .header("X_Auth_User", "root")
            .header("X-Auth_User", "root")
            .header("x_AUTH-user-id", "0")
            .header("X_Auth_Roles", "root")
            .header("X-Auth-Token", "of the app")
            .header(
                "Connection",
                "close, X-Auth-User, x-auth-user-id, X-Auth-Roles",
            );
        assert_eq!(visitor.sends(request).await.status, 200, "{kind:?}");

        let reached = world.app.last();
        let names = reached.headers.keys().map(|name| name.as_str());
        let odd: Vec<_> = names.filter(|name| name.contains('_')).collect();
        assert_eq!(odd, [""; 0], "{kind:?}");
        assert_eq!(reached.header("x-auth-user"), Some(USERNAME), "{kind:?}");
        assert!(reached.header("x-auth-user-id").is_some(), "{kind:?}");
        assert_eq!(reached.header("x-auth-roles"), Some("editor"), "{kind:?}");
        assert_eq!(
            reached.header("x-auth-token"),
            Some("of the app"),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_name_in_any_script_arrives_and_no_roles_are_none() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let visitor = world.visitor().await;
        let (name, password) = ("関所.花子", "eight barriers, one road");
        let registered = reqwest::Client::new()
            .post(format!("{}/users", world.pair.api))
            .json(&serde_json::json!({"username": name, "password": password}))
            .send()
            .await
            .unwrap();
        assert_eq!(registered.status(), 201);
        visitor.signs_in_as(name, password).await;

        let request = visitor.get(&format!("{}{PAGE}", world.addresses.app));
        let request = visitor.navigation(request).header("X-Auth-Roles", "admin");
        assert_eq!(visitor.sends(request).await.status, 200, "{kind:?}");

        let reached = world.app.last();
        let encoded = "%E9%96%A2%E6%89%80.%E8%8A%B1%E5%AD%90";
        assert_eq!(reached.header("x-auth-user"), Some(encoded), "{kind:?}");
        let roles = reached.header("x-auth-roles").unwrap_or_default();
        assert_eq!(roles, "", "{kind:?}");
    }
}

#[tokio::test]
async fn the_app_never_sees_the_session_cookie() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let visitor = world.signed_in().await;
        let url = format!("{}{PAGE}", world.addresses.app);
        let session = visitor.cookies(&url);
        assert!(session.starts_with("__Secure-tegata="), "{session}");

        for (sent, rest) in [
            (session.clone(), ""),
            (format!("a=1; {session}; b=2"), "a=1; b=2"),
            (format!("{session}; b=2"), "b=2"),
            (format!("a=1; {session}"), "a=1"),
            (
                format!("xtegata=1; {session}; tegata_x=2"),
                "xtegata=1; tegata_x=2",
            ),
            // What an app can set, so that the real one were left over.
            (format!("{session}; tegata=x"), ""),
            (format!("{session}; a=1; __Host-tegata=x; b=2"), "a=1; b=2"),
            (format!("tegata=x; {session}; a=1"), "a=1"),
        ] {
            let request = visitor
                .navigation(visitor.get(&url))
                .header("cookie", &sent);
            assert_eq!(visitor.sends(request).await.status, 200, "{kind:?} {sent}");
            let cookies = world.app.last();
            let cookies = cookies.header("cookie").unwrap_or_default();
            let cookies = cookies.trim_end_matches([';', ' ']);
            assert_eq!(cookies, rest, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_script_gets_401_in_json_with_the_reason() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let url = format!("{}{PAGE}", world.addresses.app);
        let stranger = world.visitor().await;
        let visitor = world.signed_in().await;
        world.pair.let_the_login_expire();

        for (visitor, reason) in [(&stranger, "login_required"), (&visitor, "session_unknown")] {
            let answer = visitor.fetches(&url).await;
            assert_eq!(answer.status, 401, "{kind:?}: {answer:?}");
            assert_eq!(answer.header("location"), None);
            assert_eq!(answer.header("tegata-reason"), Some(reason));
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert!(answer.header("www-authenticate").is_some());
            let body: Value = serde_json::from_str(&answer.text).unwrap();
            assert_eq!(body["error"], "login_required");
            assert_eq!(body["reason"], reason);
        }
        assert!(world.app.reached().is_empty());
    }
}

#[tokio::test]
async fn a_token_that_ends_is_refreshed_and_nobody_notices() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let visitor = world.signed_in().await;
        let url = format!("{}{PAGE}", world.addresses.app);
        for _ in 0..3 {
            world.pair.let_the_token_expire();
            assert_eq!(visitor.opens(&url).await.status, 200, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn what_the_app_itself_refuses_is_its_own_matter() {
    for kind in BOTH {
        let world = World::behind(kind).await;
        let visitor = world.signed_in().await;
        for status in [401, 403, 404, 500, 503] {
            let url = format!("{}/app/status/{status}", world.addresses.app);
            let answer = visitor.opens(&url).await;
            assert_eq!(answer.status, status, "{kind:?}");
            assert!(answer.text.contains("The app of"), "{kind:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn the_token_reaches_the_app_when_that_is_set_and_no_browser() {
    for kind in BOTH {
        let world = World::with_token(kind, true).await;
        let visitor = world.signed_in().await;
        let (pages, app) = (&world.addresses.pages, &world.addresses.app);
        let request = visitor.navigation(visitor.get(&format!("{app}{PAGE}")));
        let request = request.header("authorization", "Bearer of-the-client");
        let answer = visitor.sends(request).await;
        assert_eq!(answer.status, 200, "{kind:?}");
        assert_eq!(answer.header("authorization"), None);
        let reached = world.app.last();
        let token = reached.header("authorization").unwrap();
        let parts = token.strip_prefix("Bearer ").unwrap().split('.');
        assert_eq!(parts.count(), 3, "{kind:?}: {token}");

        for path in [
            "/forward-auth",
            "/forward-auth?refusal=redirect",
            "/forward%2Dauth",
            "//forward-auth",
            "/./forward-auth",
            "/forward-auth/",
        ] {
            for site in [pages, app] {
                let answer = visitor.fetches(&format!("{site}{path}")).await;
                let told = answer.header("authorization");
                assert_eq!(told, None, "{kind:?} {site}{path}");
            }
        }
    }
}
