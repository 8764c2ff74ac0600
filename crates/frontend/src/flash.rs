//! A message for the next page, shown once. The cookie names a message of a closed list, so nobody can
//! put words into our mouth.

use tower_cookies::{Cookies, cookie::time::Duration};

use crate::{app::App, cause::Cause, locale::Messages, pages::shell::Notice};

/// Long enough for a slow redirect, short enough not to puzzle tomorrow's visitor.
const KEPT_FOR: Duration = Duration::minutes(5);

/// What can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flash {
    /// The session's time is over, or it is unknown or cannot be used.
    SessionExpired,
    /// You signed out.
    SignedOut,
    /// Here and everywhere else.
    SignedOutEverywhere,
    /// Here; the issuer did not end the other sessions yet.
    SignedOutHereOnly,
    /// You ended your other sessions.
    OthersSignedOut,
    /// You asked for that, and the issuer did not do it.
    OthersStillSignedIn,
    /// You signed this one out from another.
    SignedOutElsewhere,
    /// Your password was changed.
    PasswordChanged,
    /// The account has been disabled.
    UserDisabled,
    /// The account is gone.
    UserDeleted,
    /// A refresh token was used twice: somebody else may have it.
    RefreshReused,
    /// An administrator ended the session.
    EndedByAdmin,
    /// The account was made, but signing in did not work at once.
    Registered,
}

const ALL: [Flash; 13] = [
    Flash::SessionExpired,
    Flash::SignedOut,
    Flash::SignedOutEverywhere,
    Flash::SignedOutHereOnly,
    Flash::OthersSignedOut,
    Flash::OthersStillSignedIn,
    Flash::SignedOutElsewhere,
    Flash::PasswordChanged,
    Flash::UserDisabled,
    Flash::UserDeleted,
    Flash::RefreshReused,
    Flash::EndedByAdmin,
    Flash::Registered,
];

impl Flash {
    /// Says it on the next page.
    pub(crate) fn set(self, app: &App, cookies: &Cookies) {
        let policy = &app.cookies;
        cookies.add(policy.cookie(policy.flash, self.name(), KEPT_FOR));
    }

    /// The message that waits, and no longer does.
    pub(crate) fn take(app: &App, cookies: &Cookies) -> Option<Self> {
        let policy = &app.cookies;
        let cookie = cookies.get(policy.flash)?;
        cookies.add(policy.cookie(policy.flash, "", Duration::ZERO));
        ALL.into_iter().find(|flash| flash.name() == cookie.value())
    }

    pub(crate) fn notice(self, t: &'static Messages) -> Notice {
        let (tone, text) = match self {
            Self::SessionExpired => ("bad", t.session_expired),
            Self::SignedOut => ("good", t.signed_out),
            Self::SignedOutEverywhere => ("good", t.signed_out_everywhere),
            Self::SignedOutHereOnly => ("bad", t.signed_out_here_only),
            Self::OthersSignedOut => ("good", t.others_signed_out),
            Self::OthersStillSignedIn => ("bad", t.others_still_signed_in),
            Self::SignedOutElsewhere => ("bad", t.signed_out_elsewhere),
            Self::PasswordChanged => ("bad", t.password_changed),
            Self::UserDisabled => ("bad", t.user_disabled),
            Self::UserDeleted => ("bad", t.user_deleted),
            Self::RefreshReused => ("bad", t.refresh_reused),
            Self::EndedByAdmin => ("bad", t.ended_by_admin),
            Self::Registered => ("good", t.registered),
        };
        Notice { tone, text }
    }

    fn name(self) -> &'static str {
        match self {
            Self::SessionExpired => "session_expired",
            Self::SignedOut => "signed_out",
            Self::SignedOutEverywhere => "signed_out_everywhere",
            Self::SignedOutHereOnly => "signed_out_here_only",
            Self::OthersSignedOut => "others_signed_out",
            Self::OthersStillSignedIn => "others_still_signed_in",
            Self::SignedOutElsewhere => "signed_out_elsewhere",
            Self::PasswordChanged => "password_changed",
            Self::UserDisabled => "user_disabled",
            Self::UserDeleted => "user_deleted",
            Self::RefreshReused => "refresh_reused",
            Self::EndedByAdmin => "ended_by_admin",
            Self::Registered => "registered",
        }
    }
}

impl From<Cause> for Flash {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Expired => Self::SessionExpired,
            Cause::SignedOut => Self::SignedOut,
            Cause::SignedOutElsewhere => Self::SignedOutElsewhere,
            Cause::PasswordChanged => Self::PasswordChanged,
            Cause::UserDisabled => Self::UserDisabled,
            Cause::UserDeleted => Self::UserDeleted,
            Cause::RefreshReused => Self::RefreshReused,
            Cause::EndedByAdmin => Self::EndedByAdmin,
        }
    }
}
