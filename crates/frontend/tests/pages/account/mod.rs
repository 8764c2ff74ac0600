//! The account pages: what their owner sees and changes there, in both languages.

mod activity;
mod delete;
mod details;
mod form_rules;
mod password;
mod refused;
mod sessions;

use http::Method;

use crate::browser::{Browser, Page};

const PAGES: [&str; 5] = [
    "/account",
    "/account/password",
    "/account/sessions",
    "/account/activity",
    "/account/delete",
];
/// Each form, filled in.
pub(crate) const FORMS: [(&str, &[(&str, &str)]); 4] = [
    ("/account", &[("name", "花子"), ("email", "h@example.com")]),
    (
        "/account/password",
        &[
            ("current_password", crate::site::PASSWORD),
            ("new_password", NEW_PASSWORD),
        ],
    ),
    ("/account/sessions", &[("id", "sid-0000")]),
    ("/account/delete", &[("password", crate::site::PASSWORD)]),
];
const NEW_PASSWORD: &str = "kaze-ga-fuku-toki";

/// Signs in with the headers that this browser and its network send.
async fn sign_in_from(browser: &mut Browser, user_agent: &str, address: [u8; 4]) -> Page {
    let fields = [
        ("username", crate::site::USERNAME),
        ("password", crate::site::PASSWORD),
    ];
    let request = browser
        .form_request("/login")
        .header("user-agent", user_agent)
        .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from((
            address, 4711,
        ))));
    browser.send(request, &crate::browser::form(&fields)).await
}

/// Opens a page as a script or a program would.
pub(crate) async fn fetch(browser: &mut Browser, method: Method, address: &str) -> Page {
    let request = browser
        .request(method, address)
        .header("accept", "application/json")
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "http://localhost:8080");
    browser.send(request, "").await
}
