//! Work that goes on while the database does not, and a journal of what it was promised.

use std::{
    fmt::Debug,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use reqwest::{
    Client, Response, StatusCode,
    header::{ACCEPT, COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE},
    redirect::Policy,
};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};

use super::visitor::{PATIENCE, client, log_in, register};

const WORKERS: usize = 4;
/// Promises to wait for before something happens to the database, and again after.
const ENOUGH: usize = 60;
/// Of everybody who registers.
const PASSWORD: &str = "a name for every gate";

/// What is done over and over.
pub(super) trait Work: Clone + Send + Sync + 'static {
    /// What somebody was told is kept.
    type Promise: Clone + Debug + Send;

    /// Once; a worker has a number, and so has its turn.
    fn turn(
        &self,
        journal: &Journal<Self::Promise>,
        worker: usize,
        count: usize,
    ) -> impl Future<Output = ()> + Send;

    /// Whether it was kept.
    async fn is_kept(&self, promise: &Self::Promise) -> bool;
}

/// What the workers were told.
pub(super) struct Journal<P> {
    over: AtomicBool,
    turn_ended: Notify,
    kept: Mutex<Vec<P>>,
    used: AtomicUsize,
    refused: AtomicUsize,
    odd: Mutex<Vec<String>>,
}

impl<P> Journal<P> {
    /// Whether this is the answer that was hoped for. A request to try again is counted; anything else is odd.
    fn is(&self, hoped: StatusCode, answer: &Response) -> bool {
        let retry = answer.headers().contains_key(RETRY_AFTER);
        match answer.status() {
            status if status == hoped => return true,
            StatusCode::SERVICE_UNAVAILABLE if retry => drop(self.refused.fetch_add(1, SeqCst)),
            _ => self.note_odd(format!("not {hoped}: {answer:?}")),
        }
        false
    }

    fn note_kept(&self, promise: P) {
        self.kept.lock().unwrap().push(promise);
    }

    fn note_used(&self) {
        self.used.fetch_add(1, SeqCst);
    }

    fn note_odd(&self, what: String) {
        self.odd.lock().unwrap().push(what);
    }

    fn nothing_is_odd(&self) {
        let odd = self.odd.lock().unwrap();
        assert!(odd.is_empty(), "{odd:#?}");
    }
}

/// Several workers at the same work.
pub(super) struct Load<W: Work> {
    work: W,
    journal: Arc<Journal<W::Promise>>,
    workers: Vec<JoinHandle<()>>,
}

impl<W: Work> Load<W> {
    pub(super) fn start(work: W) -> Self {
        let journal = Arc::new(Journal {
            over: AtomicBool::new(false),
            turn_ended: Notify::new(),
            kept: Mutex::default(),
            used: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            odd: Mutex::default(),
        });
        let labour = |worker| {
            let (journal, work) = (Arc::clone(&journal), work.clone());
            tokio::spawn(async move {
                let mut count = 0;
                while !journal.over.load(SeqCst) {
                    count += 1;
                    work.turn(&journal, worker, count).await;
                    journal.turn_ended.notify_one();
                }
            })
        };
        let workers = (0..WORKERS).map(labour).collect();
        Self {
            work,
            journal,
            workers,
        }
    }

    /// Waits until many more were promised something, and could use what they were promised.
    pub(super) async fn goes_on(&self) {
        let kept = || self.journal.kept.lock().unwrap().len();
        let used = || self.journal.used.load(SeqCst);
        let (enough_kept, enough_used) = (kept() + ENOUGH, used() + ENOUGH);
        self.wait_for(|| kept() >= enough_kept && used() >= enough_used)
            .await;
    }

    /// Waits until somebody else is told to try again.
    pub(super) async fn is_refused(&self) {
        let before = self.journal.refused.load(SeqCst);
        self.wait_for(|| self.journal.refused.load(SeqCst) > before)
            .await;
    }

    async fn wait_for(&self, done: impl Fn() -> bool) {
        let enough = async {
            while !done() {
                self.journal.turn_ended.notified().await;
                self.journal.nothing_is_odd();
            }
        };
        timeout(PATIENCE, enough).await.unwrap();
    }

