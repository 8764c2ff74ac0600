//! Reads a request body, form or JSON alike, as named members, and collects what is wrong with them
//! in the shape of FastAPI's 422.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde_json::{Map, Value};
use tegata_server::{BadForm, is_form, read_form};

use crate::{
    error::{ApiError, Problem},
    user::{BadName, roles},
};

/// The members of a body. The query is none of them, since credentials in it end up in logs; whoever wants
/// to be asked there says so.
pub(crate) struct Fields {
    place: &'static str,
    members: Map<String, Value>,
    problems: Vec<Problem>,
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let format = Format::of(request.headers())?;
        let body = Bytes::from_request(request, state).await.map_err(|e| {
            if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
                ApiError::TooLarge
            } else {
                ApiError::UnreadableBody("The body ended before it was whole")
            }
        })?;
        let members = match format {
            Format::Form => form_members(&body)?,
            Format::Json => json_members(&body)?,
        };
        Ok(Self::of("body", members))
    }
}

impl Fields {
    /// The parameters of a query.
    pub(crate) fn of_query(query: Option<&str>) -> Result<Self, ApiError> {
        let members = form_members(query.unwrap_or_default().as_bytes())?;
        Ok(Self::of("query", members))
    }

    fn of(place: &'static str, members: Map<String, Value>) -> Self {
        Self {
            place,
            members,
            problems: Vec::new(),
        }
    }

    /// A member that must be there, as text. Whatever is wrong is kept for [`Fields::finish`].
    pub(crate) fn required(&mut self, name: &str) -> String {
        self.text(name).unwrap_or_else(|| {
            if !self
                .problems
                .iter()
                .any(|p| p.loc.last().is_some_and(|l| l == name))
            {
                self.refuse(name, "missing", "Field required", Value::Null);
            }
            String::new()
        })
    }

    /// A member that may be absent, `null` or empty.
    pub(crate) fn optional(&mut self, name: &str) -> Option<String> {
        self.text(name)
    }

    /// A parameter of a query, as it stands there: an empty one is one.
    pub(crate) fn parameter(&mut self, name: &str) -> Option<String> {
        match self.members.remove(name)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A member that stays as it is when it is not there, and is removed when it is `null` or empty.
    pub(crate) fn replacement<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, BadName>,
    ) -> Option<Option<T>> {
        self.members.contains_key(name).then(|| {
            let text = self.text(name)?;
            self.parse_given(name, &text, parse)
        })
    }

    /// Yes or no, as a form or as JSON has it; this when it is not there.
    pub(crate) fn flag(&mut self, name: &str, absent: bool) -> bool {
        self.optional_flag(name).unwrap_or(absent)
    }

    /// Yes or no, or not there.
    pub(crate) fn optional_flag(&mut self, name: &str) -> Option<bool> {
        if let Some(Value::Bool(flag)) = self.members.get(name) {
            return Some(*flag);
        }
        match self.text(name).as_deref() {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(other) => {
                let input = Value::from(other);
                self.refuse(name, "bool_parsing", "Input should be true or false", input);
                None
            }
        }
    }

    /// The roles in a list, or in a text with blanks between; none is an empty list.
    pub(crate) fn optional_roles(&mut self, name: &str) -> Option<Vec<String>> {
        let listed = match self.members.remove(name)? {
            Value::Array(listed) => listed,
            Value::Null => return None,
            Value::String(text) if text.is_empty() => return None,
            Value::String(text) => text.split_whitespace().map(Value::from).collect(),
            _ => {
                self.refuse(
                    name,
                    "list_type",
                    "Input should be a valid list",
                    Value::Null,
                );
                return None;
            }
        };
        let names: Option<Vec<&str>> = listed.iter().map(Value::as_str).collect();
        let Some(names) = names else {
            let msg = "Input should be a list of strings";
            self.refuse(name, "string_type", msg, Value::Null);
            return None;
        };
        match roles(&names) {
            Ok(roles) => Some(roles),
            Err(why) => {
                self.refuse(name, "value_error", &why.to_string(), Value::Null);
                None
            }
        }
    }

    /// Parses what was given; nothing given has been noted already, or was optional.
    pub(crate) fn parse_given<T>(
        &mut self,
        name: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, BadName>,
    ) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        match parse(text) {
            Ok(value) => Some(value),
            Err(why) => {
                self.refuse(name, "value_error", &why.to_string(), Value::from(text));
                None
            }
        }
    }

    /// Notes what is wrong with a member. `input` goes back to the client: never a password.
    pub(crate) fn refuse(&mut self, name: &str, kind: &'static str, msg: &str, input: Value) {
        self.problems.push(Problem {
            kind,
            loc: vec![self.place.to_owned(), name.to_owned()],
            msg: msg.to_owned(),
            input,
        });
    }

    /// Goes on only when nothing was wrong.
    pub(crate) fn finish(mut self) -> Result<(), ApiError> {
        self.judge()
    }

    /// Goes on only when nothing has been wrong so far.
    pub(crate) fn judge(&mut self) -> Result<(), ApiError> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Invalid(std::mem::take(&mut self.problems)))
        }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.members.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.is_empty() => None,
            Some(Value::String(text)) => Some(text),
            Some(other) => {
                // A number may be shown again; a list or an object may hold a password anywhere.
                let secret = name.contains("password") || name.contains("secret");
                let input = if secret || other.is_array() || other.is_object() {
                    Value::Null
                } else {
                    other
                };
                self.refuse(name, "string_type", "Input should be a valid string", input);
                None
            }
        }
    }
}

enum Format {
    Form,
    Json,
}

impl Format {
    fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let text = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = text.split(';').next().unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            _ if is_form(headers) => Ok(Self::Form),
            "application/json" => Ok(Self::Json),
            other if other.starts_with("application/") && other.ends_with("+json") => {
                Ok(Self::Json)
            }
            _ => Err(ApiError::UnsupportedMediaType),
        }
    }
}

fn form_members(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let fields = read_form(body).map_err(|why| {
        ApiError::UnreadableBody(match why {
            BadForm::NotUtf8 => "The form is not in UTF-8",
            BadForm::TooMany => "The form has more than 100 fields",
            BadForm::Twice => "A parameter was given twice",
        })
    })?;
    let text = |(name, value)| (name, Value::String(value));
    Ok(fields.into_iter().map(text).collect())
}

fn json_members(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    tegata_token::json::parse_object(body).map_err(|why| {
        ApiError::Invalid(vec![Problem {
            kind: "json_invalid",
            loc: vec!["body".to_owned()],
            msg: format!("JSON decode error: {why}"),
            input: Value::Null,
        }])
    })
}
