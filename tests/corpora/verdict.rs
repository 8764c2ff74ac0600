//! What an answer must not be: of 500 or more, with a header or a cookie that is not ours, off the site, or with the
//! string in it as it is.

use super::{trial::Site, wire::Reply, world::World};

/// Headers that the services write.
const OURS: [&str; 28] = [
    "allow",
    "cache-control",
    "clear-site-data",
    "x-auth-roles",
    "x-auth-user",
    "x-auth-user-id",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "location",
    "permissions-policy",
    "pragma",
    "referrer-policy",
    "retry-after",
    "set-cookie",
    "strict-transport-security",
    "tegata-reason",
    "vary",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
    "x-request-id",
    "etag",
    "last-modified",
];

/// What is wrong with the answer to this string.
pub(crate) fn problem(world: &World, site: Site, reply: &Reply, naughty: &[u8]) -> Option<String> {
    if reply.status >= 500 {
        return Some(format!("{}", reply.body.escape_ascii()));
    }
    // What is no header is no HTTP: the connection may end over it.
    if reply.status == 0 && naughty.iter().any(u8::is_ascii_control) {
        return None;
    }
    if reply.status == 0 {
        return Some("closed without an answer".to_owned());
    }
    for (name, value) in &reply.headers {
        if !OURS.contains(&name.as_str()) {
            return Some(format!("the header {name}: {value}"));
        }
    }
    let set = reply
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    for (_, cookie) in set {
        let ours = ["tegata=", "tegata_flash=", "tegata_language="];
        if !ours.iter().any(|name| cookie.starts_with(name)) {
            return Some(format!("the cookie {cookie}"));
        }
    }
    if let Some(to) = reply.header("location") {
        let base = url::Url::parse(match site {
            Site::Api => &world.api,
            Site::Pages => "http://localhost/",
        });
        let base = base.unwrap();
        if base.join(to).map(|url| url.origin()) != Ok(base.origin()) {
            return Some(format!("sends to {to}"));
        }
    }
    let is_page = reply
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    let active = naughty.len() > 5 && naughty.iter().any(|byte| b"<\"".contains(byte));
    if is_page && active && contains(&reply.body, naughty) {
        return Some("is shown as it is".to_owned());
    }
    (site == Site::Api && is_page && !naughty.is_empty() && !contains(&reply.body, b"swagger"))
        .then(|| "is a page".to_owned())
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}
