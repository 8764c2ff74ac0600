use std::borrow::Cow;

use super::account::AccountMessages;
use crate::issuer_client::Wait;

/// Every text the pages show, in one language.
///
/// One constant per language ([`super::ja::JA`], [`super::en::EN`]) fills every field, so a text that was
/// not translated does not compile. The texts are plain: the templates escape them. The three `time_*`
/// texts carry the marks `{h}`, `{m}` and `{s}`; the pages hand them to the countdown script too, so the
/// server and the browser write the same sentence (see [`Messages::remaining`]).
#[derive(Debug)]
pub(crate) struct Messages {
    // The product and the frame around every page
    pub(crate) product: &'static str,
    pub(crate) tagline: &'static str,
    /// What the name means and what the product does, in two sentences.
    pub(crate) about: &'static str,
    pub(crate) skip: &'static str,
    /// Put before a page's title when its form was refused.
    pub(crate) error_prefix: &'static str,
    /// The name of the other language, written in that language.
    pub(crate) other_language: &'static str,
    pub(crate) signed_in_as: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) weak_secret_title: &'static str,
    pub(crate) weak_secret_text: &'static str,
    pub(crate) keys_differ_title: &'static str,
    /// With `{issuer}` for the key that the issuer signs with and `{known}` for those that verify here.
    pub(crate) keys_differ_text: &'static str,

    // Sign in
    pub(crate) login_title: &'static str,
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) show_password: &'static str,
    pub(crate) remember: &'static str,
    pub(crate) remember_hint: &'static str,
    pub(crate) login_submit: &'static str,
    pub(crate) no_account: &'static str,
    pub(crate) to_register: &'static str,
    pub(crate) login_wrong: &'static str,
    pub(crate) login_missing: &'static str,
    pub(crate) login_unavailable: &'static str,
    /// `{wait}`
    pub(crate) login_busy: &'static str,
    /// `{wait}`
    pub(crate) login_throttled: &'static str,

    // How long to wait
    pub(crate) wait_second: &'static str,
    /// `{n}`
    pub(crate) wait_seconds: &'static str,
    /// `{n}`
    pub(crate) wait_minutes: &'static str,
    /// When nobody knows.
    pub(crate) wait_some: &'static str,
    /// Beside the label of the button, with `{left}` for the time that is left.
    pub(crate) wait_left: &'static str,
    pub(crate) wait_over: &'static str,

    // Create an account
    pub(crate) register_title: &'static str,
    pub(crate) optional: &'static str,
    pub(crate) email: &'static str,
    pub(crate) display_name: &'static str,
    pub(crate) username_hint: &'static str,
    pub(crate) display_name_hint: &'static str,
    pub(crate) password_hint: &'static str,
    pub(crate) register_submit: &'static str,
    pub(crate) have_account: &'static str,
    pub(crate) to_login: &'static str,
    /// Stands above the form when one or more fields were refused.
    pub(crate) register_check_fields: &'static str,
    pub(crate) username_missing: &'static str,
    pub(crate) username_invalid: &'static str,
    pub(crate) username_taken: &'static str,
    pub(crate) email_invalid: &'static str,
    pub(crate) email_taken: &'static str,
    pub(crate) display_name_invalid: &'static str,
    pub(crate) password_missing: &'static str,
    pub(crate) password_short: &'static str,
    pub(crate) password_long: &'static str,
    pub(crate) password_nul: &'static str,
    pub(crate) password_personal: &'static str,
    pub(crate) password_common: &'static str,
    pub(crate) register_unavailable: &'static str,
    /// `{wait}`
    pub(crate) register_busy: &'static str,
    /// `{wait}`
    pub(crate) register_throttled: &'static str,

    // Home: the pass
    pub(crate) home_title: &'static str,
    pub(crate) pass_label: &'static str,
    pub(crate) roles: &'static str,
    pub(crate) no_roles: &'static str,
    pub(crate) user_id: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) issued_at: &'static str,
    pub(crate) expires_at: &'static str,
    pub(crate) time_left: &'static str,
    /// Names the thin bar that drains, for screen readers.
    pub(crate) time_left_bar: &'static str,
    /// One hour or more: `{h}` and `{m}`.
    pub(crate) time_hours: &'static str,
    /// One minute or more: `{m}` and `{s}`.
    pub(crate) time_minutes: &'static str,
    /// Less than a minute: `{s}`.
    pub(crate) time_seconds: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) inside_title: &'static str,
    pub(crate) inside_lead: &'static str,
    pub(crate) inside_header: &'static str,
    pub(crate) inside_claims: &'static str,

    // Notices, shown once at the top of the next page
    pub(crate) session_expired: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) signed_out_everywhere: &'static str,
    pub(crate) signed_out_here_only: &'static str,
    pub(crate) others_signed_out: &'static str,
    pub(crate) others_still_signed_in: &'static str,
    pub(crate) signed_out_elsewhere: &'static str,
    pub(crate) password_changed: &'static str,
    pub(crate) user_disabled: &'static str,
    pub(crate) user_deleted: &'static str,
    pub(crate) refresh_reused: &'static str,
    pub(crate) ended_by_admin: &'static str,
    pub(crate) registered: &'static str,

    // Error pages
    pub(crate) error_label: &'static str,
    /// Before the id of the request.
    pub(crate) error_reference: &'static str,
    pub(crate) bad_request: PageText,
    pub(crate) forbidden: PageText,
    pub(crate) not_found: PageText,
    pub(crate) method_not_allowed: PageText,
    pub(crate) too_large: PageText,
    pub(crate) internal: PageText,
    pub(crate) unavailable: PageText,
    /// The token is over, and the issuer that could give a fresh one does not answer.
    pub(crate) sign_in_unavailable: PageText,
    /// The same, and it asks for some patience: `{wait}`.
    pub(crate) sign_in_busy: PageText,
    /// `{wait}`
    pub(crate) too_many_attempts: PageText,
    pub(crate) cookies_blocked: PageText,
    /// An app gets two session cookies, and believes neither.
    pub(crate) several_cookies: PageText,
    /// The issuer signed a token that these pages refuse; the cause is not known.
    pub(crate) refused: PageText,
    /// Issuer and pages hold different keys: nobody can be recognised, and nobody is signed out.
    pub(crate) keys_differ: PageText,
    pub(crate) registration_closed: PageText,
    pub(crate) action_home: &'static str,
    pub(crate) action_login: &'static str,
    pub(crate) action_retry: &'static str,

    pub(crate) account: AccountMessages,
    pub(crate) meanings: Meanings,
}

