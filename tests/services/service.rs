//! An example as a value: started on a free port, asked, killed when dropped.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{go, node, python};

/// Starting an interpreter on a busy machine takes a while.
const PATIENCE: Duration = Duration::from_secs(60);

/// The services, by the name of their folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Example {
    Flask,
    FastApi,
    Django,
    Express,
    Fastify,
    Go,
    Axum,
}

pub(super) const ALL: [Example; 7] = [
    Example::Flask,
    Example::FastApi,
    Example::Django,
    Example::Express,
    Example::Fastify,
    Example::Go,
    Example::Axum,
];

impl Example {
    pub(super) fn folder(self) -> PathBuf {
        examples().join(match self {
            Self::Flask => "flask",
            Self::FastApi => "fastapi",
            Self::Django => "django",
            Self::Express => "express",
            Self::Fastify => "fastify",
            Self::Go => "go",
            Self::Axum => "axum",
        })
    }

    fn command(self, port: u16) -> Command {
        let port = port.to_string();
        let address = format!("127.0.0.1:{port}");
        let mut command = match self {
            Self::Flask => python::module(&["flask", "--app", "app", "run", "-p", &port]),
            Self::FastApi => python::module(&["uvicorn", "app:app", "--port", &port]),
            Self::Django => {
                let rest = ["--noreload", "--settings", "settings", &address];
                python::module(&[&["django", "runserver"], &rest[..]].concat())
            }
            Self::Express | Self::Fastify => {
                let installed = node::install(&self.folder(), &["app.js"]);
                let mut command = node::node();
                command.arg(installed.join("app.js"));
                command
            }
            Self::Go => Command::new(go::gopath_build(&self.folder())),
            Self::Axum => Command::new(built_by_cargo("axum-service")),
        };
        command
            .current_dir(self.folder())
            .env_remove("SECRET_KEY")
            .env_remove("JWKS_URL")
            .env("PORT", &port)
            .env("ADDRESS", &address);
        command
    }

    /// Starts it with nothing to verify with, which must end it.
    pub(super) fn starts_with_an_empty_secret(self) -> bool {
        let mut command = self.command(0);
        let output = command.env("SECRET_KEY", "").output().unwrap();
        output.status.success()
    }
}

/// What a service thinks of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Good,
    Expired,
    Invalid,
    KeysUnavailable,
}

/// One that runs.
pub(super) struct Service {
    process: Child,
    address: String,
}

impl Service {
    /// Starts it with one more setting.
    pub(super) async fn start(example: Example, settings: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let process = example
            .command(port)
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut service = Self {
            process,
            address: format!("127.0.0.1:{port}"),
        };
        let listens = tokio::time::timeout(PATIENCE, service.listens()).await;
        assert!(listens.is_ok(), "{example:?} does not listen");
        service
    }

    async fn listens(&mut self) {
        let mut beat = tokio::time::interval(Duration::from_millis(50));
        while tokio::net::TcpStream::connect(&self.address).await.is_err() {
            assert!(self.process.try_wait().unwrap().is_none(), "it ended");
            beat.tick().await;
        }
    }

    /// The answer to a request with this token.
    pub(super) async fn ask(&self, token: Option<&str>) -> (u16, String) {
        let mut request = reqwest::Client::new().get(format!("http://{}/", self.address));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub(super) async fn verdict(&self, token: Option<&str>) -> Verdict {
        match self.ask(token).await {
            (200, _) => Verdict::Good,
            (401, body) if body.contains("expired") => Verdict::Expired,
            (401, _) => Verdict::Invalid,
            (503, _) => Verdict::KeysUnavailable,
            (status, body) => panic!("{status}: {body}"),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(super) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// An example target of this package, which `cargo test` builds beside the binary.
fn built_by_cargo(name: &str) -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_tegata")).parent().unwrap();
    let path = beside.join("examples").join(name);
    assert!(path.exists(), "cargo build -p tegata --example {name}");
    path
}
