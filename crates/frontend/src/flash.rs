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
    /// Your name and address have been saved.
    AccountSaved,
    /// You changed your password, and so many other sessions were ended.
    PasswordSet(u16),
    /// You ended one of your sessions.
    SessionEnded,
    /// You wanted to, and it had ended already.
    SessionWasOver,
    /// You deleted your account.
    AccountDeleted,
}

/// All but those that carry a number.
const PLAIN: [Flash; 17] = [
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
    Flash::AccountSaved,
    Flash::SessionEnded,
    Flash::SessionWasOver,
    Flash::AccountDeleted,
];
const PASSWORD_SET: &str = "password_set";

impl Flash {
    /// Says it on the next page.
    pub(crate) fn set(self, app: &App, cookies: &Cookies) {
        let policy = &app.cookies;
        cookies.add(policy.cookie(policy.flash, &self.value(), KEPT_FOR));
    }

    /// The message that waits, and no longer does.
    pub(crate) fn take(app: &App, cookies: &Cookies) -> Option<Self> {
        let policy = &app.cookies;
        let cookie = cookies.get(policy.flash)?;
        cookies.add(policy.cookie(policy.flash, "", Duration::ZERO));
        Self::parse(cookie.value())
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
            Self::AccountSaved => ("good", t.account.saved),
            Self::PasswordSet(0) => ("good", t.account.password_set),
            Self::PasswordSet(1) => ("good", t.account.password_set_one),
            Self::PasswordSet(ended) => {
                let text = t.account.password_set_many;
                let text = text.replace("{n}", &ended.to_string()).into();
                return Notice { tone: "good", text };
            }
            Self::SessionEnded => ("good", t.account.session_ended),
            Self::SessionWasOver => ("info", t.account.session_was_over),
            Self::AccountDeleted => ("good", t.account.goodbye_done),
        };
        let text = text.into();
        Notice { tone, text }
    }

    pub(crate) fn value(self) -> String {
        match self {
            Self::PasswordSet(ended) => format!("{PASSWORD_SET}.{ended}"),
            plain => plain.name().to_owned(),
        }
    }

    pub(crate) fn parse(value: &str) -> Option<Self> {
        if let Some((PASSWORD_SET, ended)) = value.split_once('.') {
            return ended.parse().ok().map(Self::PasswordSet);
        }
        PLAIN.into_iter().find(|flash| flash.name() == value)
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
            Self::AccountSaved => "account_saved",
            Self::PasswordSet(_) => PASSWORD_SET,
            Self::SessionEnded => "session_ended",
            Self::SessionWasOver => "session_was_over",
            Self::AccountDeleted => "account_deleted",
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
