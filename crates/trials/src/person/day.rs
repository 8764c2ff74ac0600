//! A person's day: what they do, in which order, and what comes of it.

use std::{io, time::Duration};

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Makes the account.
    Register,
    /// A login at the API.
    LogIn,
    /// A guarded request that reads the store.
    Me,
    /// The next pair of tokens.
    Refresh,
    /// Another password, which ends the other sessions.
    ChangePassword,
    /// An end to the API's session.
    LogOut,
    /// A login on the pages.
    SignIn,
    /// A walled page.
    Page,
    /// An end to the browser's session.
    SignOut,
}

/// What people do, over and over; who does not have a session yet begins one instead.
pub(super) const DAY: [Act; 24] = {
    use Act::{ChangePassword, LogOut, Me, Page, Refresh, SignOut};
    [
        Page,
        Me,
        Refresh,
        Page,
        Me,
        Page,
        Me,
        Page,
        Refresh,
        Me,
        Page,
        Me,
        Page,
        Me,
        SignOut,
        Page,
        Refresh,
        Me,
        Page,
        ChangePassword,
        Page,
        Me,
        Refresh,
        LogOut,
    ]
};

/// What came of an act.
#[derive(Clone, Debug)]
pub struct Done {
    /// What was tried.
    pub act: Act,
    /// The status; none, when there was no answer.
    pub outcome: Result<u16, io::ErrorKind>,
    /// How long that took.
    pub took: Duration,
    /// What should not have been, in words.
    pub odd: Option<String>,
}
