//! A message for the next page, shown once. The cookie names a message of a closed list, so nobody can
//! put words into our mouth.

use tower_cookies::{Cookies, cookie::time::Duration};

use crate::{app::App, locale::Messages, pages::shell::Notice};

/// Long enough for a slow redirect, short enough not to puzzle tomorrow's visitor.
const KEPT_FOR: Duration = Duration::minutes(5);

/// What can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flash {
    /// The token ran out, or the session is unknown or cannot be used.
    SessionExpired,
    /// You signed out.
    SignedOut,
    /// The account was made, but signing in did not work at once.
    Registered,
}

const ALL: [Flash; 3] = [Flash::SessionExpired, Flash::SignedOut, Flash::Registered];

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
            Self::Registered => ("good", t.registered),
        };
        Notice { tone, text }
    }

    fn name(self) -> &'static str {
        match self {
            Self::SessionExpired => "session_expired",
            Self::SignedOut => "signed_out",
            Self::Registered => "registered",
        }
    }
}
