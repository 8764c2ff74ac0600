//! What the services acknowledged, and whether it is there afterwards.
//!
//! A request without an answer, or with a 5xx, may have been done or not: what it asked for is *in doubt*,
//! and then either is right. All else is certain, and is held against the services.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::Ipv4Addr,
    sync::{Mutex, MutexGuard, PoisonError},
};

mod check;

/// A login session of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(usize);

/// All that was acknowledged. From any thread.
#[derive(Debug, Default)]
pub struct Journal {
    model: Mutex<Model>,
}

#[derive(Clone, Debug, Default)]
struct Model {
    users: BTreeMap<String, User>,
    sessions: Vec<Session>,
}

#[derive(Clone, Debug)]
struct User {
    address: Ipv4Addr,
    /// One of them is the password.
    passwords: Vec<String>,
    /// This one is not, for certain.
    former: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    No,
    Perhaps,
    Yes,
}

#[derive(Clone, Debug)]
struct Session {
    user: String,
    ended: Ended,
    held: Held,
}

/// What its owner holds.
#[derive(Clone, Debug)]
enum Held {
    Tokens {
        access: String,
        refresh: String,
        /// Of each refresh token that was presented.
        successors: BTreeMap<String, BTreeSet<String>>,
    },
    Cookie(String),
}

impl Journal {
    /// An account was made, from this address.
    pub fn registered(&self, user: &str, password: &str, address: Ipv4Addr) {
        let user_is = User {
            address,
            passwords: vec![password.to_owned()],
            former: None,
        };
        self.model().users.insert(user.to_owned(), user_is);
    }

    /// A user's password may have become this one, and then all other sessions have ended.
    pub fn password_in_doubt(&self, user: &str, new: &str, kept: SessionId) {
        let mut model = self.model();
        if let Some(user) = model.users.get_mut(user)
            && !user.passwords.iter().any(|one| one == new)
        {
            user.passwords.push(new.to_owned());
        }
        model.end_others(user, kept, Ended::Perhaps);
    }

    /// A user's password became this one, and all other sessions have ended.
    pub fn password_changed(&self, user: &str, new: &str, kept: SessionId) {
        let mut model = self.model();
        if let Some(user) = model.users.get_mut(user) {
            user.former = user.passwords.iter().find(|one| *one != new).cloned();
            user.passwords = vec![new.to_owned()];
        }
        model.end_others(user, kept, Ended::Yes);
    }

    /// A login session began, with these tokens.
    pub fn logged_in(&self, user: &str, access: &str, refresh: &str) -> SessionId {
        self.begun(
            user,
            Held::Tokens {
                access: access.to_owned(),
                refresh: refresh.to_owned(),
                successors: BTreeMap::new(),
            },
        )
    }

    /// A browser signed in and keeps this cookie, `name=value`.
    pub fn signed_in(&self, user: &str, cookie: &str) -> SessionId {
        self.begun(user, Held::Cookie(cookie.to_owned()))
    }

    /// A refresh token was presented and gave these.
    pub fn refreshed(&self, session: SessionId, presented: &str, new_access: &str, new: &str) {
        let mut model = self.model();
        if let Held::Tokens {
            access,
            refresh,
            successors,
        } = &mut model.sessions[session.0].held
        {
            let given = successors.entry(presented.to_owned()).or_default();
            given.insert(new.to_owned());
            (*access, *refresh) = (new_access.to_owned(), new.to_owned());
        }
    }

    /// A session was ended by its owner.
    pub fn ended(&self, session: SessionId) {
        self.model().sessions[session.0].ended = Ended::Yes;
    }

    /// A session may have been ended.
    pub fn end_in_doubt(&self, session: SessionId) {
        self.model().sessions[session.0].doubt();
    }

    /// Whether nothing says that this session is not there.
    pub fn is_live(&self, session: SessionId) -> bool {
        let model = self.model();
        let session = &model.sessions[session.0];
        session.ended == Ended::No && model.users[&session.user].passwords.len() == 1
    }

    fn begun(&self, user: &str, held: Held) -> SessionId {
        let mut model = self.model();
        model.sessions.push(Session {
            user: user.to_owned(),
            ended: Ended::No,
            held,
        });
        SessionId(model.sessions.len() - 1)
    }

    fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Model {
    fn end_others(&mut self, user: &str, kept: SessionId, ended: Ended) {
        let sessions = self.sessions.iter_mut().enumerate();
        for (number, session) in sessions {
            if session.user == user && number != kept.0 {
                match ended {
                    Ended::Yes => session.ended = Ended::Yes,
                    _ => session.doubt(),
                }
            }
        }
    }
}

impl Session {
    fn doubt(&mut self) {
        if self.ended == Ended::No {
            self.ended = Ended::Perhaps;
        }
    }
}

/// What a look at the services gave.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Users whose password was tried.
    pub users: usize,
    /// Sessions that had to be there.
    pub live: usize,
    /// Sessions that had to be over.
    pub over: usize,
    /// Refreshes that were acknowledged, each with its successor.
    pub refreshes: usize,
    /// What was acknowledged and is not so.
    pub violations: Vec<String>,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            users,
            live,
            over,
            refreshes,
            violations,
        } = self;
        write!(
            f,
            "{users} users, {live} live and {over} ended sessions, {refreshes} refreshes: {} wrong",
            violations.len()
        )
    }
}
