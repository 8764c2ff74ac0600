//! The description and its page.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn the_description_lists_every_route_and_how_to_log_in() {
    let app = TestApp::start().await;
    let answer = app.get("/openapi.json").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    let description = answer.json();
    assert!(
        description["openapi"].as_str().unwrap().starts_with("3.1."),
        "{}",
        description["openapi"]
    );
    let mut routes: Vec<String> = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            routes.push(format!("{method} {path}"));
        }
    }
    routes.sort_unstable();
    assert_eq!(
        routes,
        [
            "delete /admin/users/{id}",
            "delete /admin/users/{id}/sessions",
            "delete /admin/users/{id}/sessions/{sid}",
            "delete /users/me",
            "delete /users/me/sessions",
            "delete /users/me/sessions/{id}",
            "get /.well-known/jwks.json",
            "get /.well-known/oauth-authorization-server",
            "get /admin/events",
            "get /admin/users",
            "get /admin/users/{id}",
            "get /admin/users/{id}/sessions",
            "get /health/live",
            "get /health/ready",
            "get /revocations",
            "get /users/me",
            "get /users/me/events",
            "get /users/me/sessions",
            "patch /admin/users/{id}",
            "patch /users/me",
            "post /admin/users",
            "post /auth",
            "post /introspect",
            "post /revoke",
            "post /token",
            "post /users",
            "put /users/me/password",
        ]
    );
    let schemes = &description["components"]["securitySchemes"];
    assert_eq!(schemes["password"]["type"], "oauth2");
    assert_eq!(
        schemes["password"]["flows"]["password"]["tokenUrl"],
        "/token"
    );
    assert_eq!(schemes["secret"]["scheme"], "basic");
    let me = &description["paths"]["/users/me"]["get"];
    assert_eq!(me["security"], json!([{"password": []}]));
    let problem = &description["components"]["schemas"]["Problem"]["properties"];
    for member in ["type", "loc", "msg", "input"] {
        assert!(problem[member].is_object(), "422 is described: {member}");
    }
    let bodies = description["paths"]["/token"]["post"]["requestBody"]["content"]
        .as_object()
        .unwrap();
    let kinds: Vec<&String> = bodies.keys().collect();
    assert_eq!(
        kinds,
        ["application/json", "application/x-www-form-urlencoded"],
        "the Authorize button sends the second"
    );
}

#[tokio::test]
async fn the_description_is_written_once_and_every_answer_shares_it() {
    let app = TestApp::start().await;
    let first = app.get("/openapi.json").await;
    let second = app.get("/openapi.json").await;
    assert_eq!(first.body.as_ptr(), second.body.as_ptr());
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn every_reference_in_the_description_leads_somewhere() {
    let app = TestApp::start().await;
    let answer = app.get("/openapi.json").await;
    let description = answer.json();
    let text = answer.text();
    let mut found = 0;
    for rest in text.split("\"$ref\":\"#").skip(1) {
        let pointer = rest.split('"').next().unwrap();
        assert!(description.pointer(pointer).is_some(), "{pointer}");
        found += 1;
    }
    assert!(found > 3, "{found}");
}

#[tokio::test]
async fn the_page_runs_its_own_scripts_and_only_those() {
    let app = TestApp::start().await;
    let page = app.get("/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    let scripts = policy.split(';').find(|part| part.contains("script-src"));
    assert!(!scripts.unwrap().contains("unsafe"), "{policy}");

    let html = page.text();
    let mut loaded = 0;
    for tag in html.split("<script").skip(1) {
        let (attributes, rest) = tag.split_once('>').unwrap();
        let (inline, _) = rest.split_once("</script>").unwrap();
        assert_eq!(inline.trim(), "", "the policy forbids it");
        let source = attributes.split("src=\"").nth(1).unwrap();
        let source = source.split('"').next().unwrap();
        let name = source.strip_prefix("./").unwrap_or(source);
        let script = app.get(&format!("/docs/{name}")).await;
        assert_eq!(script.status, 200, "{name}");
        assert!(
            script.header("content-type").contains("javascript"),
            "{name}"
        );
        assert_eq!(script.header("x-content-type-options"), "nosniff");
        loaded += 1;
    }
    assert!(loaded > 0);
    let settings = app.get("/docs/swagger-initializer.js").await.text();
    assert!(settings.contains("/openapi.json"), "{settings}");
}

#[tokio::test]
async fn the_bare_address_and_the_page_without_its_slash_lead_to_the_page() {
    let app = TestApp::start().await;
    for path in ["/", "/docs"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(answer.header("location"), "/docs/", "{path}");
    }
    let lost = app.get("/docs/no-such-file.js").await;
    assert_eq!(lost.status, 404);
    assert_eq!(lost.word("error"), "not_found");
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own() {
    let app = TestApp::start().await;
    let description = app.get("/openapi.json").await.json();
    let mut names: Vec<String> = Vec::new();
    for methods in description["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            names.push(operation["operationId"].as_str().unwrap().to_owned());
        }
    }
    names.sort_unstable();
    let mut once = names.clone();
    once.dedup();
    assert_eq!(names, once, "clients are generated by these names");
    assert!(names.len() > 10);
}
