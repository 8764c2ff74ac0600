//! Every input of the pages.

use super::{
    strings::Corpus,
    trial::{Site, Trial},
    wire::{Asked, escaped},
};
use crate::pair::{PASSWORD, USERNAME};

const HTML: &str = "text/html";

fn get(target: impl AsRef<[u8]>) -> Asked {
    Asked::new("GET", target).header("accept", HTML)
}

fn post(target: &str) -> Asked {
    Asked::new("POST", target).header("accept", HTML)
}

/// The headers, on a page for everybody, on a walled one and on the one for proxies.
pub(crate) async fn headers(trial: &mut Trial, corpus: &Corpus) {
    let names = [
        "accept",
        "accept-language",
        "authorization",
        "host",
        "origin",
        "referer",
        "sec-fetch-site",
        "user-agent",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-method",
        "x-forwarded-proto",
        "x-forwarded-uri",
        "x-request-id",
        "x-requested-with",
    ];
    for name in names {
        for path in ["/login", "/", "/forward-auth?refusal=redirect"] {
            let input = format!("page {path} header {name}");
            for naughty in &corpus.strings {
                let mut asked = Asked::new("GET", path).header(name, naughty);
                let proxied = [
                    ("accept", HTML),
                    ("x-forwarded-host", "localhost"),
                    ("x-forwarded-method", "GET"),
                    ("x-forwarded-proto", "http"),
                    ("x-forwarded-uri", "/account"),
                ];
                for (other, value) in proxied {
                    if other != name {
                        asked = asked.header(other, value);
                    }
                }
                trial
                    .tries((&input, corpus.name), Site::Pages, asked, naughty)
                    .await;
            }
        }
    }
    for naughty in &corpus.strings {
        let asked = post("/login").header("content-type", naughty);
        trial
            .tries(
                ("page /login header content-type", corpus.name),
                Site::Pages,
                asked,
                naughty,
            )
            .await;
        let asked = get(format!("/{}", escaped(naughty)));
        trial
            .tries(
                ("path of the pages", corpus.name),
                Site::Pages,
                asked,
                naughty,
            )
            .await;
        let asked = get(format!("/assets/{}", escaped(naughty)));
        trial
            .tries(
                ("path of the assets", corpus.name),
                Site::Pages,
                asked,
                naughty,
            )
            .await;
    }
}

/// The cookies: each of ours, two of one name, and the whole header.
pub(crate) async fn cookies(trial: &mut Trial, corpus: &Corpus) {
    for naughty in &corpus.strings {
        let session = trial.session();
        let pair = |name: &str| [name.as_bytes(), b"=", naughty].concat();
        let cases = [
            ("cookie session", pair("tegata")),
            ("cookie flash", pair("tegata_flash")),
            ("cookie language", pair("tegata_language")),
            (
                "cookie session, two",
                [session.as_bytes(), b"; ", &pair("tegata")].concat(),
            ),
            ("cookie header", naughty.clone()),
        ];
        for (input, value) in cases {
            for path in ["/login", "/account"] {
                let input = format!("page {path} {input}");
                let asked = get(path).header("cookie", &value);
                trial
                    .tries((&input, corpus.name), Site::Pages, asked, naughty)
                    .await;
            }
        }
    }
}

/// What a link may carry.
pub(crate) async fn queries(trial: &mut Trial, corpus: &Corpus) {
    let places = [
        ("/login", "next"),
        ("/login/done", "next"),
        ("/register", "next"),
        ("/account/activity", "before"),
        ("/account", "next"),
        ("/forward-auth", "refusal"),
        ("/forward-auth", "rd"),
        ("/", "x"),
    ];
    for naughty in &corpus.strings {
        for (path, name) in places {
            let input = format!("page {path} query {name}");
            let asked = get(format!("{path}?{name}={}", escaped(naughty)));
            trial
                .tries((&input, corpus.name), Site::Pages, asked.clone(), naughty)
                .await;
            trial
                .tries_signed_in((&input, corpus.name), Site::Pages, asked, naughty)
                .await;
        }
        // As an attacker's link has it: not encoded, where a browser would let it through.
        if naughty.iter().all(u8::is_ascii_graphic) {
            let asked = get([&b"/login?next="[..], naughty].concat());
            trial
                .tries(
                    ("page /login query next, raw", corpus.name),
                    Site::Pages,
                    asked,
                    naughty,
                )
                .await;
            let asked = get([&b"/"[..], naughty].concat());
            trial
                .tries(
                    ("path of the pages, raw", corpus.name),
                    Site::Pages,
                    asked,
                    naughty,
                )
                .await;
        }
    }
}

