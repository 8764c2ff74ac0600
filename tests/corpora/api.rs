//! Every input of the issuer: the routes as it describes them itself, and the headers that no description names.

use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

use super::{
    strings::Corpus,
    trial::{Site, Trial},
    wire::{Asked, escaped, form},
};
use crate::pair::{PASSWORD, USERNAME};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const NO_ID: &str = "01a1fcdc-1ec1-7b6f-8f6a-1f2a1c0a6f0e";

/// One of the described routes.
#[derive(Clone, Debug)]
struct Route {
    method: String,
    path: String,
    /// `path` or `query`, and the name.
    parameters: Vec<(String, String)>,
    /// Members of the body.
    members: BTreeSet<String>,
}

fn routes(description: &Value) -> Vec<Route> {
    let mut routes = Vec::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let content = operation["requestBody"]["content"].as_object();
            let schemas = content
                .into_iter()
                .flat_map(Map::values)
                .map(|one| &one["schema"]);
            let mut members = BTreeSet::new();
            for schema in schemas {
                members_of(schema, description, &mut members);
            }
            routes.push(Route {
                method: method.clone(),
                path: path.clone(),
                parameters: parameters
                    .map(|one| (text(&one["in"]), text(&one["name"])))
                    .collect(),
                members,
            });
        }
    }
    assert!(routes.len() > 20, "{}", routes.len());
    routes
}

fn members_of(schema: &Value, description: &Value, into: &mut BTreeSet<String>) {
    if let Some(place) = schema["$ref"].as_str() {
        let place = place.trim_start_matches('#');
        members_of(description.pointer(place).unwrap(), description, into);
    }
    let properties = schema["properties"].as_object();
    into.extend(properties.into_iter().flat_map(Map::keys).cloned());
    for kind in ["allOf", "oneOf", "anyOf"] {
        for part in schema[kind].as_array().into_iter().flatten() {
            members_of(part, description, into);
        }
    }
}

/// What fits where a string is not tried.
fn fitting(route: &Route, member: &str) -> Option<&'static str> {
    Some(match (route.path.as_str(), member) {
        ("/token" | "/auth", "username") => USERNAME,
        (_, "username") => "somebody.else",
        // Whoever deletes an account has to know its password: not this one.
        ("/users/me", "password") => "not the password",
        (_, "password") => PASSWORD,
        (_, "current_password") => "not the password",
        (_, "new_password") => "another eight barriers",
        (_, "token") => "no.such.token",
        _ => return None,
    })
}

/// The route, with what is tried in its place. Whoever may be changed is there; whoever may be removed is not.
fn target(trial: &Trial, route: &Route, place: Option<(&str, &str)>, naughty: &[u8]) -> Vec<u8> {
    let id = if route.method == "patch" {
        &trial.another
    } else {
        NO_ID
    };
    let mut path = route.path.clone();
    for (kind, name) in &route.parameters {
        let slot = format!("{{{name}}}");
        let value = if place == Some((kind, name)) {
            escaped(naughty)
        } else {
            id.to_owned()
        };
        path = path.replace(&slot, &value);
    }
    if let Some(("query", name)) = place {
        path.push_str(&format!("?{name}={}", escaped(naughty)));
    }
    path.into_bytes()
}

/// Each parameter and each member of each route.
pub(crate) async fn described(trial: &mut Trial, corpus: &Corpus) {
    for route in routes(&trial.description.clone()) {
        for (kind, name) in &route.parameters {
            let input = format!(
                "{} {} {kind} {name}",
                route.method.to_uppercase(),
                route.path
            );
            for naughty in &corpus.strings {
                let asked = Asked::new(
                    &route.method,
                    target(trial, &route, Some((kind, name)), naughty),
                );
                let place = (input.as_str(), corpus.name);
                trial
                    .tries_signed_in(place, Site::Api, asked, naughty)
                    .await;
            }
        }
        for member in &route.members {
            for naughty in &corpus.strings {
                for format in [FORM, JSON] {
                    let kind = if format == FORM { "form" } else { "json" };
                    let input = format!(
                        "{} {} {kind} {member}",
                        route.method.to_uppercase(),
                        route.path
                    );
                    let body = body(&route, member, naughty, format);
                    let asked = Asked::new(&route.method, target(trial, &route, None, b""));
                    let asked = asked.body(format, body);
                    let place = (input.as_str(), corpus.name);
                    trial
                        .tries_signed_in(place, Site::Api, asked, naughty)
                        .await;
                }
            }
        }
    }
}

