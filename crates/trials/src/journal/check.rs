//! The journal held against the services.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use super::{Ended, Findings, Held, Journal, Session, User};
use crate::{Answer, Client, Request, pause};

/// How long a service that has just come back may say 503.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the pages may take to hear of an end, from when the check begins.
const HEARING: Duration = Duration::from_secs(5);
const BETWEEN: Duration = Duration::from_millis(50);

impl Journal {
    /// Looks whether everything is as it was acknowledged: who registered gets in by the newest password and
    /// not by the one before, live sessions go on, ended ones do not, and no refresh token has two successors.
    /// It presents the refresh tokens, so it is the last thing that is done with a journal.
    pub fn check(&self, api: &str, pages: &str) -> Findings {
        let model = self.model().clone();
        let mut check = Check {
            api: Client::new(api),
            pages: Client::new(pages),
            begun: Instant::now(),
            findings: Findings::default(),
        };
        // Sessions first: a login can end none, but a failed one is counted.
        for session in &model.sessions {
            check.session(session, &model.users[&session.user]);
        }
        for (name, user) in &model.users {
            check.user(name, user);
        }
        check.findings
    }
}

struct Check {
    api: Client,
    pages: Client,
    begun: Instant,
    findings: Findings,
}

impl Check {
    fn user(&mut self, name: &str, user: &User) {
        self.findings.users += 1;
        let statuses: Vec<u16> = user
            .passwords
            .iter()
            .map(|password| self.log_in(name, password, user.address))
            .collect();
        let right = statuses.iter().filter(|status| **status == 200).count();
        if right != 1 {
            self.wrong(format!("{name}: the password is refused: {statuses:?}"));
        }
        if let Some(former) = &user.former {
            let status = self.log_in(name, former, user.address);
            if status != 400 {
                self.wrong(format!("{name}: the former password gives {status}"));
            }
        }
    }

    fn session(&mut self, session: &Session, user: &User) {
        let ended = match session.ended {
            Ended::No if user.passwords.len() > 1 => Ended::Perhaps,
            ended => ended,
        };
        match ended {
            Ended::No => self.findings.live += 1,
            Ended::Yes => self.findings.over += 1,
            Ended::Perhaps => {}
        }
        match &session.held {
            Held::Cookie(cookie) => self.browser(session, ended, cookie, user.address),
            Held::Tokens {
                access,
                refresh,
                successors,
            } => {
                self.findings.refreshes += successors.len();
                for (presented, given) in successors {
                    if given.len() > 1 {
                        let text = format!("{}: {presented:.12}… has two successors", session.user);
                        self.wrong(text);
                    }
                }
                self.tokens(session, ended, access, refresh);
            }
        }
    }

    fn tokens(&mut self, session: &Session, ended: Ended, access: &str, refresh: &str) {
        let who = &session.user;
        let me = ask(&mut self.api, &Request::get("/users/me").bearer(access));
        let given = ask(&mut self.api, &Request::refresh(refresh));
        match ended {
            Ended::No => {
                let again = ask(&mut self.api, &Request::refresh(refresh));
                if given.status != 200 {
                    self.wrong(format!("{who}: a live session is lost: {}", given.said()));
                } else if again.member("refresh_token") != given.member("refresh_token") {
                    self.wrong(format!("{who}: the second successor is another one"));
                }
            }
            Ended::Yes if given.status != 400 || me.status != 401 => {
                let (refresh, me) = (given.status, me.status);
                self.wrong(format!(
                    "{who}: an ended session goes on: refresh {refresh}, /users/me {me}"
                ));
            }
            Ended::Yes | Ended::Perhaps => {}
        }
    }

    fn browser(&mut self, session: &Session, ended: Ended, cookie: &str, address: Ipv4Addr) {
        let page = Request::page("/").cookie(cookie).from_address(address);
        let mut status = ask(&mut self.pages, &page).status;
        // Pages hear of an end by the feed.
        while ended == Ended::Yes && status == 200 && self.begun.elapsed() < HEARING {
            pause(BETWEEN);
            status = ask(&mut self.pages, &page).status;
        }
        let (right, what) = match ended {
            Ended::No => (200, "a live session is lost"),
            Ended::Yes => (303, "an ended session goes on"),
            Ended::Perhaps => return,
        };
        if status != right {
            self.wrong(format!("{}: on the pages {what}: {status}", session.user));
        }
    }

    fn log_in(&mut self, name: &str, password: &str, address: Ipv4Addr) -> u16 {
        let login = Request::log_in(name, password).from_address(address);
        ask(&mut self.api, &login).status
    }

    fn wrong(&mut self, text: String) {
        self.findings.violations.push(text);
    }
}

/// Until there is an answer that says something about what was asked.
fn ask(client: &mut Client, request: &Request) -> Answer {
    let start = Instant::now();
    loop {
        let answer = client.ask(request);
        let late = start.elapsed() > PATIENCE;
        match answer {
            Ok(answer) if late || ![429, 503].contains(&answer.status) => return answer,
            Err(error) if late => {
                panic!("the service is away while the journal is checked: {error}")
            }
            _ => pause(BETWEEN),
        }
    }
}
