//! The Flask service of Auth0's Python samples on the guard: `GET /headers` answers "Access Granted" to whoever
//! has an access token of this tenant for this API, signed with RS256 by a key that the tenant publishes.
//!
//! `AUTH0_DOMAIN=example.eu.auth0.com API_AUDIENCE=https://api.example.com cargo run -p tegata-guard --example headers`

use std::{env, error::Error, net::Ipv4Addr, sync::Arc};

use axum::{Router, routing::get};
use tegata_guard::{
    Guard, JwksSource, Keys,
    rejection::Dialect,
    token::{Algorithm, Clock, SystemClock},
};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "says where it listens")]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = app(&|name| env::var(name).ok(), Arc::new(SystemClock))?;
    let port = env::var("PORT").map_or(Ok(5000), |port| port.parse());
    let port = port.map_err(|_| "PORT should be a number up to 65535")?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

type Setting<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The service with these settings, by this clock.
pub(crate) fn app(setting: Setting<'_>, clock: Arc<dyn Clock>) -> Result<Router, Box<dyn Error>> {
    let needed = |name, example| {
        let value = setting(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| format!("set {name}, such as {example}"))
    };
    let domain = needed("AUTH0_DOMAIN", "example.eu.auth0.com")?;
    let audience = needed("API_AUDIENCE", "https://api.example.com")?;
    if domain.contains('/') {
        return Err("AUTH0_DOMAIN should be a host alone, without https:// and slashes".into());
    }
    // A key server on this machine, as tests have it, has no certificate.
    let host = domain.split(':').next().unwrap_or_default();
    let scheme = if matches!(host, "localhost" | "127.0.0.1") {
        "http"
    } else {
        "https"
    };
    let keys = JwksSource::at(format!("{scheme}://{domain}/.well-known/jwks.json"));
    let keys = Keys::jwks(keys.with_clock(Arc::clone(&clock)));
    let guard = Guard::new(keys.map_err(|bad| format!("AUTH0_DOMAIN: {bad}"))?)
        .with_issuer(format!("https://{domain}/"))
        .with_audience(audience)
        .with_clock(clock)
        .with_rules(|rules| rules.with_types(&["JWT", "at+jwt"], true))
        .with_rules(|rules| rules.with_algorithms(&[Algorithm::RS256]));
    Ok(Router::new()
        .route("/headers", get(async || "Access Granted"))
        .route_layer(guard.layer().dialect(Dialect::Auth0)))
}