fn body(route: &Route, member: &str, naughty: &[u8], format: &str) -> String {
    let others = route.members.iter().filter(|other| *other != member);
    let others: Vec<_> = match (route.path.as_str(), member) {
        ("/token", "refresh_token") => vec![("grant_type", "refresh_token")],
        ("/token", "scope") => vec![("grant_type", "client_credentials")],
        _ => others
            .filter_map(|other| Some((other.as_str(), fitting(route, other)?)))
            .collect(),
    };
    let others = others.into_iter();
    if format == FORM {
        let mut members: Vec<(&str, &[u8])> = others
            .map(|(name, value)| (name, value.as_bytes()))
            .collect();
        members.push((member, naughty));
        return form(&members);
    }
    let mut members: Map<String, Value> = others
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    members.insert(member.to_owned(), String::from_utf8_lossy(naughty).into());
    Value::Object(members).to_string()
}

/// A string in the place of a value of JSON, as it is: an operator where a word should be, or no JSON at all. And as
/// the whole body of every route that takes one.
pub(crate) async fn values_of_json(trial: &mut Trial, corpus: &Corpus) {
    for route in routes(&trial.description.clone()) {
        for member in &route.members {
            let input = format!(
                "{} {} json value {member}",
                route.method.to_uppercase(),
                route.path
            );
            for naughty in &corpus.strings {
                let body = body(&route, member, b"(here)", JSON).into_bytes();
                let at = body
                    .windows(8)
                    .position(|window| window == b"\"(here)\"")
                    .unwrap();
                let body = [&body[..at], naughty, &body[at + 8..]].concat();
                let asked =
                    Asked::new(&route.method, target(trial, &route, None, b"")).body(JSON, body);
                let place = (input.as_str(), corpus.name);
                trial
                    .tries_signed_in(place, Site::Api, asked, naughty)
                    .await;
            }
        }
    }
    bodies(trial, corpus).await;
}

/// As the whole body.
pub(crate) async fn bodies(trial: &mut Trial, corpus: &Corpus) {
    for route in routes(&trial.description.clone()) {
        if route.members.is_empty() {
            continue;
        }
        for (kind, format) in [("form", FORM), ("json", JSON)] {
            let input = format!("{} {} {kind} body", route.method.to_uppercase(), route.path);
            for naughty in &corpus.strings {
                let asked = Asked::new(&route.method, target(trial, &route, None, b""))
                    .body(format, naughty);
                let place = (input.as_str(), corpus.name);
                trial
                    .tries_signed_in(place, Site::Api, asked, naughty)
                    .await;
            }
        }
    }
}

/// The headers.
pub(crate) async fn headers(trial: &mut Trial, corpus: &Corpus) {
    let names = [
        "accept",
        "authorization",
        "content-type",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "origin",
        "range",
        "traceparent",
        "user-agent",
        "x-forwarded-for",
        "x-http-method-override",
        "x-request-id",
    ];
    for name in names {
        for (method, path) in [("GET", "/users/me"), ("POST", "/token")] {
            let input = format!("{method} {path} header {name}");
            for naughty in &corpus.strings {
                let mut asked = Asked::new(method, path).header(name, naughty);
                if method == "POST" && name != "content-type" {
                    asked = asked.form(&[("username", b"nobody"), ("password", b"nothing")]);
                } else if name != "authorization" {
                    asked = trial.signed_in(Site::Api, asked);
                }
                trial
                    .tries((&input, corpus.name), Site::Api, asked, naughty)
                    .await;
            }
        }
    }
    for naughty in &corpus.strings {
        let path = format!("/{}", escaped(naughty));
        trial
            .tries(
                ("path of the API", corpus.name),
                Site::Api,
                Asked::new("GET", path),
                naughty,
            )
            .await;
        for scheme in ["Bearer", "Basic"] {
            let value = [format!("{scheme} ").as_bytes(), naughty].concat();
            let input = format!("{scheme} of the API");
            let asked = Asked::new("GET", "/users/me").header("authorization", value);
            trial
                .tries((&input, corpus.name), Site::Api, asked, naughty)
                .await;
        }
    }
}

