//! What can happen, each by its stable code.

use std::str::FromStr;

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody logged in.
    Login,
    /// Somebody did not; without a user, when there is none of that name.
    LoginFailed,
    /// After failures, passwords are not looked at for a while; the cause says of whom. Waits that only grow are not
    /// told again.
    LoginThrottled,
    /// A refresh token gave its successor.
    Refresh,
    /// A refresh token was used again: somebody may have a copy. Its session was ended.
    RefreshReused,
    /// A login session was ended by its own logout.
    Logout,
    /// Login sessions were ended otherwise; the cause says why.
    SessionsEnded,
    /// A user has a new password.
    PasswordChanged,
    /// An account was made.
    UserAdded,
    /// Accounts came from elsewhere, with their passwords.
    UsersImported,
    /// A name, an address or the roles of a user were changed.
    UserChanged,
    /// A user is let in no more.
    UserDisabled,
    /// A user is let in again.
    UserEnabled,
    /// The wrong passwords at an account were forgotten: nobody waits for those any more.
    UserUnblocked,
    /// An account was removed.
    UserDeleted,
    /// An OAuth client was made.
    ClientAdded,
    /// An OAuth client was removed.
    ClientRemoved,
    /// A key is known that signs tokens later, or at once when it is the first.
    KeyAnnounced,
    /// A key signs tokens from now on.
    KeyRotated,
    /// Tokens of a key are good no more.
    KeyRetired,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 20] = [
        Self::Login,
        Self::LoginFailed,
        Self::LoginThrottled,
        Self::Refresh,
        Self::RefreshReused,
        Self::Logout,
        Self::SessionsEnded,
        Self::PasswordChanged,
        Self::UserAdded,
        Self::UsersImported,
        Self::UserChanged,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::UserUnblocked,
        Self::UserDeleted,
        Self::ClientAdded,
        Self::ClientRemoved,
        Self::KeyAnnounced,
        Self::KeyRotated,
        Self::KeyRetired,
    ];

    /// The stable code, for stores, answers and logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginFailed => "login_failed",
            Self::LoginThrottled => "login_throttled",
            Self::Refresh => "refresh",
            Self::RefreshReused => "refresh_reused",
            Self::Logout => "logout",
            Self::SessionsEnded => "sessions_ended",
            Self::PasswordChanged => "password_changed",
            Self::UserAdded => "user_added",
            Self::UsersImported => "users_imported",
            Self::UserChanged => "user_changed",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::UserUnblocked => "user_unblocked",
            Self::UserDeleted => "user_deleted",
            Self::ClientAdded => "client_added",
            Self::ClientRemoved => "client_removed",
            Self::KeyAnnounced => "key_announced",
            Self::KeyRotated => "key_rotated",
            Self::KeyRetired => "key_retired",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(code: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.code() == code);
        found.ok_or(UnknownKind)
    }
}

/// A newer version has kinds that this one does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this version knows no such kind of event")]
pub struct UnknownKind;
