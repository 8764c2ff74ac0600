//! An error as an answer: a page in the visitor's language, plain text, or JSON.

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde_json::json;
use tegata_server::RequestId;

use super::PageError;
use crate::{
    app::App,
    issuer_client::Wait,
    locale::Language,
    pages::{
        NO_STORE, render,
        shell::{ErrorPage, Shell},
    },
    visit::Visit,
};

/// Seconds after which it is worth trying again, where nobody knows better.
const RETRY_AFTER_SECONDS: u32 = 5;

impl PageError {
    /// As a page in this frame.
    pub(crate) fn as_page(self, shell: Shell) -> Response {
        self.finish(self.page(shell))
    }

    /// As plain text, for where our style sheet is not.
    pub(crate) fn as_text(self, language: Language) -> Response {
        let (title, text) = self.words(language.messages());
        let id = RequestId::current().map(|id| format!("\nX-Request-Id: {id}\n"));
        let id = id.unwrap_or_default();
        self.finish((NO_STORE, format!("{title}\n\n{text}\n{id}")).into_response())
    }

    /// For a program.
    pub(crate) fn as_json(self) -> Response {
        let (_, detail) = self.words(Language::English.messages());
        let mut body = json!({"error": self.code(), "detail": detail});
        if let Some(wait) = self.wait() {
            body["retry_after"] = wait.seconds().into();
        }
        if let Some(id) = RequestId::current() {
            body["request_id"] = id.as_str().into();
        }
        self.finish((NO_STORE, Json(body)).into_response())
    }

    fn page(self, shell: Shell) -> Response {
        let (title, text) = self.words(shell.t);
        let (action_href, action_label) = self.action(shell.t, &shell.here);
        render(&ErrorPage {
            status: self.status().as_u16(),
            title,
            text,
            action_href,
            action_label,
            request_id: RequestId::current(),
            shell,
        })
    }

    fn finish(self, mut response: Response) -> Response {
        answer_later(&mut response, self.status(), self.wait());
        response
    }
}

impl IntoResponse for PageError {
    /// A bare status that carries its name; [`render_errors`] puts the page around it.
    fn into_response(self) -> Response {
        let mut response = self.finish(().into_response());
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts a status on an answer, and `Retry-After` where the status is for now only: what is known, and of a 503 some
/// seconds in any case.
pub(crate) fn answer_later(response: &mut Response, status: StatusCode, wait: Option<Wait>) {
    *response.status_mut() = status;
    let seconds = match (wait, status) {
        (Some(wait), _) => wait.seconds(),
        (None, StatusCode::SERVICE_UNAVAILABLE) => RETRY_AFTER_SECONDS,
        (None, _) => return,
    };
    let headers = response.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
}

/// The layer that renders what [`PageError`] names.
pub(crate) async fn render_errors(
    State(app): State<App>,
    visit: Visit,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<PageError>().copied() else {
        return response;
    };
    if visit.wants_page {
        error.as_page(visit.shell(&app))
    } else {
        error.as_json()
    }
}

/// For what no handler answered, as it panicked, hangs, or could not be given that: outside of every layer, in the
/// default language.
pub(crate) fn failed(status: StatusCode, language: Language) -> Response {
    let error = match status {
        StatusCode::SERVICE_UNAVAILABLE => PageError::Unavailable,
        StatusCode::PAYLOAD_TOO_LARGE => PageError::TooLarge,
        StatusCode::METHOD_NOT_ALLOWED => PageError::MethodNotAllowed,
        // A 5xx, but of the client's making.
        StatusCode::HTTP_VERSION_NOT_SUPPORTED => PageError::BadRequest,
        status if status.is_client_error() => PageError::BadRequest,
        _ => PageError::Internal,
    };
    let mut answer = error.as_page(Shell::plain(language));
    // Of the many ways to be unreadable, a page knows one.
    *answer.status_mut() = status;
    answer
}
