//! The pages as one table, and the order of the layers.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderValue, header};
use tegata_server::STRICT_TRANSPORT;
use tower::ServiceBuilder;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_sessions::{SessionManagerLayer, cookie::SameSite};

use crate::{
    app::App,
    config::ForwardAuth,
    cookies,
    error::{PageError, failed, render_errors},
    forward_auth, metrics,
    pages::{NO_STORE, account, assets, health, home, language, login, logout, register},
    require_login::require_login,
    session::SealedStore,
};

/// Every page with what stands around it, as it is served.
pub fn dressed(app: App) -> Router {
    let (random, proxies) = (Arc::clone(&app.random), app.trusted_proxies.clone());
    let counted = app.metrics.clone();
    let pages = router(app.clone());
    tegata_server::dress(pages, random, proxies, counted, move |status| {
        let mut response = failed(status, app.default_language);
        add_policy(&app, &mut response);
        response
    })
}

/// Every page.
fn router(app: App) -> Router {
    let walled = Router::new()
        .route("/", get(home::show))
        .merge(account::routes())
        .route_layer(from_fn_with_state(app.clone(), require_login));

    let pages = Router::new()
        .route("/login", get(login::show).post(login::submit))
        .route("/login/done", get(login::done))
        .route("/register", get(register::show).post(register::submit))
        .route("/logout", post(logout::submit))
        .route("/language", post(language::submit))
        .route("/forward-auth", get(forward_auth::answer))
        .route("/metrics", get(metrics::show))
        .merge(walled)
        .fallback(async || PageError::NotFound)
        .method_not_allowed_fallback(async || PageError::MethodNotAllowed);

    // A request passes these from the top down. As one layer: each of its own would be cloned, with all
    // that is below it, for every request.
    let pages = pages.layer(
        ServiceBuilder::new()
            .layer(from_fn_with_state(app.clone(), cookies::tidy))
            .layer(session_layer(&app))
            .layer(from_fn_with_state(app.clone(), render_errors))
            .layer(CsrfLayer::new().with_rejection_response(cross_site)),
    );

    let policed = {
        let (arrived, left) = (app.clone(), app.clone());
        ServiceBuilder::new()
            .map_request(move |request: Request| {
                arrived.unheard.look(&request, &arrived.trusted_proxies);
                request
            })
            .map_response(move |mut response: Response| {
                add_policy(&left, &mut response);
                response
            })
    };
    Router::new()
        .route("/assets/{name}", get(assets::show))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .merge(pages)
        .layer(policed)
        .with_state(app)
}

fn session_layer(app: &App) -> SessionManagerLayer<SealedStore> {
    let layer = SessionManagerLayer::new(app.store.clone())
        .with_name(app.cookies.session)
        .with_secure(app.cookies.is_secure())
        .with_http_only(true)
        // Strict would show a visitor who follows a link from elsewhere as signed out.
        .with_same_site(SameSite::Lax)
        .with_path("/");
    match app.cookies.domain() {
        Some(domain) => layer.with_domain(domain.to_owned()),
        None => layer,
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "tower-http hands the error over"
)]
fn cross_site(error: ProtectionError) -> Response {
    tracing::warn!(
        event = "cross_site_refused",
        ?error,
        "a cross-site request was refused"
    );
    PageError::CrossSite.into_response()
}

/// Browsers hold the redirects after a form to `form-action` too: whoever signs in goes on to a listed app.
pub(crate) fn page_policy(forward_auth: &ForwardAuth) -> HeaderValue {
    const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                          object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
    let apps = forward_auth.origins.iter();
    let policy: String = std::iter::once(POLICY.to_owned())
        .chain(apps.map(|app| format!(" {app}")))
        .collect();
    // Origins are ASCII, so this is never the other one.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(POLICY))
}

/// What a browser may do with an answer, and who may keep it: nobody, unless it says otherwise.
fn add_policy(app: &App, response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, app.page_policy.clone());
    let [(name, no_store)] = NO_STORE;
    headers.entry(name).or_insert(no_store);
    if app.cookies.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
}
