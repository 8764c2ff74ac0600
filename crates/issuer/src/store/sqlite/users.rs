//! Users in SQLite.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    SqliteStore,
    column::{millis, moment, unreadable},
};
use crate::{
    password::PasswordHash,
    store::{Added, Page, Unavailable, Users},
    user::{DisplayName, Email, User, Username, UsernameKey},
};

const COLUMNS: &str =
    "id, username, email, name, password_hash, roles, disabled, created_at, updated_at";

#[async_trait]
impl Users for SqliteStore {
    async fn add_users(&self, users: &[User]) -> Result<Vec<Added>, Unavailable> {
        let users = users.to_vec();
        let added = self
            .database
            .write(move |t| users.iter().map(|user| add(t, user)).collect())
            .await?;
        Ok(added)
    }

    async fn user_by_username(&self, key: &UsernameKey) -> Result<Option<User>, Unavailable> {
        self.one("username_key", key.as_str())
    }

    async fn users_by_usernames(&self, keys: &[UsernameKey]) -> Result<Vec<User>, Unavailable> {
        let users = self.database.read(|c| {
            let mut named = c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM user WHERE username_key = ?1"
            ))?;
            let found = keys
                .iter()
                .map(|key| named.query_row([key.as_str()], user).optional());
            found.filter_map(Result::transpose).collect()
        })?;
        Ok(users)
    }

    async fn user_by_id(&self, id: Uuid) -> Result<Option<User>, Unavailable> {
        self.one("id", &id.to_string())
    }

    async fn any_user(&self) -> Result<bool, Unavailable> {
        Ok(self
            .database
            .read(|c| c.query_row("SELECT EXISTS (SELECT 1 FROM user)", [], |row| row.get(0)))?)
    }

    async fn users_after(&self, after: Option<Uuid>, limit: usize) -> Result<Page, Unavailable> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let users = self.database.read(|c| {
            c.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM user WHERE id > ?1 ORDER BY id LIMIT ?2"
            ))?
            .query_map((after, limit), user)?
            .collect()
        })?;
        Ok(Page {
            users,
            left_out: Vec::new(),
        })
    }

    async fn set_password_hash(
        &self,
        id: Uuid,
        hash: &PasswordHash,
        replacing: Option<&PasswordHash>,
        now: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let hash = hash.clone();
        let replacing = replacing.cloned();
        let changed = self
            .database
            .write(move |t| {
                t.execute(
                    "UPDATE user SET password_hash = :hash, updated_at = :now
                     WHERE id = :id AND (:replacing IS NULL OR password_hash = :replacing)",
                    named_params! {
                        ":hash": hash.as_stored(),
                        ":now": millis(now),
                        ":id": id.to_string(),
                        ":replacing": replacing.as_ref().map(PasswordHash::as_stored),
                    },
                )
            })
            .await?;
        Ok(changed == 1)
    }

    async fn set_disabled(
        &self,
        id: Uuid,
        disabled: bool,
        now: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let changed = self
            .database
            .write(move |t| {
                t.execute(
                    "UPDATE user SET disabled = ?2, updated_at = ?3 WHERE id = ?1",
                    (id.to_string(), disabled, millis(now)),
                )
            })
            .await?;
        Ok(changed == 1)
    }
}

impl SqliteStore {
    fn one(&self, column: &str, value: &str) -> Result<Option<User>, Unavailable> {
        Ok(self.database.read(|c| one(c, column, value))?)
    }
}

pub(super) fn one(c: &Connection, column: &str, value: &str) -> rusqlite::Result<Option<User>> {
    c.prepare_cached(&format!("SELECT {COLUMNS} FROM user WHERE {column} = ?1"))?
        .query_row([value], user)
        .optional()
}

fn add(t: &Transaction<'_>, user: &User) -> rusqlite::Result<Added> {
    let roles = serde_json::to_string(&user.roles).unwrap_or_else(|_| "[]".to_owned());
    let inserted = t
        .prepare_cached(
            "INSERT INTO user (id, username, username_key, email, email_key, name,
                               password_hash, roles, disabled, created_at, updated_at)
             VALUES (:id, :username, :username_key, :email, :email_key, :name,
                     :password_hash, :roles, :disabled, :created_at, :updated_at)
             ON CONFLICT DO NOTHING",
        )?
        .execute(named_params! {
            ":id": user.id.to_string(),
            ":username": user.username.as_str(),
            ":username_key": user.username.key().as_str(),
            ":email": user.email.as_ref().map(Email::as_str),
            ":email_key": user.email.as_ref().map(Email::key),
            ":name": user.name.as_ref().map(DisplayName::as_str),
            ":password_hash": user.password_hash.as_stored(),
            ":roles": roles,
            ":disabled": user.disabled,
            ":created_at": millis(user.created_at),
            ":updated_at": millis(user.updated_at),
        })?;
    if inserted == 1 {
        return Ok(Added::Kept);
    }
    let taken = |column: &str, value: &str| {
        t.prepare_cached(&format!(
            "SELECT EXISTS (SELECT 1 FROM user WHERE {column} = ?1)"
        ))?
        .query_row([value], |row| row.get::<_, bool>(0))
    };
    Ok(if taken("username_key", user.username.key().as_str())? {
        Added::UsernameTaken
    } else if taken("id", &user.id.to_string())? {
        Added::IdTaken
    } else {
        Added::EmailTaken
    })
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    let id: String = row.get("id")?;
    let roles: String = row.get("roles")?;
    Ok(User {
        id: id.parse().map_err(|e| unreadable(0, e))?,
        username: Username::from_stored(row.get("username")?),
        email: row.get::<_, Option<_>>("email")?.map(Email::from_stored),
        name: row
            .get::<_, Option<_>>("name")?
            .map(DisplayName::from_stored),
        password_hash: PasswordHash::from_stored(row.get("password_hash")?),
        roles: serde_json::from_str(&roles).map_err(|e| unreadable(5, e))?,
        disabled: row.get("disabled")?,
        created_at: moment(row.get("created_at")?),
        updated_at: moment(row.get("updated_at")?),
    })
}
