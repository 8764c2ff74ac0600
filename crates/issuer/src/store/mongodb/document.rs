//! A user as a document: written as a person would write it, and read as if a person had.

use mongodb::bson::{Bson, DateTime, Document, doc};
use serde::Serialize;
use tegata_mongodb::{Unavailable, date};
use time::OffsetDateTime;

use super::{
    fields::Fields,
    last_admin::{LEAVING, ROLES},
    users::{EMAIL_KEY, USERNAME_KEY, USERS},
};
use crate::{
    password::PasswordHash,
    store::{Change, LeftOut},
    user::{DisplayName, Email, User, Username},
};

/// A user, as the database keeps it; docs/operations.md describes it for people.
#[derive(Debug, Serialize)]
pub(super) struct UserDocument {
    /// A UUIDv7 as text: the `sub` of tokens, and in the order of creation.
    #[serde(rename = "_id")]
    id: String,
    username: String,
    username_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    password_hash: String,
    roles: Vec<String>,
    disabled: bool,
    created_at: DateTime,
    updated_at: DateTime,
}

impl From<&User> for UserDocument {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.as_str().to_owned(),
            username_key: user.username.key().as_str().to_owned(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            email_key: user.email.as_ref().map(Email::key),
            name: user.name.as_ref().map(|name| name.as_str().to_owned()),
            password_hash: user.password_hash.as_stored().to_owned(),
            roles: user.roles.clone(),
            disabled: user.disabled,
            created_at: date(user.created_at),
            updated_at: date(user.updated_at),
        }
    }
}

/// A change, as the database makes it. A mark of leaving does not outlive it.
pub(super) fn update(change: &Change, now: OffsetDateTime) -> Document {
    let mut set = doc! { "updated_at": date(now) };
    let mut unset = doc! { LEAVING: "" };
    if let Some(username) = &change.username {
        set.insert("username", username.as_str());
        set.insert(USERNAME_KEY, username.key().as_str());
    }
    match &change.email {
        None => {}
        Some(Some(email)) => {
            set.insert("email", email.as_str());
            set.insert(EMAIL_KEY, email.key());
        }
        Some(None) => {
            unset.insert("email", "");
            unset.insert(EMAIL_KEY, "");
        }
    }
    match &change.name {
        None => {}
        Some(Some(name)) => {
            set.insert("name", name.as_str());
        }
        Some(None) => {
            unset.insert("name", "");
        }
    }
    if let Some(roles) = &change.roles {
        set.insert(ROLES, roles.clone());
    }
    if let Some(disabled) = change.disabled {
        set.insert("disabled", disabled);
    }
    if let Some(hash) = &change.password_hash {
        set.insert("password_hash", hash.as_stored());
    }
    doc! { "$set": set, "$unset": unset }
}

/// One that somebody spoilt does not hide the others.
pub(super) fn readable(document: &Document) -> Option<User> {
    user(document)
        .inspect_err(|cause| tracing::error!(%cause, "a user was left out"))
        .ok()
}

/// What it keeps others from having all the same.
pub(super) fn left_out(document: &Document) -> LeftOut {
    let text = |field| document.get_str(field).ok().map(str::to_owned);
    LeftOut {
        id: text("_id"),
        username_key: text(USERNAME_KEY),
        email_key: text(EMAIL_KEY),
    }
}

pub(super) fn user(document: &Document) -> Result<User, Unavailable> {
    let fields = Fields {
        collection: USERS,
        document,
    };
    let user = User {
        username: Username::from_stored(fields.text("username")?),
        email: fields
            .optional("email", Fields::text)?
            .map(Email::from_stored),
        name: fields
            .optional("name", Fields::text)?
            .map(DisplayName::from_stored),
        password_hash: PasswordHash::from_stored(fields.text("password_hash")?),
        roles: fields.texts("roles")?,
        disabled: fields.read("disabled", Bson::as_bool)?,
        created_at: fields.moment("created_at")?,
        updated_at: fields.moment("updated_at")?,
        // A hand that wrote its own id has more often missed something else.
        id: fields.parsed("_id")?,
    };
    // Half of a name that was changed by hand: whose document it is, nobody can tell.
    let found_by = document.get_str(USERNAME_KEY);
    if found_by.is_ok_and(|key| key != user.username.key().as_str()) {
        return Err(fields.apart(USERNAME_KEY, "username"));
    }
    Ok(user)
}
