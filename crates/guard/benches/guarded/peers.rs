//! The same tokens verified by other people's libraries, each in a process of its own that measures itself.

use std::{
    env,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

/// A library and how to run it.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    command: String,
    script: &'static str,
    install: &'static str,
}

/// Microseconds for each algorithm, by a library with its version.
pub(crate) struct Measured {
    pub(crate) name: String,
    pub(crate) micros: Vec<(String, f64)>,
}

impl Peer {
    pub(crate) fn pyjwt() -> Self {
        Self {
            name: "PyJWT",
            command: env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned()),
            script: "pyjwt.py",
            install: "pip install 'pyjwt[crypto]', and name that Python in PYTHON",
        }
    }

    pub(crate) fn jose() -> Self {
        Self {
            name: "jose",
            command: "node".to_owned(),
            script: "jose.mjs",
            install: "npm install jose, and name its node_modules in NODE_PATH",
        }
    }
}

pub(crate) fn measure(peer: &Peer, cases: &Value) -> Result<Measured, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches/guarded")
        .join(peer.script);
    let child = Command::new(&peer.command)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|cause| format!("{}: {cause}", peer.command))?;
    let mut input = child.stdin.take().unwrap();
    // An error shows in what comes out.
    let _ = input.write_all(cases.to_string().as_bytes());
    drop(input);
    let output = child.wait_with_output().unwrap();
    let missing = || {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or_default().to_owned();
        format!("{} ({last})", peer.install)
    };
    if !output.status.success() {
        return Err(missing());
    }
    let said: Value = serde_json::from_slice(&output.stdout).map_err(|_| missing())?;
    let micros = said["micros"].as_object().unwrap().iter();
    Ok(Measured {
        name: format!("{} {}", peer.name, said["version"].as_str().unwrap()),
        micros: micros
            .map(|(name, micros)| (name.clone(), micros.as_f64().unwrap()))
            .collect(),
    })
}
