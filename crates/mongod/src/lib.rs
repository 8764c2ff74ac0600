//! For tests: a real `mongod` as a value, alone or as a replica set. It can be killed, stopped, stalled
//! and started again, and it never outlives the process that made it.
//!
//! Blocking throughout, so that one instance serves tests with runtimes of their own. A test that kills
//! while tasks of its own should go on needs the multi-thread flavour.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test whose database does not do as told stops there"
)]

mod admin;
mod certificate;
mod find;
mod process;

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use certificate::Certificates;
pub use process::Member;

/// How long a mongod may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// The user of [`Mongod::with_password`].
pub const USERNAME: &str = "tegata";
/// Their password; it means the same with and without percent-encoding.
pub const PASSWORD: &str = "plum-blossoms-at-the-gate";

/// One mongod, or a replica set of several. Ended, and its data gone, when dropped.
#[derive(Debug)]
pub struct Mongod {
    members: Vec<Member>,
    access: Access,
}

/// What a client has to show and to check.
#[derive(Debug)]
enum Access {
    Open,
    Password,
    Tls(Certificates),
}

impl Mongod {
    /// The one standalone of this test process, started when first asked for. Nobody can kill it; take a
    /// [`fresh_uri`](Self::fresh_uri).
    pub fn shared_standalone() -> &'static Self {
        static SHARED: OnceLock<Mongod> = OnceLock::new();
        SHARED.get_or_init(Self::standalone)
    }

    /// The one replica set of this test process, likewise.
    pub fn shared_replica_set() -> &'static Self {
        static SHARED: OnceLock<Mongod> = OnceLock::new();
        SHARED.get_or_init(|| Self::replica_set(3))
    }

    /// One without a replica set: no transactions, no failover.
    pub fn standalone() -> Self {
        Self {
            members: vec![Member::start(&[])],
            access: Access::Open,
        }
    }

    /// A replica set that elects a new primary a second or two after it lost one. Every member is up to
    /// date when this returns.
    pub fn replica_set(members: usize) -> Self {
        let starting: Vec<_> = (0..members)
            .map(|_| std::thread::spawn(|| Member::start(&["--replSet", admin::SET])))
            .collect();
        let members = starting
            .into_iter()
            .map(|member| member.join().expect("every member starts"))
            .collect();
        let set = Self {
            members,
            access: Access::Open,
        };
        admin::initiate(&set.members);
        admin::settle(&set.uri("admin"), set.members.len());
        set
    }

    /// A standalone that lets in nobody but [`USERNAME`] with [`PASSWORD`].
    pub fn with_password() -> Self {
        let members = vec![Member::start(&["--auth"])];
        admin::create_user(&members[0]);
        Self {
            members,
            access: Access::Password,
        }
    }

    /// A standalone that speaks TLS only, with a certificate that no public authority signed.
    pub fn with_tls() -> Self {
        let certificates = Certificates::generate();
        let member = Member::start(&[
            "--tlsMode",
            "requireTLS",
            "--tlsCertificateKeyFile",
            &certificates.server(),
            "--tlsCAFile",
            &certificates.authority(),
            "--tlsAllowConnectionsWithoutCertificates",
        ]);
        Self {
            members: vec![member],
            access: Access::Tls(certificates),
        }
    }

    /// The address of a database in it, with all that a client needs to get in.
    pub fn uri(&self, database: &str) -> String {
        let hosts: Vec<_> = self.members.iter().map(Member::address).collect();
        let hosts = hosts.join(",");
        match &self.access {
            Access::Password => {
                format!("mongodb://{USERNAME}:{PASSWORD}@{hosts}/{database}?authSource=admin")
            }
            Access::Tls(certificates) => {
                let authority = certificates.authority();
                format!("mongodb://{hosts}/{database}?tls=true&tlsCAFile={authority}")
            }
            Access::Open if self.members.len() > 1 => {
                format!("mongodb://{hosts}/{database}?replicaSet={}", admin::SET)
            }
            Access::Open => format!("mongodb://{hosts}/{database}"),
        }
    }

    /// The address of a database that nobody has used yet.
    pub fn fresh_uri(&self) -> String {
        static USED: AtomicUsize = AtomicUsize::new(0);
        self.uri(&format!("test_{}", USED.fetch_add(1, Ordering::Relaxed)))
    }

    /// Its processes, in no order of rank.
    pub fn members(&mut self) -> &mut [Member] {
        &mut self.members
    }

    /// Which member takes the writes, waiting for an election if there is one.
    pub fn primary(&self) -> usize {
        let address = admin::primary(&self.uri("admin"));
        let primary = self.members.iter().position(|m| m.address() == address);
        primary.expect("the primary is one of us")
    }

    /// Kills the member that takes the writes, and says which that was.
    pub fn kill_primary(&mut self) -> usize {
        let primary = self.primary();
        self.members[primary].kill();
        primary
    }

    /// Kills every process, as a power cut would.
    pub fn kill(&mut self) {
        self.members.iter_mut().for_each(Member::kill);
    }

    /// Stops every process in good order.
    pub fn stop(&mut self) {
        self.members.iter_mut().for_each(Member::stop);
    }

    /// Starts those that do not run, where they were and with what they had, and waits until the whole
    /// takes writes.
    pub fn start_again(&mut self) {
        for member in &mut self.members {
            member.start_again();
        }
        admin::settle(&self.uri("admin"), self.members.len());
    }

    /// Holds every process still: connections stay open and nothing answers.
    pub fn stall(&mut self) {
        self.members.iter_mut().for_each(Member::stall);
    }

    /// Lets all go on after [`stall`](Self::stall).
    pub fn resume(&mut self) {
        self.members.iter_mut().for_each(Member::resume);
    }
}
