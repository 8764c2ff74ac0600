//! The texts of the account pages.

mod en;
mod ja;

pub(super) use en::EN;
pub(super) use ja::JA;

/// Every text of the account pages, in one language. `{n}`, `{h}`, `{m}`, `{wait}`, `{browser}`, `{system}` and the
/// like stand for what the pages put there.
#[derive(Debug)]
pub(crate) struct AccountMessages {
    // The ways between the pages
    pub(crate) nav: &'static str,
    pub(crate) to_account: &'static str,
    pub(crate) account: &'static str,
    pub(crate) sessions: &'static str,
    pub(crate) activity: &'static str,
    pub(crate) back: &'static str,

    // Name and address
    pub(crate) details_title: &'static str,
    pub(crate) details_hint: &'static str,
    pub(crate) see_sessions: &'static str,
    pub(crate) member_since: &'static str,
    pub(crate) save: &'static str,
    pub(crate) save_unavailable: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) check_fields: &'static str,

    // Leaving
    pub(crate) leave_title: &'static str,
    pub(crate) everywhere_title: &'static str,
    pub(crate) everywhere_text: &'static str,
    pub(crate) everywhere: &'static str,
    pub(crate) delete_title: &'static str,
    pub(crate) delete_text: &'static str,
    pub(crate) to_delete: &'static str,

    // Another password
    pub(crate) password_title: &'static str,
    pub(crate) current_password: &'static str,
    pub(crate) new_password: &'static str,
    pub(crate) current_missing: &'static str,
    pub(crate) current_wrong: &'static str,
    pub(crate) new_missing: &'static str,
    pub(crate) password_submit: &'static str,
    pub(crate) password_unavailable: &'static str,
    pub(crate) password_again: &'static str,
    pub(crate) rules_title: &'static str,
    pub(crate) rule_shortest: &'static str,
    pub(crate) rule_longest: &'static str,
    pub(crate) rule_own: &'static str,
    pub(crate) rule_guess: &'static str,
    pub(crate) rule_met: &'static str,
    pub(crate) rule_unmet: &'static str,
    /// `{n}` characters and `{b}` bytes typed so far.
    pub(crate) typed_so_far: &'static str,
    pub(crate) after_title: &'static str,
    pub(crate) after_text: &'static str,
    pub(crate) tip_title: &'static str,
    pub(crate) tip_text: &'static str,
    /// `{wait}`
    pub(crate) too_many_attempts: &'static str,
    /// `{wait}`
    pub(crate) busy: &'static str,
    pub(crate) password_set: &'static str,
    pub(crate) password_set_one: &'static str,
    /// `{n}`
    pub(crate) password_set_many: &'static str,

    // Where you are signed in
    pub(crate) sessions_title: &'static str,
    pub(crate) sessions_lead: &'static str,
    pub(crate) this_one: &'static str,
    pub(crate) last_used: &'static str,
    pub(crate) signed_in_at: &'static str,
    pub(crate) from_address: &'static str,
    pub(crate) sign_out_there: &'static str,
    pub(crate) others_title: &'static str,
    pub(crate) others_text: &'static str,
    pub(crate) others_submit: &'static str,
    pub(crate) only_here: &'static str,
    pub(crate) session_ended: &'static str,
    pub(crate) session_was_over: &'static str,

    // Programs, places and times
    /// `{browser}` and `{system}`
    pub(crate) browser_on: &'static str,
    pub(crate) unknown_browser: &'static str,
    pub(crate) unknown_address: &'static str,
    pub(crate) just_now: &'static str,
    /// `{m}`
    pub(crate) minutes_ago: &'static str,
    /// `{h}`
    pub(crate) hours_ago: &'static str,

    // What happened
    pub(crate) recent_title: &'static str,
    pub(crate) activity_lead: &'static str,
    pub(crate) all_activity: &'static str,
    pub(crate) older: &'static str,
    pub(crate) newest: &'static str,
    pub(crate) no_activity: &'static str,
    pub(crate) activity_unavailable: &'static str,
    /// `{n}`
    pub(crate) times: &'static str,
    /// `{n}`, more than one
    pub(crate) so_many_sessions: &'static str,
    /// Between the words for what was changed.
    pub(crate) and: &'static str,
    pub(crate) events: EventTexts,
    pub(crate) causes: CauseTexts,

    // The end of an account
    pub(crate) goodbye_title: &'static str,
    /// `{name}`
    pub(crate) goodbye_of: &'static str,
    pub(crate) goodbye_points: [&'static str; 3],
    pub(crate) goodbye_password: &'static str,
    pub(crate) goodbye_wrong: &'static str,
    pub(crate) goodbye_submit: &'static str,
    pub(crate) goodbye_cancel: &'static str,
    pub(crate) goodbye_last_admin: &'static str,
    pub(crate) goodbye_unavailable: &'static str,
    pub(crate) goodbye_done: &'static str,
}

/// What can happen to an account, in the words of its owner.
#[derive(Debug)]
pub(crate) struct EventTexts {
    pub(crate) login: &'static str,
    pub(crate) login_failed: &'static str,
    pub(crate) login_throttled: &'static str,
    pub(crate) refresh: &'static str,
    pub(crate) refresh_reused: &'static str,
    pub(crate) logout: &'static str,
    pub(crate) sessions_ended: &'static str,
    pub(crate) password_changed: &'static str,
    pub(crate) user_added: &'static str,
    pub(crate) users_imported: &'static str,
    pub(crate) user_changed: &'static str,
    pub(crate) user_disabled: &'static str,
    pub(crate) user_enabled: &'static str,
    pub(crate) user_unblocked: &'static str,
    pub(crate) user_deleted: &'static str,
    pub(crate) client_added: &'static str,
    pub(crate) client_removed: &'static str,
    /// Something that a newer issuer knows and we do not.
    pub(crate) other: &'static str,
}

/// Why it happened, in a few words.
#[derive(Debug)]
pub(crate) struct CauseTexts {
    pub(crate) expired: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) signed_out_elsewhere: &'static str,
    pub(crate) password_changed: &'static str,
    pub(crate) user_disabled: &'static str,
    pub(crate) user_deleted: &'static str,
    pub(crate) refresh_reused: &'static str,
    pub(crate) by_admin: &'static str,
    pub(crate) wrong_password: &'static str,
}
