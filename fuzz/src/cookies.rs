//! Behind the door there are our own cookies only, and of sessions one, or none when there were two.

use std::sync::LazyLock;

use http::{
    HeaderMap,
    header::{ACCEPT_LANGUAGE, COOKIE},
};
use tegata_frontend::{
    config::PublicUrl,
    fuzzing::{flash, keep_our_cookies, language},
};
use tower_cookies::Cookie;

use crate::input::{headers, kind, text};

static PAGES: LazyLock<[(PublicUrl, [&str; 3]); 2]> = LazyLock::new(|| {
    let url = |text| PublicUrl::parse(text).unwrap();
    [
        (
            url("http://localhost:8080"),
            ["tegata", "tegata_flash", "tegata_language"],
        ),
        (
            url("https://login.example.com"),
            [
                "__Host-tegata",
                "__Host-tegata_flash",
                "__Host-tegata_language",
            ],
        ),
    ]
});

/// `Cookie` headers on lines, for pages on http or on https.
pub fn cookies(data: &[u8]) {
    let (kind, lines) = kind(data, 2);
    let (url, ours) = &PAGES[usize::from(kind)];
    let sent = headers(&COOKIE, lines);
    let mut kept = sent.clone();
    keep_our_cookies(&mut kept, url);
    let mut again = kept.clone();
    keep_our_cookies(&mut again, url);
    assert_eq!(again, kept, "a second door changes nothing");

    let mut values = kept.get_all(COOKIE).iter();
    let value = values.next().map_or(&b""[..], |value| value.as_bytes());
    assert!(values.next().is_none(), "one header");
    let value = std::str::from_utf8(value).expect("text, whatever was sent");
    // As the jar behind it reads them.
    let jar: Vec<Cookie<'_>> = Cookie::split_parse_encoded(value).flatten().collect();
    for cookie in &jar {
        assert!(ours.contains(&cookie.name()), "{value:?}");
    }
    let sessions = jar.iter().filter(|cookie| cookie.name() == ours[0]).count();
    assert!(
        sessions <= 1 && (sessions == 0 || sent_sessions(&sent, ours[0]) == 1),
        "{value:?}"
    );

    let value = text(lines);
    if let Some(said) = flash(&value) {
        assert_eq!(flash(&said).as_deref(), Some(said.as_str()));
        assert!(
            said.bytes()
                .all(|byte| byte.is_ascii_lowercase() || b"_.0123456789".contains(&byte))
        );
    }
    let languages = headers(&ACCEPT_LANGUAGE, lines);
    assert_eq!(language(&languages), language(&languages));
}

fn sent_sessions(sent: &HeaderMap, name: &str) -> usize {
    let lines = sent.get_all(COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let names = pairs.filter_map(|pair| Some(&pair[..pair.iter().position(|byte| *byte == b'=')?]));
    names
        .filter(|one| one.trim_ascii() == name.as_bytes())
        .count()
}
