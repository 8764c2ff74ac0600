//! The compose files and the Dockerfile. No engine is asked: what they refer to has to exist, and to fit
//! the binary.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    make_env::{example, read, repository},
    tegata::Place,
};

const COMPOSE_FILES: [&str; 2] = ["docker-compose.yml", "docker-compose.scale.yml"];
/// The image sets them, or they name a file that is not in it.
const NOT_HANDED_ON: [&str; 9] = [
    "DATA_DIR",
    "ISSUER_BIND",
    "FRONTEND_BIND",
    "SECRET_KEY_FILE",
    "JWT_SECRET_KEY",
    "SIGNING_KEY_FILE",
    "VERIFYING_KEY_FILES",
    "TLS_CERT_FILE",
    "TLS_KEY_FILE",
];
const SECRETS: [&str; 4] = [
    "SECRET_KEY",
    "PREVIOUS_SECRET_KEYS",
    "ADMIN_PASSWORD",
    "CLIENT_SECRET",
];

fn compose(name: &str) -> Value {
    serde_saphyr::from_str(&read(name)).unwrap()
}

fn services(file: &Value) -> &Map<String, Value> {
    file["services"].as_object().unwrap()
}

/// Those that run our image.
fn ours(file: &Value) -> impl Iterator<Item = (&String, &Value)> {
    services(file)
        .iter()
        .filter(|(_, service)| !service["build"].is_null())
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().into_iter().flatten();
    list.map(|text| text.as_str().unwrap()).collect()
}

fn names(map: &Value) -> BTreeSet<&str> {
    let map = map.as_object().into_iter().flatten();
    map.map(|(name, _)| name.as_str()).collect()
}

/// The settings that a command knows, out of its own help.
fn settings_of(command: &str) -> BTreeSet<String> {
    let help = String::from_utf8(Place::new().output(&[command, "--help"]).stdout).unwrap();
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = words.split("[env: ").skip(1);
    let named = named.map(|rest| rest.split(['=', ']']).next().unwrap().to_owned());
    named.chain(SECRETS.map(str::to_owned)).collect()
}

/// The names in `${NAME}`, `${NAME:?…}` and `${NAME:-…}`; `$$` is none.
fn interpolated(text: &str) -> BTreeSet<&str> {
    let end = |rest: &str| {
        rest.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_')
            .unwrap()
    };
    let without_escapes = text.split("$$").flat_map(|part| part.split("${").skip(1));
    without_escapes.map(|rest| &rest[..end(rest)]).collect()
}

#[test]
fn whatever_a_compose_file_names_exists() {
    for name in COMPOSE_FILES {
        let file = compose(name);
        assert!(ours(&file).count() == 2, "{name}: issuer and frontend");
        for (service, is) in services(&file) {
            let at = format!("{name}: {service}");
            if is["build"].is_null() {
                let image = is["image"].as_str().unwrap();
                assert!(
                    image.contains(':') && !image.contains('@'),
                    "{at}: a tag, no digest: {image}"
                );
            } else {
                assert_eq!(is["build"], ".", "{at}");
                assert!(repository().join("Dockerfile").is_file());
                let command = is["command"].as_str().unwrap();
                assert!(!settings_of(command).is_empty(), "{at}: {command}");
            }
            for needed in names(&is["depends_on"]) {
                assert!(services(&file).contains_key(needed), "{at}: {needed}");
            }
            for mount in texts(&is["volumes"]) {
                let source = mount.split(':').next().unwrap();
                if source.starts_with("./") {
                    assert!(repository().join(source).is_file(), "{at}: {source}");
                } else {
                    assert!(names(&file["volumes"]).contains(source), "{at}: {source}");
                }
            }
        }
    }
}

#[test]
fn every_setting_of_a_service_is_one_that_it_knows_and_none_in_dotenv_is_lost() {
    for name in COMPOSE_FILES {
        let file = compose(name);
        for (service, is) in ours(&file) {
            let known = settings_of(is["command"].as_str().unwrap());
            let given = names(&is["environment"]);
            for setting in &given {
                assert!(known.contains(*setting), "{name}: {service}: {setting}");
            }
            for setting in known {
                let setting = setting.as_str();
                // The first account is the issuer's, and who the pages are is theirs.
                let anothers = [("frontend", "ADMIN_PASSWORD"), ("issuer", "CLIENT_SECRET")];
                let left_out = NOT_HANDED_ON.contains(&setting)
                    || anothers.contains(&(service.as_str(), setting));
                assert_ne!(
                    given.contains(setting),
                    left_out,
                    "{name}: {service}: {setting}"
                );
            }
        }
    }
}

