//! A real MongoDB server as a value, for tests: standalone or a replica set of three, on free ports, in a
//! temporary folder, and gone when the value or the test process is, however that ends.
//!
//! Everything here panics when it does not work: a test says what went wrong by failing.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod binary;
mod driver;
mod member;
mod tls;

use std::{
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use mongodb::bson::{Document, doc};
use rustix::process::Signal;
use tempfile::TempDir;

use member::Member;

/// User and password of a server that asks for them.
pub const CREDENTIALS: (&str, &str) = ("keeper", "plum@gate:7/3");

const SET_NAME: &str = "rs0";
const MEMBERS: usize = 3;

/// A server, or three that make a replica set.
#[derive(Debug)]
pub struct Mongod {
    members: Vec<Member>,
    /// Whether they make a replica set.
    is_set: bool,
    access: Access,
    folder: TempDir,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Open,
    ByPassword,
    ByTls,
}

impl Mongod {
    /// One server, open to this machine.
    pub fn standalone() -> Self {
        Self::with(1, false, Access::Open)
    }

    /// The same, with its data in this folder.
    pub fn standalone_in(folder: &Path) -> Self {
        let folder = tempfile::tempdir_in(folder).unwrap();
        Self::in_folder(folder, 1, false, Access::Open)
    }

    /// Three servers that elect a primary within a second or two.
    pub fn replica_set() -> Self {
        Self::set_of(MEMBERS)
    }

    /// A set of one server: its writes are acknowledged as a set's are, by a majority and in the journal.
    pub fn replica_set_of_one() -> Self {
        Self::set_of(1)
    }

    fn set_of(members: usize) -> Self {
        let set = Self::with(members, true, Access::Open);
        let members: Vec<Document> = (0..)
            .zip(&set.members)
            .map(|(id, member)| doc! { "_id": id, "host": member.address() })
            .collect();
        let config = doc! {
            "_id": SET_NAME,
            "members": members,
            "settings": { "electionTimeoutMillis": 1000, "heartbeatIntervalMillis": 200 },
        };
        let first = format!(
            "mongodb://{}/?directConnection=true",
            set.members[0].address()
        );
        driver::command(&first, doc! { "replSetInitiate": config });
        set.all_members_are_there();
        set
    }

    /// One server that wants [`CREDENTIALS`].
    pub fn with_password() -> Self {
        let server = Self::with(1, false, Access::ByPassword);
        let (user, password) = CREDENTIALS;
        // The first user may be made from this machine without being one.
        let open = format!("mongodb://{}/", server.members[0].address());
        driver::command(
            &open,
            doc! { "createUser": user, "pwd": password, "roles": ["root"] },
        );
        server
    }

    /// One server that speaks TLS only, with a certificate that [`Mongod::certificate_authority`] signed.
    pub fn with_tls() -> Self {
        Self::with(1, false, Access::ByTls)
    }

    /// One for all tests of this process that only want a database of their own on it.
    pub fn shared_standalone() -> &'static Self {
        static SHARED: OnceLock<Mongod> = OnceLock::new();
        SHARED.get_or_init(Self::standalone)
    }

    /// The same, a replica set.
    pub fn shared_replica_set() -> &'static Self {
        static SHARED: OnceLock<Mongod> = OnceLock::new();
        SHARED.get_or_init(Self::replica_set)
    }

    /// The address of a database.
    pub fn uri(&self, database: &str) -> String {
        let hosts: Vec<String> = self.members.iter().map(Member::address).collect();
        let hosts = hosts.join(",");
        match self.access {
            Access::Open if self.is_set => {
                format!("mongodb://{hosts}/{database}?replicaSet={SET_NAME}")
            }
            Access::Open => format!("mongodb://{hosts}/{database}"),
            Access::ByPassword => {
                format!("mongodb://keeper:plum%40gate%3A7%2F3@{hosts}/{database}?authSource=admin")
            }
            Access::ByTls => format!(
                "mongodb://{hosts}/{database}?tls=true&tlsCAFile={}",
                self.certificate_authority().display()
            ),
        }
    }

    /// The address of a database that nobody else uses.
    pub fn fresh_uri(&self) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        self.uri(&format!("test{}", COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    /// `host:port` of the first server.
    pub fn host(&self) -> String {
        self.members[0].address()
    }

    /// The certificate that signed the server's.
    pub fn certificate_authority(&self) -> PathBuf {
        self.folder.path().join(tls::AUTHORITY)
    }

    /// Runs a command on a database, as an administrator would in a shell.
    pub fn command(&self, database: &str, command: Document) -> Document {
        driver::command(&self.uri(database), command)
    }

    /// Makes it write all that it has to its disk; one that cannot may end of that.
    pub fn write_to_disk(&self) {
        driver::attempt(&self.uri("admin"), doc! { "fsync": 1 });
    }

    /// All documents of a collection.
    pub fn documents(&self, database: &str, collection: &str) -> Vec<Document> {
        driver::documents(&self.uri(database), collection)
    }

    /// Puts documents into a collection, whatever they look like.
    pub fn insert(&self, database: &str, collection: &str, documents: Vec<Document>) {
        self.command(
            database,
            doc! { "insert": collection, "documents": documents },
        );
    }

    /// `kill -9` for every server.
    pub fn kill(&self) {
        self.members.iter().for_each(Member::kill);
    }

    /// `kill -9` for the primary; gives its place, to start it again.
    pub fn kill_primary(&self) -> usize {
        let status = driver::command(&self.uri("admin"), doc! { "hello": 1 });
        let primary = status.get_str("primary").unwrap();
        let place = self.members.iter().position(|one| one.address() == primary);
        let place = place.unwrap();
        self.members[place].kill();
        place
    }

    /// Starts those again that have ended by themselves, and says whether there were any.
    pub fn start_what_has_ended(&self) -> bool {
        let ended = self.members.iter().filter(|one| one.has_ended()).count();
        if ended > 0 {
            self.start_again();
        }
        ended > 0
    }

    /// Whether the server finds nothing wrong in all that it keeps of a collection.
    pub fn validates(&self, database: &str, collection: &str) -> bool {
        let said = self.command(database, doc! { "validate": collection, "full": true });
        said.get_bool("valid").unwrap_or_default()
    }

    /// Asks every server to stop, and waits until they have.
    pub fn stop(&self) {
        at_once(&self.members, Member::stop);
    }

    /// Starts every server that is not running, on the same ports and data, and waits for them.
    pub fn start_again(&self) {
        at_once(&self.members, Member::start);
        if self.is_set {
            self.all_members_are_there();
        }
    }

    /// The servers hold their breath: connections stay, answers do not come.
    pub fn stall(&self) {
        self.members.iter().for_each(|one| one.signal(Signal::STOP));
    }

    /// And go on.
    pub fn resume(&self) {
        self.members.iter().for_each(|one| one.signal(Signal::CONT));
    }

    fn with(members: usize, is_set: bool, access: Access) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), members, is_set, access)
    }

    fn in_folder(folder: TempDir, members: usize, is_set: bool, access: Access) -> Self {
        let mut arguments = Vec::new();
        match access {
            Access::Open => {}
            Access::ByPassword => arguments.push("--auth".to_owned()),
            Access::ByTls => arguments.extend(tls::arguments(folder.path())),
        }
        if is_set {
            arguments.extend(["--replSet".to_owned(), SET_NAME.to_owned()]);
        }
        let start =
            |place: usize| Member::new(folder.path().join(place.to_string()), arguments.clone());
        Self {
            members: at_once(0..members, start),
            is_set,
            access,
            folder,
        }
    }

    /// A primary, and secondaries that follow it.
    fn all_members_are_there(&self) {
        driver::until(
            &self.uri("admin"),
            &doc! { "replSetGetStatus": 1 },
            |status| {
                let states: Vec<i32> = status
                    .get_array("members")
                    .unwrap()
                    .iter()
                    .map(|one| one.as_document().unwrap().get_i32("state").unwrap())
                    .collect();
                states.iter().all(|state| [1, 2].contains(state)) && states.contains(&1)
            },
        );
    }
}

/// For several members, of which each takes a second.
fn at_once<M: Send, T: Send>(
    members: impl IntoIterator<Item = M>,
    work: impl Fn(M) -> T + Sync,
) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let members: Vec<_> = members
            .into_iter()
            .map(|member| scope.spawn(move || work(member)))
            .collect();
        members.into_iter().map(|m| m.join().unwrap()).collect()
    })
}
