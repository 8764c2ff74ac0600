//! A new password in a body, judged by the rules for its owner.

use serde_json::Value;

use crate::{app::App, error::ApiError, fields::Fields, password::NewPassword, user::Email};

/// None when it is missing, which has been noted or is no fault, or unfit, which is noted here.
pub(super) async fn judged(
    app: &App,
    body: &mut Fields,
    (member, text): (&str, String),
    (username, email): (&str, Option<&Email>),
) -> Result<Option<NewPassword>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    let email = email.map(|email| email.as_str().to_owned());
    match app.hasher.judge(text, username.to_owned(), email).await? {
        Ok(password) => Ok(Some(password)),
        Err(unfit) => {
            body.refuse(member, unfit.code(), &unfit.to_string(), Value::Null);
            Ok(None)
        }
    }
}