/// Every field of every form.
pub(crate) async fn forms(trial: &mut Trial, corpus: &Corpus) {
    let (user, password) = (USERNAME, PASSWORD);
    let open: [(&str, &[(&str, &str)]); 3] = [
        (
            "/login",
            &[
                ("username", user),
                ("password", "wrong"),
                ("next", "/account"),
                ("remember", ""),
            ],
        ),
        (
            "/register",
            &[
                ("username", "somebody.new"),
                ("password", "short"),
                ("email", ""),
                ("name", ""),
                ("next", "/"),
            ],
        ),
        ("/language", &[("lang", "en"), ("next", "/login")]),
    ];
    let walled: [(&str, &[(&str, &str)]); 4] = [
        ("/account", &[("name", "Hanako"), ("email", "")]),
        (
            "/account/password",
            &[
                ("current_password", "wrong"),
                ("new_password", "another eight barriers"),
                ("sessions", "keep"),
            ],
        ),
        ("/account/sessions", &[("id", "none")]),
        ("/account/delete", &[("password", "wrong")]),
    ];
    let open = open.map(|(path, fields)| (path, fields, false));
    let walled = walled.map(|(path, fields)| (path, fields, true));
    for (path, fields, is_walled) in open.into_iter().chain(walled) {
        for (name, _) in fields {
            let input = format!("page {path} field {name}");
            for naughty in &corpus.strings {
                let filled: Vec<(&str, &[u8])> = fields
                    .iter()
                    .map(|(other, value)| {
                        (
                            *other,
                            if other == name {
                                naughty
                            } else {
                                value.as_bytes()
                            },
                        )
                    })
                    .collect();
                let (asked, place) = (post(path).form(&filled), (input.as_str(), corpus.name));
                if is_walled {
                    trial
                        .tries_signed_in(place, Site::Pages, asked, naughty)
                        .await;
                } else {
                    trial.tries(place, Site::Pages, asked, naughty).await;
                }
            }
        }
        let input = format!("page {path} body");
        for naughty in &corpus.strings {
            let asked = post(path).body("application/x-www-form-urlencoded", naughty);
            let place = (input.as_str(), corpus.name);
            trial
                .tries_signed_in(place, Site::Pages, asked, naughty)
                .await;
        }
    }
    // With the right password: where it leads.
    for naughty in &corpus.strings {
        let right = [
            ("username", user.as_bytes()),
            ("password", password.as_bytes()),
            ("next", naughty),
        ];
        let place = ("page /login field next, signed in", corpus.name);
        let reply = trial
            .tries(place, Site::Pages, post("/login").form(&right), naughty)
            .await;
        let (Some(session), Some(to)) = (reply.cookie("tegata"), reply.header("location")) else {
            continue;
        };
        let session = format!("tegata={session}");
        let asked = get(to).header("cookie", &session);
        let place = ("page /login/done after next", corpus.name);
        trial.tries(place, Site::Pages, asked, naughty).await;
        let asked = post("/logout")
            .header("cookie", &session)
            .body("application/x-www-form-urlencoded", "");
        trial
            .tries(("page /logout", corpus.name), Site::Pages, asked, naughty)
            .await;
    }
}

/// What is kept and shown again: the name and the address of an account, and the program of a session.
pub(crate) async fn kept(trial: &mut Trial, corpus: &Corpus, one_of: usize) {
    for naughty in corpus.strings.iter().step_by(one_of) {
        for field in ["name", "email"] {
            let other = if field == "name" { "email" } else { "name" };
            let asked = post("/account").form(&[(field, naughty), (other, b"")]);
            trial
                .tries_signed_in(
                    ("page /account, kept", corpus.name),
                    Site::Pages,
                    asked,
                    naughty,
                )
                .await;
            for path in ["/account", "/"] {
                let place = ("page that shows what was kept", corpus.name);
                trial
                    .tries_signed_in(place, Site::Pages, get(path), naughty)
                    .await;
            }
        }
        let login = [
            ("username", USERNAME.as_bytes()),
            ("password", PASSWORD.as_bytes()),
        ];
        let asked = post("/login").header("user-agent", naughty).form(&login);
        let place = ("page /login, program", corpus.name);
        let Some(session) = trial
            .tries(place, Site::Pages, asked, naughty)
            .await
            .cookie("tegata")
        else {
            continue;
        };
        let session = format!("tegata={session}");
        for path in ["/account/sessions", "/account/activity"] {
            let asked = get(path).header("cookie", &session);
            trial
                .tries(
                    ("page that shows the program", corpus.name),
                    Site::Pages,
                    asked,
                    naughty,
                )
                .await;
        }
        let asked = post("/logout")
            .header("cookie", &session)
            .body("application/x-www-form-urlencoded", "");
        trial
            .tries(("page /logout", corpus.name), Site::Pages, asked, naughty)
            .await;
    }
}
