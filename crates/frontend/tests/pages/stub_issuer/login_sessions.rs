//! Login sessions as the issuer keeps them: one refresh token each that counts, the one before it for a
//! while, and why they are over.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::watch;

const GRACE: Duration = Duration::seconds(30);

#[derive(Debug, Default)]
pub(super) struct LoginSessions {
    all: BTreeMap<String, LoginSession>,
    /// How many are over.
    over: watch::Sender<usize>,
    pub(super) rotations: usize,
    pub(super) last_token: Option<String>,
}

#[derive(Debug)]
struct LoginSession {
    username: String,
    begun_at: OffsetDateTime,
    browser: HeaderMap,
    ends_at: OffsetDateTime,
    number: usize,
    rotated_at: OffsetDateTime,
    ended: Option<String>,
}

pub(super) enum Rotated {
    To { sid: String, token: String },
    Refused(Option<String>),
}

impl LoginSessions {
    pub(super) fn begin(
        &mut self,
        username: &str,
        (begun_at, ends_at): (OffsetDateTime, OffsetDateTime),
        browser: HeaderMap,
    ) -> (String, String) {
        let sid = format!("sid-{:04}", self.all.len());
        let session = LoginSession {
            username: username.to_owned(),
            begun_at,
            browser,
            ends_at,
            number: 0,
            rotated_at: OffsetDateTime::UNIX_EPOCH,
            ended: None,
        };
        self.all.insert(sid.clone(), session);
        let token = self.token(&sid, 0);
        (sid, token)
    }

    pub(super) fn rotate(&mut self, presented: &str, now: OffsetDateTime) -> Rotated {
        let Some((sid, number)) = self.read(presented) else {
            return Rotated::Refused(None);
        };
        let session = self.all.get_mut(&sid).unwrap();
        if session.ended.is_none() && session.ends_at <= now {
            session.ended = Some("expired".to_owned());
        }
        if session.ended.is_none() {
            if number == session.number {
                (session.number, session.rotated_at) = (number + 1, now);
                self.rotations += 1;
            } else if number + 1 != session.number || session.rotated_at + GRACE <= now {
                session.ended = Some("refresh_reused".to_owned());
            }
        }
        let (ended, next) = (session.ended.clone(), session.number);
        self.count();
        match ended {
            Some(cause) => Rotated::Refused(Some(cause)),
            None => Rotated::To {
                token: self.token(&sid, next),
                sid,
            },
        }
    }

    /// Whose it is, and when it ends.
    pub(super) fn of(&self, sid: &str) -> (String, OffsetDateTime) {
        let session = &self.all[sid];
        (session.username.clone(), session.ends_at)
    }

    pub(super) fn last_ends_at(&self) -> OffsetDateTime {
        self.all.values().next_back().unwrap().ends_at
    }

    /// Ends the one of this token, of whichever kind. An unknown token is fine.
    pub(super) fn end_of(&mut self, token: &str, cause: &str) {
        let sid = self.read(token).map(|(sid, _)| sid);
        if let Some(sid) = sid.or_else(|| self.sid_of(token)) {
            self.all.get_mut(&sid).unwrap().end(cause);
        }
        self.count();
    }

    /// The one of this access token, while it lives.
    pub(super) fn live(&self, access_token: &str) -> Option<String> {
        let sid = self.sid_of(access_token)?;
        self.all[&sid].ended.is_none().then_some(sid)
    }

    /// Those that live, as the API shows them to this one of them.
    pub(super) fn shown_to(&self, own: &str) -> Vec<Value> {
        let text = |at: OffsetDateTime| at.format(&Rfc3339).unwrap();
        let live = self.all.iter().filter(|(_, one)| one.ended.is_none());
        let shown = live.map(|(sid, one)| {
            let sent = |name| one.browser.get(name).map(|value| value.to_str().unwrap());
            json!({
                "id": sid,
                "current": sid == own,
                "created_at": text(one.begun_at),
                "last_used_at": text(one.begun_at.max(one.rotated_at)),
                "ends_at": text(one.ends_at),
                "address": sent("x-forwarded-for"),
                "user_agent": sent("user-agent"),
            })
        });
        shown.rev().collect()
    }

    /// False when it does not live.
    pub(super) fn end_one(&mut self, sid: &str) -> bool {
        let Some(session) = self.all.get_mut(sid).filter(|one| one.ended.is_none()) else {
            return false;
        };
        session.end("signed_out_elsewhere");
        self.count();
        true
    }

    /// All of the same user but the one of this access token; none when that one is over itself.
    pub(super) fn end_others(&mut self, access_token: &str, cause: &str) -> Option<usize> {
        let own = self.live(access_token)?;
        let username = self.all[&own].username.clone();
        let mut ended = 0;
        for (sid, session) in &mut self.all {
            if *sid != own && session.username == username && session.ended.is_none() {
                session.end(cause);
                ended += 1;
            }
        }
        self.count();
        Some(ended)
    }

    pub(super) fn end_all(&mut self, cause: &str) {
        self.all.values_mut().for_each(|session| session.end(cause));
        self.count();
    }

    pub(super) fn causes(&self) -> Vec<String> {
        let ended = self.all.values().filter_map(|one| one.ended.clone());
        ended.collect()
    }

    pub(super) fn ended_sids(&self) -> Vec<String> {
        let ended = self.all.iter().filter(|(_, one)| one.ended.is_some());
        ended.map(|(sid, _)| sid.clone()).collect()
    }

    pub(super) fn watch(&self) -> watch::Receiver<usize> {
        self.over.subscribe()
    }

    fn count(&self) {
        self.over.send_replace(self.causes().len());
    }

    fn token(&mut self, sid: &str, number: usize) -> String {
        let token = format!("trt_{sid}.{number}");
        self.last_token = Some(token.clone());
        token
    }

    fn read(&self, token: &str) -> Option<(String, usize)> {
        let (sid, number) = token.strip_prefix("trt_")?.split_once('.')?;
        let known = self.all.contains_key(sid);
        known.then_some((sid.to_owned(), number.parse().ok()?))
    }

    fn sid_of(&self, access_token: &str) -> Option<String> {
        let parts = tegata_guard::token::inspect(access_token).ok()?;
        let sid = parts.claims["sid"].as_str()?.to_owned();
        self.all.contains_key(&sid).then_some(sid)
    }
}

impl LoginSession {
    fn end(&mut self, cause: &str) {
        self.ended.get_or_insert_with(|| cause.to_owned());
    }
}
