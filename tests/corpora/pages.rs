//! What every page takes: headers, cookies and the queries of links.

use super::{
    strings::Corpus,
    trial::{Site, Trial},
    wire::{Asked, escaped},
};

const HTML: &str = "text/html";

pub(super) fn get(target: impl AsRef<[u8]>) -> Asked {
    Asked::new("GET", target).header("accept", HTML)
}

pub(super) fn post(target: &str) -> Asked {
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
