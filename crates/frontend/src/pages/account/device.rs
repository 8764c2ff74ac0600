//! What a browser is called by people. A user agent says much and proves nothing: this reads the few names that
//! almost all visitors have, as a help to recognise one's own device, and leaves the rest unknown.

use crate::locale::AccountMessages;

/// The first that occurs counts: browsers name those they want to be taken for as well.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Line/", "LINE"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Unix"),
];
/// A program's name that is longer is not one.
const LONGEST_NAME: usize = 32;

/// A short name, as “Firefox on Linux”.
pub(super) fn named(user_agent: Option<&str>, t: &AccountMessages) -> String {
    let text = user_agent.unwrap_or_default();
    let known = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(mark, _)| text.contains(mark));
        found.map(|(_, name)| *name)
    };
    if !text.starts_with("Mozilla/") {
        // Not a browser: `curl/8.5.0`, `python-requests/2.32`.
        return program(text).map_or_else(|| t.unknown_browser.to_owned(), str::to_owned);
    }
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => on(browser, system, t),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => on(t.unknown_browser, system, t),
        (None, None) => t.unknown_browser.to_owned(),
    }
}

fn on(browser: &str, system: &str, t: &AccountMessages) -> String {
    t.browser_on
        .replace("{browser}", browser)
        .replace("{system}", system)
}

fn program(user_agent: &str) -> Option<&str> {
    let name = user_agent.split(['/', ' ']).next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fits = !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(plain);
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Language;

    #[test]
    fn common_browsers_and_systems_are_called_as_people_call_them() {
        let t = &Language::English.messages().account;
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.0.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPad",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/15.9.0",
                "LINE on iPhone",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15)",
                "Unknown browser on Android",
            ),
            ("Mozilla/5.0", "Unknown browser"),
            ("curl/8.5.0", "curl"),
            ("python-requests/2.32.3", "python-requests"),
            ("okhttp", "okhttp"),
            ("<b>x</b>", "Unknown browser"),
            ("", "Unknown browser"),
        ] {
            assert_eq!(named(Some(user_agent), t), name, "{user_agent}");
        }
        assert_eq!(named(None, t), "Unknown browser");
        let long = "x".repeat(4000);
        assert_eq!(named(Some(&long), t), "Unknown browser");
    }

    #[test]
    fn japanese_has_its_own_order() {
        let t = &Language::Japanese.messages().account;
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(named(Some(firefox), t), "Firefox（Linux）");
        assert_eq!(named(None, t), "不明なブラウザー");
    }
}
