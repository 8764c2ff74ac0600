//! Wherever a visitor asks to go, a browser stays on the site, or goes to a listed app.

use std::sync::LazyLock;

use tegata_frontend::{
    config::AppOrigins,
    fuzzing::{carried, next as of},
};
use url::Url;

use crate::input::text;

static APPS: LazyLock<AppOrigins> = LazyLock::new(|| "https://app.example.com".parse().unwrap());
const APP: &str = "https://app.example.com/";

/// The value of `next`.
pub fn next(data: &[u8]) {
    let asked = text(data);
    let [any, local, page] = of(&asked, &APPS);
    for next in [&any, &local, &page] {
        assert!(next.bytes().all(|byte| byte.is_ascii_graphic()), "{next:?}");
        let [again, ..] = of(next, &APPS);
        assert!(
            again == *next || next == &page,
            "read again, {next:?} is {again:?}"
        );
    }
    assert!(any == local || any.starts_with(APP), "{any:?}");
    for next in [&local, &page] {
        assert!(next.starts_with('/') && !next.contains('\\'), "{next:?}");
        assert!(!next.starts_with("//"), "{next:?}");
    }
    for pages in [
        "https://tegata.example/login",
        "http://localhost:8080/login/done?next=x",
    ] {
        let pages = Url::parse(pages).unwrap();
        for next in [&any, &local, &page] {
            let target = pages.join(next).expect("a browser goes there");
            let there = target.origin() == pages.origin();
            assert!(
                there || (next == &any && target.as_str().starts_with(APP)),
                "{target}"
            );
        }
        // Carried by the login page it comes out as it went in.
        let carrying = pages.join(&carried(&asked)).unwrap();
        let mut query = carrying.query_pairs();
        let carried = query.find(|(name, _)| name == "next");
        assert_eq!(carried.map_or("/".into(), |(_, next)| next), local.as_str());
    }
}