    /// Ends the work. Nobody was told anything odd to the last, and every promise is kept.
    pub(super) async fn nothing_is_lost(self) {
        self.journal.over.store(true, SeqCst);
        for worker in self.workers {
            worker.await.unwrap();
        }
        self.journal.nothing_is_odd();
        let kept = self.journal.kept.lock().unwrap().clone();
        assert!(kept.len() >= 2 * ENOUGH);
        for promise in kept {
            assert!(self.work.is_kept(&promise).await, "{promise:?} is lost");
        }
    }
}

/// People who register at the issuer and log in at once.
#[derive(Clone)]
pub(super) struct Registrations {
    http: Client,
    api: String,
}

impl Registrations {
    pub(super) fn at(api: &str) -> Self {
        Self {
            http: client(),
            api: api.to_owned(),
        }
    }
}

impl Work for Registrations {
    /// A username.
    type Promise = String;

    async fn turn(&self, journal: &Journal<String>, worker: usize, count: usize) {
        let name = format!("traveller-{worker}-{count}");
        let answer = register(&self.http, &self.api, &name).await;
        if !journal.is(StatusCode::CREATED, &answer) {
            return;
        }
        journal.note_kept(name.clone());
        let answer = log_in(&self.api, (&name, PASSWORD)).await;
        if journal.is(StatusCode::OK, &answer) {
            journal.note_used();
        }
    }

    async fn is_kept(&self, name: &String) -> bool {
        log_in(&self.api, (name, PASSWORD)).await.status() == StatusCode::OK
    }
}

/// Visitors who sign in through the pages, look at home, and keep their cookie.
#[derive(Clone)]
pub(super) struct SignIns {
    http: Client,
    pages: String,
}

impl SignIns {
    /// Registers the visitors at the issuer first.
    pub(super) async fn at(pages: &str, api: &str) -> Self {
        for worker in 0..WORKERS {
            let made = register(&client(), api, &visitor(worker)).await;
            assert_eq!(made.status(), StatusCode::CREATED);
        }
        Self {
            http: Client::builder().redirect(Policy::none()).build().unwrap(),
            pages: pages.to_owned(),
        }
    }

    async fn home(&self, session: &Session) -> Response {
        let home = self.http.get(format!("{}/", self.pages));
        let home = home.header(ACCEPT, "text/html");
        home.header(COOKIE, &session.cookie).send().await.unwrap()
    }
}

/// Who was signed in, and the cookie they were given.
#[derive(Clone, Debug)]
pub(super) struct Session {
    visitor: String,
    cookie: String,
}

impl Work for SignIns {
    type Promise = Session;

    async fn turn(&self, journal: &Journal<Session>, worker: usize, _: usize) {
        let visitor = visitor(worker);
        let form = self.http.post(format!("{}/login", self.pages));
        let form = form.header(ACCEPT, "text/html");
        let form = form.form(&[("username", visitor.as_str()), ("password", PASSWORD)]);
        let answer = form.send().await.unwrap();
        let cookie = header(&answer, SET_COOKIE).split(';').next().unwrap();
        let cookie = cookie.to_owned();
        if !journal.is(StatusCode::SEE_OTHER, &answer) {
            if !cookie.is_empty() {
                journal.note_odd(format!("a cookie of no session: {answer:?}"));
            }
            return;
        }
        if !header(&answer, LOCATION).starts_with("/login/done") || cookie.is_empty() {
            journal.note_odd(format!("not signed in: {answer:?}"));
            return;
        }
        let session = Session { visitor, cookie };
        journal.note_kept(session.clone());
        if journal.is(StatusCode::OK, &self.home(&session).await) {
            journal.note_used();
        }
    }

    async fn is_kept(&self, session: &Session) -> bool {
        let home = self.home(session).await;
        home.status() == StatusCode::OK && home.text().await.unwrap().contains(&session.visitor)
    }
}

fn visitor(worker: usize) -> String {
    format!("visitor-{worker}")
}

fn header(answer: &Response, name: reqwest::header::HeaderName) -> &str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}
