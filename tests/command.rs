//! What the command says and does at start, at the end and beside serving.

use std::{io::Write, net::TcpListener, os::unix::fs::PermissionsExt, process::Stdio};

use crate::tegata::Place;

#[test]
fn a_port_in_use_is_named_with_its_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for setting in ["ISSUER_BIND", "FRONTEND_BIND"] {
        let (line, code) = Place::new().with(setting, &address).refusal(&[]);
        assert!(line.contains(&address) && line.contains(setting), "{line}");
        assert_eq!(code, 1);
    }
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let place = Place::new();
    std::fs::write(place.path("file"), "in the way").unwrap();
    let (line, code) = Place::new()
        .with("DATA_DIR", place.path("file/data").to_str().unwrap())
        .refusal(&[]);
    assert!(
        line.contains("DATA_DIR") && line.contains("cannot write"),
        "{line}"
    );
    assert_eq!(code, 1);
}

#[test]
fn a_missing_name_is_named() {
    let (line, code) = Place::new().refusal(&["user", "add"]);
    assert!(line.contains("<USERNAME> is missing"), "{line}");
    assert_eq!(code, 2);
}

#[test]
fn more_roles_than_a_token_carries_are_refused() {
    let add = |count| {
        [
            &["user", "add", "hana", "--generate"][..],
            &["--role=ops"].repeat(count),
        ]
        .concat()
    };
    let place = Place::new();
    let (line, code) = place.refusal(&add(65));
    assert!(line.contains("at most 64 roles"), "{line}");
    assert_eq!(code, 1);
    assert!(place.output(&add(64)).status.success());
}

#[test]
fn a_log_and_a_greeting_that_nobody_reads_stop_nothing() {
    let place = Place::new();
    let mut child = place
        .command(&[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Both ends are closed while it starts; from then on every line it writes is lost.
    drop((child.stdout.take(), child.stderr.take()));
    while !place.path("data/frontend.db").exists() {
        std::thread::yield_now();
    }
    assert_eq!(crate::tegata::stop(&mut child, "TERM"), Some(0));
}

#[test]
fn an_unknown_flag_or_command_is_a_usage_error() {
    for arguments in [["--no-such-flag"], ["serve"]] {
        let (line, code) = Place::new().refusal(&arguments);
        assert!(
            line.contains(arguments[0]) && line.contains("--help"),
            "{line}"
        );
        assert_eq!(code, 2);
    }
}

#[test]
fn a_new_secret_is_printed_alone_and_is_never_the_same() {
    let place = Place::new();
    let secret = || String::from_utf8(place.output(&["secret"]).stdout).unwrap();
    let (one, other) = (secret(), secret());
    assert_eq!(one.trim_end().len(), 43, "{one}");
    assert_ne!(one, other);
    assert!(!place.path("data").exists(), "nothing is kept");
}

#[test]
fn both_signals_drain_and_exit_with_success() {
    for signal in ["INT", "TERM"] {
        let place = Place::new();
        let tegata = place.start();
        assert_eq!(tegata.stop(signal), Some(0), "SIG{signal}");
    }
}

#[test]
fn the_secret_is_kept_for_its_owner_only_and_used_again() {
    let place = Place::new();
    place.start().kill();
    let kept = std::fs::read_to_string(place.path("data/secret_key")).unwrap();
    let mode = |name| {
        std::fs::metadata(place.path(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("data/secret_key"), 0o600);
    assert_eq!(mode("data"), 0o700);

    let again = place.start();

    assert_eq!(
        std::fs::read_to_string(place.path("data/secret_key")).unwrap(),
        kept
    );
    assert!(
        again.admin_password.is_empty(),
        "the first account is made once"
    );
    assert!(!again.log().contains(kept.trim()));
}

#[test]
fn accounts_are_administered_beside_a_running_pair() {
    let place = Place::new();
    let tegata = place.start();
    let run = |arguments: &[&str], typed: &str| {
        let mut child = place
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(typed.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    };
    let logs_in = |password: &str| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let answer = runtime.block_on(
            reqwest::Client::new()
                .post(format!("{}/token", tegata.api))
                .form(&[("username", "hanako"), ("password", password)])
                .send(),
        );
        answer.unwrap().status() == 200
    };

    let add = [
        "user",
        "add",
        "hanako",
        "--email",
        "hanako@example.com",
        "--role",
        "editor",
    ];
    assert_eq!(run(&add, "eight barriers\n").0, 0);
    assert!(logs_in("eight barriers"));

    let (code, said) = run(&["user", "add", "HANAKO"], "eight barriers\n");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("taken"), "{said}");
    let (code, said) = run(&["user", "add", "taro"], "password\n");
    assert!(code == 1 && said.contains("guess"), "{said}");

    let (_, list) = run(&["user", "list"], "");
    assert!(
        list.contains("hanako\thanako@example.com\teditor\tactive"),
        "{list}"
    );

    assert_eq!(run(&["user", "disable", "Hanako"], "").0, 0);
    assert!(!logs_in("eight barriers"));
    assert_eq!(run(&["user", "enable", "hanako"], "").0, 0);
    assert_eq!(
        run(&["user", "set-password", "hanako"], "nine new barriers\n").0,
        0
    );
    assert!(!logs_in("eight barriers") && logs_in("nine new barriers"));

    let (code, said) = run(&["user", "disable", "nobody"], "");
    assert!(code == 1 && said.contains("tegata user list"), "{said}");
}