#[test]
fn issuer_and_frontend_are_given_the_same_secret_and_start_with_none_not_at_all() {
    for name in COMPOSE_FILES {
        let file = compose(name);
        for setting in ["SECRET_KEY", "ISSUER", "ISSUER_PUBLIC_URL", "AUDIENCE"] {
            let values: Vec<&Value> = ours(&file)
                .map(|(_, service)| &service["environment"][setting])
                .collect();
            assert_eq!(values[0], values[1], "{name}: {setting}");
        }
        for (_, service) in ours(&file) {
            let secret = service["environment"]["SECRET_KEY"].as_str().unwrap();
            assert!(secret.starts_with("${SECRET_KEY:?"), "{name}: {secret}");
        }
    }
}

#[test]
fn both_services_believe_the_networks_of_docker_where_a_browser_is_and_nobody_else() {
    for name in COMPOSE_FILES {
        let file = compose(name);
        for (service, is) in ours(&file) {
            let value = is["environment"]["TRUSTED_PROXIES"].as_str().unwrap();
            let value = value.strip_prefix("${TRUSTED_PROXIES:-").unwrap();
            assert_eq!(value, "172.16.0.0/12,fc00::/7}", "{name}: {service}");
        }
    }
}

#[test]
fn only_what_browsers_and_services_open_is_published_and_on_this_machine_only() {
    for (name, open) in [
        ("docker-compose.yml", &["issuer", "frontend"][..]),
        ("docker-compose.scale.yml", &["proxy"]),
    ] {
        let file = compose(name);
        for (service, is) in services(&file) {
            let ports = texts(&is["ports"]);
            assert_eq!(
                ports.is_empty(),
                !open.contains(&service.as_str()),
                "{name}: {service}"
            );
            for port in ports {
                assert!(port.starts_with("127.0.0.1:"), "{name}: {service}: {port}");
            }
            assert!(is["network_mode"].is_null() && is["privileged"].is_null());
        }
    }
}

#[test]
fn whatever_a_compose_file_asks_of_dotenv_is_in_the_example() {
    let text_of_example = read(".env.example");
    for name in COMPOSE_FILES {
        let text = read(name);
        for variable in interpolated(&text) {
            let mentioned = text_of_example.lines().any(|line| {
                let line = line.strip_prefix('#').unwrap_or(line);
                line.starts_with(&format!("{variable}="))
            });
            assert!(mentioned, "{name}: {variable}");
            if text.contains(&format!("${{{variable}:?")) {
                assert!(example().contains_key(variable), "{name} needs {variable}");
            }
        }
    }
}

#[test]
fn the_dockerfile_copies_what_is_there_and_builds_with_the_rust_that_the_manifest_asks_for() {
    let dockerfile = read("Dockerfile");
    let ignored = read(".dockerignore");
    let lines = || dockerfile.lines().map(str::trim);
    assert!(
        !dockerfile.starts_with("# syntax") && !dockerfile.contains("@sha256"),
        "that would ask a registry"
    );
    let stages: Vec<&str> = lines()
        .filter_map(|line| line.strip_prefix("FROM ")?.split_once(" AS "))
        .map(|(_, stage)| stage)
        .collect();
    let copies: Vec<Vec<&str>> = lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .map(|copy| copy.split_whitespace().collect())
        .collect();
    assert!(copies.len() > 3);
    for copy in copies {
        if let Some(stage) = copy[0].strip_prefix("--from=") {
            assert!(stages.contains(&stage), "{copy:?}");
            continue;
        }
        for source in &copy[..copy.len() - 1] {
            assert!(repository().join(source).exists(), "{source}");
            assert!(ignored.lines().any(|line| line == format!("!{source}")));
        }
    }
    assert!(
        ignored.lines().any(|line| line == "*"),
        "all else stays out"
    );

    let manifest = read("Cargo.toml");
    let wanted = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .unwrap()
        .trim_matches('"');
    for line in lines().filter(|line| line.starts_with("FROM rust:")) {
        assert!(
            line.starts_with(&format!("FROM rust:{wanted}-slim-bookworm ")),
            "{line}"
        );
    }
}

#[test]
fn the_health_check_of_the_image_is_a_command_of_the_binary() {
    let dockerfile = read("Dockerfile");
    let (_, check) = dockerfile.split_once("HEALTHCHECK ").unwrap();
    let (_, command) = check.lines().next().unwrap().split_once(" CMD ").unwrap();
    let words: Vec<String> = serde_json::from_str(command).unwrap();
    assert_eq!(words[0], "tegata");
    let mut words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    words.push("--help");
    assert!(Place::new().output(&words).status.success(), "{words:?}");
}