/// The heading and the explanation of one error page.
#[derive(Debug)]
pub(crate) struct PageText {
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
}

/// What each part of a token's header and claims says, in a few words.
#[derive(Debug)]
pub(crate) struct Meanings {
    pub(crate) alg: &'static str,
    pub(crate) typ: &'static str,
    pub(crate) kid: &'static str,
    pub(crate) iss: &'static str,
    pub(crate) sub: &'static str,
    pub(crate) aud: &'static str,
    pub(crate) iat: &'static str,
    pub(crate) nbf: &'static str,
    pub(crate) exp: &'static str,
    pub(crate) jti: &'static str,
    pub(crate) sid: &'static str,
    pub(crate) scope: &'static str,
    pub(crate) roles: &'static str,
    pub(crate) preferred_username: &'static str,
    pub(crate) identity: &'static str,
}

impl Messages {
    /// Says how long is left, in the words the countdown script uses too.
    pub(crate) fn remaining(&self, seconds: u64) -> String {
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let format = match seconds {
            3600.. => self.time_hours,
            60.. => self.time_minutes,
            _ => self.time_seconds,
        };
        format
            .replace("{h}", &h.to_string())
            .replace("{m}", &m.to_string())
            .replace("{s}", &s.to_string())
    }

    /// Puts the wait into a text with `{wait}`: in minutes, rounded up, when it is long.
    pub(crate) fn with_wait(&self, text: &'static str, wait: Option<Wait>) -> Cow<'static, str> {
        if !text.contains("{wait}") {
            return text.into();
        }
        let words = match wait.map(Wait::seconds) {
            None => self.wait_some.to_owned(),
            Some(1) => self.wait_second.to_owned(),
            Some(seconds @ ..120) => self.wait_seconds.replace("{n}", &seconds.to_string()),
            Some(long) => {
                let minutes = long.div_ceil(60).to_string();
                self.wait_minutes.replace("{n}", &minutes)
            }
        };
        text.replace("{wait}", &words).into()
    }

    /// The key that the issuer signs with, and those that are known here.
    pub(crate) fn keys_differ_text(&self, issuer: &str, known: &[String]) -> String {
        self.keys_differ_text
            .replace("{known}", &known.join(", "))
            .replace("{issuer}", issuer)
    }

    /// Explains a header field or a claim by its name; empty for a name this catalogue does not know.
    pub(crate) fn meaning(&self, name: &str) -> &'static str {
        let m = &self.meanings;
        match name {
            "alg" => m.alg,
            "typ" => m.typ,
            "kid" => m.kid,
            "iss" => m.iss,
            "sub" => m.sub,
            "aud" => m.aud,
            "iat" => m.iat,
            "nbf" => m.nbf,
            "exp" => m.exp,
            "jti" => m.jti,
            "sid" => m.sid,
            "scope" => m.scope,
            "roles" => m.roles,
            "preferred_username" => m.preferred_username,
            "identity" => m.identity,
            _ => "",
        }
    }
}
