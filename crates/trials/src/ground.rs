//! Where a trial takes place: a folder, a store, settings, and services on them.

use std::{
    fmt,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicUsize, Ordering::Relaxed},
    },
};

use tegata_mongod::Mongod;
use tempfile::TempDir;

use crate::{
    Service,
    service::{Kind, Recipe},
};

/// Below those that the system takes for outgoing connections, and not mongod's.
const PORTS: std::ops::Range<u16> = 12_000..20_000;

/// What both services keep their data in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// Two files.
    Sqlite,
    /// One MongoDB server.
    MongodbStandalone,
    /// A replica set of one member: a write waits for the journal, as in one of three.
    Mongodb,
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::MongodbStandalone => "MongoDB (standalone)",
            Self::Mongodb => "MongoDB (majority)",
        })
    }
}

impl FromStr for StoreKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            "mongodb-standalone" => Ok(Self::MongodbStandalone),
            "mongodb" => Ok(Self::Mongodb),
            _ => Err(format!(
                "{text} is no store: write sqlite, mongodb or mongodb-standalone"
            )),
        }
    }
}

/// See the module. Its services keep the folder and the store for as long as they are there.
#[derive(Debug)]
pub struct Ground {
    binary: PathBuf,
    folder: Arc<TempDir>,
    mongod: Option<Arc<Mongod>>,
    settings: Vec<(String, String)>,
    through: Vec<String>,
}

impl Ground {
    /// The password of the first account, `admin`.
    pub const ADMIN_PASSWORD: &str = "nine lanterns under the pass";

    /// Of both services; made as `tegata secret` makes them, since one that somebody thought up costs an estimate at each start.
    pub const SECRET: &str = "7Vb1rXkq0ZsTnE4hPaGf2LdyWm9oCuJ6iMRtQxB3vKw";
    /// Who the tokens are of.
    pub const ISSUER: &str = "http://issuer.test";

    /// An empty folder and an empty store for this binary. Hashes are cheap, this machine is a trusted proxy,
    /// so that a request may come [from any address](crate::Request::from_address), and a refresh token may
    /// be presented again for long.
    pub fn new(binary: &Path, store: StoreKind) -> Self {
        let mongod = match store {
            StoreKind::Sqlite => None,
            StoreKind::MongodbStandalone => Some(Mongod::standalone()),
            StoreKind::Mongodb => Some(Mongod::replica_set_of_one()),
        };
        Self::on(binary, mongod)
    }

    /// The same on this MongoDB server, or on files.
    pub fn on(binary: &Path, mongod: Option<Mongod>) -> Self {
        let settings = [
            ("SECRET_KEY", Self::SECRET),
            ("ADMIN_PASSWORD", Self::ADMIN_PASSWORD),
            ("BCRYPT_COST", "4"),
            ("REFRESH_GRACE", "10m"),
            ("TRUSTED_PROXIES", "127.0.0.0/8"),
            ("LOG", "warn"),
        ];
        let ground = Self {
            binary: binary.to_owned(),
            folder: Arc::new(tempfile::tempdir().unwrap()),
            mongod: mongod.map(Arc::new),
            settings: settings.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            through: Vec::new(),
        };
        let Some(mongod) = ground.mongod.clone() else {
            return ground;
        };
        ground
            .with("DATABASE_URL", &mongod.uri("issuer"))
            .with("SESSION_STORE_URL", &mongod.uri("pages"))
    }

    /// With a setting, in place of an earlier one of this name.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Services are started through this command, which becomes them: `sh -c 'ulimit -n 64; exec "$@"' sh`.
    #[must_use]
    pub fn through(mut self, words: &[&str]) -> Self {
        self.through = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// The MongoDB server, if that is the store.
    ///
    /// # Panics
    /// When it is not.
    pub fn mongod(&self) -> &Mongod {
        self.mongod.as_ref().expect("the store is MongoDB")
    }

    /// Whether the store is two files.
    pub fn is_on_files(&self) -> bool {
        self.mongod.is_none()
    }

    /// A file of the folder; the databases of SQLite are in `data`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command of the binary here, to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let run = Command::new(&self.binary)
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.settings.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .output();
        run.unwrap()
    }

    /// An issuer, not started yet.
    pub fn issuer(&self) -> Service {
        self.service(Kind::Issuer, &local("127.0.0.1"), "")
    }

    /// Pages, not started yet, that ask this issuer.
    pub fn frontend(&self, issuer: &str) -> Service {
        self.service(Kind::Frontend, issuer, &local("localhost"))
    }

    /// Both in one process, not started yet.
    pub fn pair(&self) -> Service {
        self.service(Kind::Pair, &local("127.0.0.1"), &local("localhost"))
    }

    /// Both, each in a process of its own, started and ready.
    pub fn start(&self) -> (Service, Service) {
        let issuer = self.issuer();
        issuer.start();
        let frontend = self.frontend(issuer.api());
        frontend.start();
        (issuer, frontend)
    }

    fn service(&self, kind: Kind, api: &str, pages: &str) -> Service {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let mut words = self.through.clone();
        words.push(self.binary.display().to_string());
        words.extend(
            match kind {
                Kind::Issuer => Some("issuer"),
                Kind::Frontend => Some("frontend"),
                Kind::Pair => None,
            }
            .map(str::to_owned),
        );
        let mut settings = self.settings.clone();
        let mut set = |name: &str, value: &str| settings.push((name.to_owned(), value.to_owned()));
        if kind != Kind::Frontend {
            set("ISSUER_BIND", api.trim_start_matches("http://"));
        }
        set("ISSUER_PUBLIC_URL", Self::ISSUER);
        if kind != Kind::Issuer {
            let bind = pages.replace("http://localhost", "127.0.0.1");
            set("FRONTEND_BIND", &bind);
            set("PUBLIC_URL", pages);
        }
        if kind == Kind::Frontend {
            set("ISSUER_URL", api);
        }
        let number = COUNT.fetch_add(1, Relaxed);
        Service::new(Recipe {
            kind,
            words,
            folder: Arc::clone(&self.folder),
            mongod: self.mongod.clone(),
            settings,
            log: self.path(&format!("log{number}.txt")),
            api: api.to_owned(),
            pages: pages.to_owned(),
        })
    }
}

/// An address of this machine where nobody listens.
fn local(host: &str) -> String {
    format!("http://{host}:{}", free_port())
}

fn free_port() -> u16 {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let many = u32::from(PORTS.end - PORTS.start);
    // Processes run side by side, so each begins elsewhere.
    let begin = std::process::id() % many * 41;
    loop {
        let asked = ASKED.fetch_add(1, Relaxed);
        assert!(u32::from(asked) < many, "no port is free on 127.0.0.1");
        let offset = (begin + u32::from(asked)) % many;
        let port = PORTS.start + u16::try_from(offset).unwrap();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
