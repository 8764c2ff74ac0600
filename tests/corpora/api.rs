//! What no description of the issuer names: headers, paths, clients; and tokens and passwords that are known to many.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    strings::Corpus,
    trial::{Site, Trial},
    wire::{Asked, escaped},
};
use crate::pair::PASSWORD;

const JSON: &str = "application/json";

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
