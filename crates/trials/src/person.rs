//! Somebody who uses the pair: an account, a program that is logged in, and a browser that is signed in.

use std::{
    io,
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{Answer, Client, Journal, Request, SessionId};

/// The cookie of a session, over http.
const COOKIE: &str = "tegata";

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
const DAY: [Act; 24] = {
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

#[derive(Debug)]
struct Program {
    id: SessionId,
    access: String,
    refresh: String,
}

#[derive(Debug)]
struct Browser {
    id: SessionId,
    cookie: String,
}

/// See the module. Tells the journal what was acknowledged.
#[derive(Debug)]
pub struct Person {
    name: String,
    address: Ipv4Addr,
    /// The one that is right, as far as the person knows, is first.
    passwords: Vec<String>,
    changes: usize,
    step: usize,
    registered: bool,
    program: Option<Program>,
    browser: Option<Browser>,
    api: Client,
    pages: Client,
    journal: Arc<Journal>,
}

impl Person {
    /// The person of this number, who comes from an address of their own.
    pub fn new(number: usize, api: &str, pages: &str, journal: &Arc<Journal>) -> Self {
        let [.., high, low] = u32::try_from(number).unwrap_or_default().to_be_bytes();
        let mut person = Self {
            name: format!("traveller{number}"),
            address: Ipv4Addr::new(10, 77, high, low),
            passwords: Vec::new(),
            changes: 0,
            // Not all at the same hour of the day.
            step: number * 7,
            registered: false,
            program: None,
            browser: None,
            api: Client::new(api),
            pages: Client::new(pages),
            journal: Arc::clone(journal),
        };
        person.passwords = vec![person.next_password()];
        person
    }

    /// Does what is next.
    pub fn act(&mut self) -> Done {
        let start = Instant::now();
        let act = self.next();
        let (answer, odd) = match act {
            Act::Register => self.register(),
            Act::LogIn => self.log_in(),
            Act::Me => self.me(),
            Act::Refresh => self.refresh(),
            Act::ChangePassword => self.change_password(),
            Act::LogOut => self.log_out(),
            Act::SignIn => self.sign_in(),
            Act::Page => self.page(),
            Act::SignOut => self.sign_out(),
        };
        let outcome = answer.as_ref().map(|answer| answer.status);
        let odd = odd.map(|odd| {
            let said = answer.as_ref().map_or("no answer".to_owned(), Answer::said);
            format!("{}: {act:?}: {odd}: {said}", self.name)
        });
        Done {
            act,
            outcome: outcome.map_err(io::Error::kind),
            took: start.elapsed(),
            odd,
        }
    }

    fn next(&mut self) -> Act {
        if !self.registered {
            return Act::Register;
        }
        self.step += 1;
        let act = DAY[self.step % DAY.len()];
        match act {
            Act::Page | Act::SignOut if self.browser.is_none() => Act::SignIn,
            Act::Me | Act::Refresh | Act::ChangePassword | Act::LogOut
                if self.program.is_none() =>
            {
                Act::LogIn
            }
            act => act,
        }
    }

    fn next_password(&mut self) -> String {
        self.changes += 1;
        format!("lantern {} of {} on the pass", self.changes, self.name)
    }

    fn ask(&mut self, request: Request) -> io::Result<Answer> {
        self.api.ask(&request.from_address(self.address))
    }

    fn ask_pages(&mut self, request: Request) -> io::Result<Answer> {
        self.pages.ask(&request.from_address(self.address))
    }

    fn register(&mut self) -> Tried {
        let body = json!({ "username": self.name, "password": self.passwords[0] });
        let answer = self.ask(Request::json("POST", "/users", &body));
        match status(&answer) {
            // Taken by an attempt of one's own whose answer was lost.
            Some(201 | 409) => {
                self.registered = true;
                self.journal
                    .registered(&self.name, &self.passwords[0], self.address);
                (answer, None)
            }
            _ => away_or_odd(answer, "not registered"),
        }
    }

    fn log_in(&mut self) -> Tried {
        let login = Request::log_in(&self.name, &self.passwords[0]);
        let answer = self.ask(login);
        match status(&answer) {
            Some(200) => {
                if let Some((access, refresh)) = answer.as_ref().ok().and_then(tokens) {
                    let id = self.journal.logged_in(&self.name, &access, &refresh);
                    self.program = Some(Program {
                        id,
                        access,
                        refresh,
                    });
                }
                (answer, None)
            }
            Some(400) if self.passwords.len() > 1 => {
                self.passwords.rotate_left(1);
                (answer, None)
            }
            _ => away_or_odd(answer, "not let in"),
        }
    }

    fn me(&mut self) -> Tried {
        let Some(program) = &self.program else {
            return self.log_in();
        };
        let id = program.id;
        let request = Request::get("/users/me").bearer(&program.access);
        let answer = self.ask(request);
        match status(&answer) {
            Some(200) => (answer, None),
            Some(401) if refused_as_expired(&answer) => (answer, None),
            Some(401) if !self.journal.is_live(id) => {
                self.program = None;
                (answer, None)
            }
            _ => away_or_odd(answer, "a live token is refused"),
        }
    }

    fn refresh(&mut self) -> Tried {
        let Some(program) = &self.program else {
            return self.log_in();
        };
        let (id, presented) = (program.id, program.refresh.clone());
        let answer = self.ask(Request::refresh(&presented));
        match status(&answer) {
            Some(200) => {
                if let Some((access, refresh)) = answer.as_ref().ok().and_then(tokens) {
                    self.journal.refreshed(id, &presented, &access, &refresh);
                    self.program = Some(Program {
                        id,
                        access,
                        refresh,
                    });
                }
                (answer, None)
            }
            Some(400) => {
                let odd = self
                    .journal
                    .is_live(id)
                    .then(|| "a live session is refused".to_owned());
                self.program = None;
                (answer, odd)
            }
            _ => away_or_odd(answer, "not refreshed"),
        }
    }

    fn change_password(&mut self) -> Tried {
        let new = self.next_password();
        let Some(program) = &self.program else {
            return self.log_in();
        };
        let id = program.id;
        let body = json!({ "current_password": self.passwords[0], "new_password": new });
        let request = Request::json("PUT", "/users/me/password", &body).bearer(&program.access);
        let answer = self.ask(request);
        match status(&answer) {
            Some(200) => {
                self.journal.password_changed(&self.name, &new, id);
                self.passwords = vec![new];
                self.browser = None;
                (answer, None)
            }
            Some(400) if self.passwords.len() > 1 => {
                self.passwords.rotate_left(1);
                (answer, None)
            }
            Some(401) if refused_as_expired(&answer) => (answer, None),
            Some(401) if !self.journal.is_live(id) => {
                self.program = None;
                (answer, None)
            }
            Some(429) => (answer, None),
            _ => {
                self.journal.password_in_doubt(&self.name, &new, id);
                self.passwords.push(new);
                away_or_odd(answer, "the password is not changed")
            }
        }
    }

    fn log_out(&mut self) -> Tried {
        let Some(program) = &self.program else {
            return self.log_in();
        };
        let id = program.id;
        let answer = self.ask(Request::revoke(&program.refresh.clone()));
        match status(&answer) {
            Some(200) => {
                self.journal.ended(id);
                self.program = None;
                (answer, None)
            }
            _ => {
                self.journal.end_in_doubt(id);
                // Asked again at the next step.
                self.step -= 1;
                away_or_odd(answer, "not logged out")
            }
        }
    }

    fn sign_in(&mut self) -> Tried {
        let form = Request::sign_in(&self.name, &self.passwords[0]);
        let answer = self.ask_pages(form);
        let cookie = answer.as_ref().ok().and_then(|one| one.cookie(COOKIE));
        match (status(&answer), cookie) {
            (Some(303), Some(cookie)) => {
                let id = self.journal.signed_in(&self.name, &cookie);
                self.browser = Some(Browser { id, cookie });
                (answer, None)
            }
            (Some(200..500), _) if self.passwords.len() > 1 => {
                self.passwords.rotate_left(1);
                (answer, None)
            }
            _ => away_or_odd(answer, "not signed in"),
        }
    }

    fn page(&mut self) -> Tried {
        let Some(browser) = &self.browser else {
            return self.sign_in();
        };
        let id = browser.id;
        let answer = self.ask_pages(Request::page("/").cookie(&browser.cookie.clone()));
        let deleted = answer.as_ref().is_ok_and(|one| one.deletes_cookie(COOKIE));
        if let Some(cookie) = answer.as_ref().ok().and_then(|one| one.cookie(COOKIE)) {
            self.browser = Some(Browser { id, cookie });
        }
        match status(&answer) {
            Some(200) if !deleted => (answer, None),
            Some(303) if !self.journal.is_live(id) => {
                self.browser = None;
                (answer, None)
            }
            Some(303) => {
                self.browser = None;
                (
                    answer,
                    Some("a live session is sent to the login".to_owned()),
                )
            }
            Some(_) if deleted => (answer, Some("the cookie is deleted".to_owned())),
            _ => away_or_odd(answer, "no page"),
        }
    }

    fn sign_out(&mut self) -> Tried {
        let Some(browser) = &self.browser else {
            return self.sign_in();
        };
        let id = browser.id;
        let request = Request::form("/logout", &[]).cookie(&browser.cookie.clone());
        let answer = self.ask_pages(request.header("accept", "text/html"));
        match status(&answer) {
            Some(303) => {
                self.journal.ended(id);
                self.browser = None;
                (answer, None)
            }
            _ => {
                self.journal.end_in_doubt(id);
                self.step -= 1;
                away_or_odd(answer, "not signed out")
            }
        }
    }
}

type Tried = (io::Result<Answer>, Option<String>);

fn status(answer: &io::Result<Answer>) -> Option<u16> {
    answer.as_ref().ok().map(|answer| answer.status)
}

/// No answer, 503 and 429 are answers of a bad day; whoever sees to it that there is none counts them.
fn away_or_odd(answer: io::Result<Answer>, odd: &str) -> Tried {
    let is_away = matches!(status(&answer), None | Some(429 | 503));
    let odd = (!is_away).then(|| odd.to_owned());
    (answer, odd)
}

fn refused_as_expired(answer: &io::Result<Answer>) -> bool {
    let reason = answer
        .as_ref()
        .ok()
        .and_then(|one| one.header("tegata-reason"));
    reason == Some("expired")
}

fn tokens(answer: &Answer) -> Option<(String, String)> {
    Some((
        answer.member("access_token")?,
        answer.member("refresh_token")?,
    ))
}
