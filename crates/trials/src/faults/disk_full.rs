//! The disk of the databases is full, and then it is not. Shows that what has to be written is 503 and what is only
//! read goes on, that nothing acknowledged is lost and no file is damaged, and that writing works again without a
//! restart of ours. (MongoDB itself ends when it cannot write its journal; then it is started again, as a supervisor
//! would, once there is room.)
//!
//! The disk is a small one in memory, which only root may make; where that is not possible, it says so.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use rusqlite::Connection;
use serde_json::json;
use tegata_mongod::Mongod;

use super::{frozen_mongod::works_again, guarded::first_login, report};
use crate::{Answer, Client, Conditions, Ground, Journal, People, Request, Row, StoreKind, pause};

const LASTS: Duration = Duration::from_secs(5);
const LASTS_SHORT: Duration = Duration::from_secs(2);
const BACK: Duration = Duration::from_secs(5);
const PERSONS: usize = 12;
const ACTS_A_SECOND: f64 = 100.0;

pub(super) fn run(on: &Conditions) -> Vec<Row> {
    let what = format!("disk full, {}", on.store);
    let folder = tempfile::tempdir().unwrap();
    let size = match on.store {
        StoreKind::Sqlite => "8m",
        _ => "400m",
    };
    let Some(disk) = Disk::new(folder.path(), size) else {
        return report::skipped(&what, "only root may mount a disk in memory");
    };
    match on.store {
        StoreKind::Sqlite => {
            let ground = on
                .ground()
                .with("DATA_DIR", &disk.place.display().to_string());
            fill(on, &what, &ground, &disk)
        }
        _ => {
            let mongod = Mongod::standalone_in(&disk.place);
            let ground = Ground::on(&on.binary, Some(mongod));
            fill(on, &what, &ground, &disk)
        }
    }
}

fn fill(on: &Conditions, what: &str, ground: &Ground, disk: &Disk) -> Vec<Row> {
    let (issuer, frontend) = ground.start();
    let mut client = Client::new(issuer.api());
    let login = Request::log_in("admin", Ground::ADMIN_PASSWORD);
    let token = first_login(issuer.api()).member("access_token");
    let token = token.expect("a token");
    let sign_in = Request::sign_in("admin", Ground::ADMIN_PASSWORD);
    let mut pages = Client::new(frontend.pages());
    let cookie = pages.ask(&sign_in).unwrap().cookie("tegata");
    let cookie = cookie.expect("a session");
    let journal = Arc::new(Journal::default());
    let places = (issuer.api(), frontend.pages());
    let people = People::begin(places, &journal, PERSONS, ACTS_A_SECOND);
    pause(Duration::from_secs(2));

    disk.fill();
    if !ground.is_on_files() {
        // It has room in its journal until it is asked for more.
        ground.mongod().write_to_disk();
    }
    pause(on.either(LASTS, LASTS_SHORT));
    let body = json!({ "username": "latecomer", "password": "too late for the ferry" });
    let writes = [
        client.ask(&Request::json("POST", "/users", &body)),
        client.ask(&login),
        pages.ask(&sign_in),
    ];
    let reads = [
        client.ask(&Request::get("/users/me").bearer(&token)),
        client.ask(&Request::get("/health/live")),
        pages.ask(&Request::page("/").cookie(&cookie)),
    ];
    let (writes, reads) = (statuses(writes), statuses(reads));
    disk.make_room();
    let restarted = !ground.is_on_files() && ground.mongod().start_what_has_ended();
    let back = works_again(issuer.api(), frontend.pages());
    pause(Duration::from_secs(1));

    let seen = people.end();
    let findings = journal.check(issuer.api(), frontend.pages());
    let damage = damage(ground, disk);
    // A database that has ended reads nothing either.
    let read = match restarted {
        true => 503,
        false => 200,
    };
    let note = if restarted {
        " (mongod ended by itself)"
    } else {
        ""
    };
    vec![
        report::journal(what, &seen, &findings),
        Row::new(
            &format!("{what}: registration, login, sign-in"),
            "503",
            format!("{writes:?}"),
            writes == [503; 3],
        ),
        Row::new(
            &format!("{what}: own account, liveness, walled page"),
            "200",
            format!("{reads:?}{note}"),
            reads == [read, 200, read],
        ),
        report::at_most(
            &format!("{what}: works again when there is room"),
            BACK,
            &[back],
        ),
        Row::new(
            &format!("{what}: the databases themselves"),
            "undamaged",
            if damage.is_empty() {
                "undamaged".to_owned()
            } else {
                damage.clone()
            },
            damage.is_empty(),
        ),
    ]
}

fn statuses(answers: [std::io::Result<Answer>; 3]) -> [u16; 3] {
    answers.map(|answer| answer.map_or(0, |answer| answer.status))
}

/// What the databases say of themselves, unless it is good.
fn damage(ground: &Ground, disk: &Disk) -> String {
    if ground.is_on_files() {
        let look = |name: &str| {
            let database = Connection::open(disk.place.join(name)).unwrap();
            let said = database.query_row("PRAGMA integrity_check", [], |row| row.get(0));
            let said: String = said.unwrap_or_else(|cause| cause.to_string());
            (said != "ok").then(|| format!("{name}: {said}"))
        };
        let damage: Vec<String> = ["issuer.db", "frontend.db"]
            .into_iter()
            .filter_map(look)
            .collect();
        return damage.join("; ");
    }
    let collections = [
        ("issuer", "users"),
        ("issuer", "login_sessions"),
        ("issuer", "events"),
        ("pages", "sessions"),
    ];
    let look = |(database, collection): (&str, &str)| {
        let good = ground.mongod().validates(database, collection);
        (!good).then(|| format!("{database}.{collection} is damaged"))
    };
    let damage: Vec<String> = collections.into_iter().filter_map(look).collect();
    damage.join("; ")
}

/// A small disk in memory.
struct Disk {
    place: PathBuf,
}

impl Disk {
    fn new(place: &Path, size: &str) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(place)
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then(|| Self {
                place: place.to_owned(),
            })
    }

    /// To the last byte.
    fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        let mut block: &[u8] = &[0; 64 * 1024];
        while !block.is_empty() {
            while file.write_all(block).is_ok() {}
            block = &block[..block.len() / 2];
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.place.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps it until the end.
        let _ = Command::new("umount").arg("-l").arg(&self.place).status();
    }
}
