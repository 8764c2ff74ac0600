//! What a person does in a browser: signs in, looks at a page, signs out.

use std::io;

use super::{Person, Tried, away_or_odd, status};
use crate::{Answer, Request, SessionId};

/// The cookie of a session, over http.
const COOKIE: &str = "tegata";

#[derive(Debug)]
pub(super) struct Browser {
    id: SessionId,
    cookie: String,
}

impl Person {
    fn ask_pages(&mut self, request: Request) -> io::Result<Answer> {
        self.pages.ask(&request.from_address(self.address))
    }

    pub(super) fn sign_in(&mut self) -> Tried {
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

    pub(super) fn page(&mut self) -> Tried {
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

    pub(super) fn sign_out(&mut self) -> Tried {
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
