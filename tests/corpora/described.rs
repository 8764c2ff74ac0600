//! Every route of the issuer, as it describes them itself: each parameter and each member of its bodies.

use std::collections::BTreeSet;

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
        let has_slot = route.path.contains(&slot);
        assert_eq!(
            kind == "path",
            has_slot,
            "{} describes {name} as {kind}",
            route.path
        );
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
pub(crate) async fn parameters_and_members(trial: &mut Trial, corpus: &Corpus) {
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
