//! `make-env`: one command from `.env.example` to secrets that boot.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::Permissions,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::tegata::Place;

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn read(name: &str) -> String {
    std::fs::read_to_string(repository().join(name)).unwrap()
}

/// The names and values that `.env.example` sets.
pub(crate) fn example() -> BTreeMap<String, String> {
    assignments(&read(".env.example"))
}

fn assignments(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A folder with what make-env needs.
fn place_with_example() -> Place {
    let place = Place::new();
    for name in ["make-env", ".env.example"] {
        std::fs::copy(repository().join(name), place.path(name)).unwrap();
    }
    place
}

fn make_env(place: &Place) -> Output {
    Command::new(place.path("make-env")).output().unwrap()
}

#[test]
fn make_env_fills_in_fresh_secrets_that_boot() {
    let place = place_with_example();
    let made = make_env(&place);
    assert!(made.status.success(), "{made:?}");

    let mode = std::fs::metadata(place.path(".env")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(place.path(".env")).unwrap();
    let (example, env) = (example(), assignments(&text));
    assert!(example.keys().eq(env.keys()), "the same settings");
    for (name, value) in &env {
        assert_ne!(example[name], *value, "{name} is still a placeholder");
        assert!(value.len() >= 20, "{name}");
        assert!(
            value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{name}: goes into URLs as it is"
        );
        let said = String::from_utf8_lossy(&made.stdout);
        assert!(!said.contains(value), "{name} is printed");
    }
    let fresh: BTreeSet<&String> = env.values().collect();
    assert_eq!(fresh.len(), env.len(), "each has its own");

    let tegata = place.start();
    assert_eq!(tegata.admin_password, "as set in ADMIN_PASSWORD");
    let answer = tokio::runtime::Runtime::new().unwrap().block_on(
        reqwest::Client::new()
            .post(format!("{}/token", tegata.api))
            .form(&[("username", "admin"), ("password", &env["ADMIN_PASSWORD"])])
            .send(),
    );
    assert_eq!(answer.unwrap().status(), 200);
}

#[test]
fn make_env_makes_nothing_without_random_bytes() {
    // No od; one that fails; one that gives too little.
    for od in [None, Some("exit 1"), Some("echo ' 00 11'")] {
        let place = place_with_example();
        let tools = place.path("tools");
        std::fs::create_dir(&tools).unwrap();
        for tool in ["dirname", "tr"] {
            let folders = std::env::var("PATH").unwrap();
            let there = std::env::split_paths(&folders).map(|folder| folder.join(tool));
            let there = there.into_iter().find(|file| file.exists()).unwrap();
            symlink(there, tools.join(tool)).unwrap();
        }
        if let Some(script) = od {
            let file = tools.join("od");
            std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(file, Permissions::from_mode(0o700)).unwrap();
        }
        let refused = Command::new(place.path("make-env"))
            .env("PATH", &tools)
            .output()
            .unwrap();
        assert!(!refused.status.success(), "{od:?}: {refused:?}");
        assert!(refused.stdout.is_empty(), "{refused:?}");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains("make-env: no .env was made: od"), "{said}");
        assert!(!place.path(".env").exists(), "{od:?}");
    }
}

#[test]
fn make_env_leaves_an_env_that_is_there_alone() {
    let place = place_with_example();
    std::fs::write(place.path(".env"), "LOG=warn\n").unwrap();
    let refused = make_env(&place);
    assert!(!refused.status.success());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.lines().count() == 1 && said.contains(".env"), "{said}");
    let kept = std::fs::read_to_string(place.path(".env")).unwrap();
    assert_eq!(kept, "LOG=warn\n");
}

#[test]
fn the_examples_password_is_refused_too() {
    let (line, code) = Place::new()
        .with("ADMIN_PASSWORD", &example()["ADMIN_PASSWORD"])
        .refusal(&[]);
    assert!(line.contains("ADMIN_PASSWORD"), "{line}");
    assert_eq!(code, 1);
}