/// The id and the secret of a client, as Basic and in the form.
pub(crate) async fn clients(trial: &mut Trial, corpus: &Corpus) {
    for path in ["/token", "/introspect", "/revoke"] {
        for naughty in &corpus.strings {
            let (id, secret) = (escaped(naughty), "secret".to_owned());
            for (what, pair) in [
                ("id", format!("{id}:{secret}")),
                ("secret", format!("client:{id}")),
                ("id and secret, raw", String::new()),
            ] {
                let pair = if pair.is_empty() {
                    naughty.clone()
                } else {
                    pair.into_bytes()
                };
                let input = format!("POST {path} Basic {what}");
                let asked = Asked::new("POST", path)
                    .header(
                        "authorization",
                        format!("Basic {}", BASE64_STANDARD.encode(pair)),
                    )
                    .form(&[("grant_type", b"client_credentials"), ("token", b"x")]);
                trial
                    .tries((&input, corpus.name), Site::Api, asked, naughty)
                    .await;
            }
            for (what, id, secret) in [
                ("client_id", naughty.as_slice(), &b"secret"[..]),
                ("client_secret", b"client", naughty),
            ] {
                let input = format!("POST {path} {what}");
                let asked = Asked::new("POST", path).form(&[
                    ("grant_type", b"client_credentials"),
                    ("client_id", id),
                    ("client_secret", secret),
                    ("token", b"x"),
                ]);
                trial
                    .tries((&input, corpus.name), Site::Api, asked, naughty)
                    .await;
            }
        }
    }
}

/// Tokens, and names of keys, wherever a token is taken.
pub(crate) async fn tokens(trial: &mut Trial, corpus: &Corpus) {
    for token in &corpus.strings {
        let asked = Asked::new("GET", "/users/me")
            .header("authorization", [b"Bearer ", &token[..]].concat());
        let reply = trial
            .tries(("bearer token", corpus.name), Site::Api, asked, token)
            .await;
        assert_ne!(reply.status, 200, "{}", token.escape_ascii());
        let refresh = [
            ("grant_type", &b"refresh_token"[..]),
            ("refresh_token", token),
        ];
        let asked = Asked::new("POST", "/token").form(&refresh);
        let reply = trial
            .tries(("refresh token", corpus.name), Site::Api, asked, token)
            .await;
        assert_ne!(reply.status, 200, "{}", token.escape_ascii());
        for path in ["/introspect", "/revoke"] {
            let asked = Asked::new("POST", path).form(&[("token", token)]);
            let input = format!("POST {path} token");
            trial
                .tries_signed_in((&input, corpus.name), Site::Api, asked, token)
                .await;
        }
        let kid = serde_json::json!({"alg": "HS256", "typ": "at+jwt", "kid": String::from_utf8_lossy(token)});
        let encode = |text: &str| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text);
        let named = format!(
            "{}.{}.{}",
            encode(&kid.to_string()),
            encode("{}"),
            encode("signature")
        );
        let asked =
            Asked::new("GET", "/users/me").header("authorization", format!("Bearer {named}"));
        let reply = trial
            .tries(("kid of a token", corpus.name), Site::Api, asked, token)
            .await;
        assert!([0, 401].contains(&reply.status));
    }
}

/// Common passwords: nobody gets one, at registration or by a change.
pub(crate) async fn passwords(trial: &mut Trial, corpus: &Corpus) {
    for password in &corpus.strings {
        let text = String::from_utf8_lossy(password);
        let user = serde_json::json!({"username": "somebody.new", "password": text});
        let asked = Asked::new("POST", "/users").body(JSON, user.to_string());
        let reply = trial
            .tries(
                ("POST /users password", corpus.name),
                Site::Api,
                asked,
                password,
            )
            .await;
        assert!([0, 422].contains(&reply.status), "{text}");
        let change = serde_json::json!({"current_password": PASSWORD, "new_password": text});
        let asked = Asked::new("PUT", "/users/me/password").body(JSON, change.to_string());
        let place = ("PUT /users/me/password new_password", corpus.name);
        let reply = trial
            .tries_signed_in(place, Site::Api, asked, password)
            .await;
        assert!([0, 422].contains(&reply.status), "{text}");
    }
}
