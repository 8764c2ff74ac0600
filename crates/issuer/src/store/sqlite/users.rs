//! Users in SQLite.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    SqliteStore,
    column::{apart, millis, moment, named, readable, unreadable},
};
use crate::{
    password::PasswordHash,
    store::{Added, Change, Changed, LeftOut, Page, Removed, Unavailable, Users},
    user::{DisplayName, Email, User, Username, UsernameKey},
};

const TABLE: &str = "user";
/// The place of `roles` among the columns.
const ROLES: usize = 6;
const COLUMNS: &str = "id, username, username_key, email, name, password_hash, roles, disabled, created_at, updated_at";

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
                .map(|key| named.query_row([key.as_str()], readable(user)).optional());
            found
                .map(|found| found.map(Option::flatten))
                .filter_map(Result::transpose)
                .collect()
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
        let page = self.database.read(|c| {
            let mut found = c.prepare_cached(&format!(
                "SELECT {COLUMNS}, email_key FROM user WHERE id > ?1 ORDER BY id"
            ))?;
            let mut rows = found.query([after])?;
            let mut page = Page::default();
            while page.users.len() < limit
                && let Some(row) = rows.next()?
            {
                match readable(user)(row)? {
                    Some(user) => page.users.push(user),
                    None => page.left_out.push(left_out(row)),
                }
            }
            Ok(page)
        })?;
        Ok(page)
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

    async fn change_user(
        &self,
        id: Uuid,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<Changed, Unavailable> {
        let change = change.clone();
        let changed = self.database.write(move |t| alter(t, id, change, now));
        Ok(changed.await?)
    }

    async fn remove_user(&self, id: Uuid) -> Result<Removed, Unavailable> {
        let removed = self.database.write(move |t| remove(t, &id.to_string()));
        Ok(removed.await?)
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
            ":roles": json(&user.roles),
            ":disabled": user.disabled,
            ":created_at": millis(user.created_at),
            ":updated_at": millis(user.updated_at),
        })?;
    if inserted == 1 {
        return Ok(Added::Kept);
    }
    Ok(
        if taken(t, "username_key", user.username.key().as_str(), "")? {
            Added::UsernameTaken
        } else if taken(t, "id", &user.id.to_string(), "")? {
            Added::IdTaken
        } else {
            Added::EmailTaken
        },
    )
}

/// Whether somebody has it, other than the user of this id.
fn taken(c: &Connection, column: &str, value: &str, but: &str) -> rusqlite::Result<bool> {
    c.prepare_cached(&format!(
        "SELECT EXISTS (SELECT 1 FROM user WHERE {column} = ?1 AND id <> ?2)"
    ))?
    .query_row([value, but], |row| row.get(0))
}

/// Whether somebody administers, other than the user of this id.
fn administered(c: &Connection, but: &str) -> rusqlite::Result<bool> {
    // The words of the partial index. Nothing in the name of a role is escaped in JSON.
    c.prepare_cached(
        r#"SELECT EXISTS (SELECT 1 FROM user WHERE disabled = 0 AND instr(roles, '"admin"') > 0 AND id <> ?1)"#,
    )?
    .query_row([but], |row| row.get(0))
}

fn alter(
    t: &Transaction<'_>,
    id: Uuid,
    change: Change,
    now: OffsetDateTime,
) -> rusqlite::Result<Changed> {
    let id = id.to_string();
    let Some(user) = one(t, "id", &id)? else {
        return Ok(Changed::Gone);
    };
    if change.ends_an_admin() && user.administers() && !administered(t, &id)? {
        return Ok(Changed::LastAdmin);
    }
    let user = change.applied_to(user, now);
    if taken(t, "username_key", user.username.key().as_str(), &id)? {
        return Ok(Changed::UsernameTaken);
    }
    if let Some(email) = &user.email
        && taken(t, "email_key", &email.key(), &id)?
    {
        return Ok(Changed::EmailTaken);
    }
    t.prepare_cached(
        "UPDATE user SET username = :username, username_key = :username_key, email = :email,
                email_key = :email_key, name = :name, password_hash = :password_hash, roles = :roles,
                disabled = :disabled, updated_at = :updated_at
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id,
        ":username": user.username.as_str(),
        ":username_key": user.username.key().as_str(),
        ":email": user.email.as_ref().map(Email::as_str),
        ":email_key": user.email.as_ref().map(Email::key),
        ":name": user.name.as_ref().map(DisplayName::as_str),
        ":password_hash": user.password_hash.as_stored(),
        ":roles": json(&user.roles),
        ":disabled": user.disabled,
        ":updated_at": millis(user.updated_at),
    })?;
    // As it is kept, to the millisecond.
    let kept = one(t, "id", &id)?;
    Ok(kept.map_or(Changed::Gone, |user| Changed::Changed(Box::new(user))))
}

fn remove(t: &Transaction<'_>, id: &str) -> rusqlite::Result<Removed> {
    let Some(user) = one(t, "id", id)? else {
        return Ok(Removed::Gone);
    };
    if user.administers() && !administered(t, id)? {
        return Ok(Removed::LastAdmin);
    }
    t.prepare_cached("DELETE FROM user WHERE id = ?1")?
        .execute([id])?;
    Ok(Removed::Removed)
}

fn json(roles: &[String]) -> String {
    serde_json::to_string(roles).unwrap_or_else(|_| "[]".to_owned())
}

/// What it keeps others from having all the same.
fn left_out(row: &Row<'_>) -> LeftOut {
    LeftOut {
        id: row.get("id").ok(),
        username_key: row.get("username_key").ok(),
        email_key: row.get("email_key").unwrap_or_default(),
    }
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    named(TABLE, row, columns)
}

fn columns(row: &Row<'_>) -> rusqlite::Result<User> {
    let id: String = row.get("id")?;
    let roles: String = row.get("roles")?;
    let username = Username::from_stored(row.get("username")?);
    let found_by: String = row.get("username_key")?;
    // Half of a name that was changed by hand: whose record it is, nobody can tell.
    if found_by != username.key().as_str() {
        return Err(apart(TABLE, row, ("username_key", "username")));
    }
    Ok(User {
        id: id.parse().map_err(|_| unreadable(TABLE, row, 0))?,
        username,
        email: row.get::<_, Option<_>>("email")?.map(Email::from_stored),
        name: row
            .get::<_, Option<_>>("name")?
            .map(DisplayName::from_stored),
        password_hash: PasswordHash::from_stored(row.get("password_hash")?),
        roles: serde_json::from_str(&roles).map_err(|_| unreadable(TABLE, row, ROLES))?,
        disabled: row.get("disabled")?,
        created_at: moment(row, "created_at")?,
        updated_at: moment(row, "updated_at")?,
    })
}
