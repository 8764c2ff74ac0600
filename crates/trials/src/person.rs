//! Somebody who uses the pair: an account, a program that is logged in, and a browser that is signed in.

mod browser;
mod day;

use std::{io, net::Ipv4Addr, sync::Arc, time::Instant};

use serde_json::json;

use crate::{Answer, Client, Journal, Request, SessionId};

use browser::Browser;
use day::DAY;
pub use day::{Act, Done};

#[derive(Debug)]
struct Program {
    id: SessionId,
    access: String,
    refresh: String,
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
