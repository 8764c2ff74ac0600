//! `GET /docs` and `/openapi.json`: the API's description and a page to try it on, both from the binary.

use axum::{
    Router,
    body::Bytes,
    middleware::map_response,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
};
use utoipa::{
    OpenApi,
    openapi::{
        ComponentsBuilder, OpenApi as Description,
        security::{Flow, Http, HttpAuthScheme, OAuth2, Password, Scopes, SecurityScheme},
    },
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{app::App, error::ApiError};

const DESCRIPTION: &str = "/openapi.json";

/// Swagger UI draws its icons from data URIs. What it styles in place it styles by script, which is not `unsafe-inline`.
const DOCS_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

#[derive(OpenApi)]
#[openapi(
    info(title = "Tegata issuer", description = "One login for every service.", license(name = "MIT OR Apache-2.0")),
    tags(
        (name = "tokens", description = "Log in and get an access token"),
        (name = "users", description = "Accounts"),
        (name = "sessions", description = "Where somebody is signed in, and what was ended"),
        (name = "admin", description = "Accounts and events of everybody, for the role `admin`"),
        (name = "health", description = "For whoever operates this"),
    ),
)]
struct Tegata;

/// Title, tags, and the scheme behind the Authorize button.
pub(crate) fn description() -> Description {
    let mut description = Tegata::openapi();
    let password = SecurityScheme::OAuth2(OAuth2::with_description(
        [Flow::Password(Password::new("/token", Scopes::new()))],
        "Sign in with a username and a password; leave the client fields empty, unless the issuer takes passwords from clients alone.",
    ));
    let mut client = Http::new(HttpAuthScheme::Basic);
    client.description = Some("The id and the secret of a client: `tegata client add`.".to_owned());
    description.components = Some(
        ComponentsBuilder::new()
            .security_scheme("password", password)
            // The page shows them in the order of their names: people first.
            .security_scheme("secret", SecurityScheme::Http(client))
            .build(),
    );
    description
}

/// The page and the description, under a policy that lets the page run its own scripts.
pub(crate) fn pages(description: &Description) -> Router<App> {
    let page = SwaggerUi::new("/docs").config(
        Config::from(DESCRIPTION)
            .use_base_layout()
            .try_it_out_enabled(true),
    );
    let written = written(description);
    let show = async move || {
        let json = written.ok_or(ApiError::Internal)?;
        Ok::<_, ApiError>(([(CONTENT_TYPE, "application/json")], json))
    };
    let routes = Router::from(page).route(DESCRIPTION, get(show));
    routes.layer(map_response(|mut answer: Response| async {
        if answer.status() == StatusCode::NOT_FOUND {
            return ApiError::NotFound.into_response();
        }
        answer
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, DOCS_POLICY);
        answer
    }))
}

/// It never changes: it is written once, and all answers share the bytes.
fn written(description: &Description) -> Option<Bytes> {
    let written = description.to_json();
    let written = written.inspect_err(
        |cause| tracing::error!(%cause, "the description of the API cannot be written"),
    );
    written.ok().map(Bytes::from)
}

/// Whoever opens the bare address wants to know what this is.
pub(crate) async fn index() -> Redirect {
    Redirect::to("/docs/")
}
