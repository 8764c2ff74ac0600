//! What came back.

use axum::{body::Bytes, response::Response};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let (head, body) = response.into_parts();
        Self {
            status: head.status,
            headers: head.headers,
            body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
        }
    }

    /// The body, without the id of the request, which has to be the header's.
    pub(crate) fn json(&self) -> Value {
        let mut body: Value = serde_json::from_slice(&self.body)
            .unwrap_or_else(|cause| panic!("{cause} in {} {:?}", self.status, self.text()));
        let id = body
            .as_object_mut()
            .and_then(|body| body.shift_remove("request_id"));
        if let Some(id) = id {
            assert_eq!(id, self.header("x-request-id"));
        }
        body
    }

    /// The id of the request, as an error's body has it; none when it has none.
    pub(crate) fn request_id(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        body["request_id"].as_str().map(str::to_owned)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's text; empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// A member of the body that is text.
    pub(crate) fn word(&self, name: &str) -> String {
        self.json()[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {} {:?}", self.status, self.text()))
            .to_owned()
    }

    /// The first entry of a 422, as `(type, loc, msg, input)`; checks the rest of its shape.
    #[track_caller]
    pub(crate) fn problem(&self) -> (String, Value, String, Value) {
        assert_eq!(self.status, 422, "{}", self.text());
        let body = self.json();
        assert_eq!(body["error"], "invalid_request");
        let first = &body["detail"][0];
        let names: Vec<&String> = first.as_object().unwrap().keys().collect();
        assert_eq!(names, ["type", "loc", "msg", "input"]);
        (
            first["type"].as_str().unwrap().to_owned(),
            first["loc"].clone(),
            first["msg"].as_str().unwrap().to_owned(),
            first["input"].clone(),
        )
    }
}
