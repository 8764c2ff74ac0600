//! Services in other languages, run with their real packages: they accept our tokens with nothing but
//! the secret, and refuse what they should.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use serde_json::json;
use tegata_guard::token::{Claims, HmacSecret, Signer};
use time::{Duration, OffsetDateTime};

use crate::{pair::SECRET, tegata::Place};

/// A service of the examples, on a free port.
struct Service {
    process: Child,
    address: String,
}

impl Service {
    async fn start(name: &str, command: impl FnOnce(&Path, u16) -> Command) -> Self {
        let folder = examples().join(name);
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut command = command(python(), port);
        let mut process = command
            .current_dir(&folder)
            .env("SECRET_KEY", SECRET)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let at = format!("127.0.0.1:{port}");
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(50));
        while tokio::net::TcpStream::connect(&at).await.is_err() {
            assert!(process.try_wait().unwrap().is_none(), "{name} ended");
            beat.tick().await;
        }
        Self {
            process,
            address: format!("http://{at}"),
        }
    }

    async fn flask() -> Self {
        Self::start("flask", |python, port| {
            let mut command = Command::new(python);
            command.args([
                "-m",
                "flask",
                "--app",
                "app",
                "run",
                "-p",
                &port.to_string(),
            ]);
            command
        })
        .await
    }

    async fn fastapi() -> Self {
        Self::start("fastapi", |python, port| {
            let mut command = Command::new(python);
            command.args(["-m", "uvicorn", "app:app", "--port", &port.to_string()]);
            command
        })
        .await
    }

    async fn ask(&self, token: Option<&str>) -> (u16, String) {
        let mut request = reqwest::Client::new().get(format!("{}/", self.address));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// A Python with the packages that the examples ask for; made once, kept below `target`.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
        let python = venv.join("bin/python");
        if !python.exists() {
            succeed(Command::new("python3").args(["-m", "venv"]).arg(&venv));
        }
        let mut install = Command::new(&python);
        install.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        for service in ["flask", "fastapi"] {
            install
                .arg("-r")
                .arg(examples().join(service).join("requirements.txt"));
        }
        succeed(&mut install);
        python
    })
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn signed(claims: &Claims) -> String {
    let secret = HmacSecret::parse(SECRET).unwrap();
    Signer::new(secret.signing_key()).sign(claims).unwrap()
}

fn tampered(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{message}.{first}{}", &signature[1..])
}

/// A token as the real issuer gives it, from the real binary.
async fn token_of_the_issuer() -> String {
    let place = Place::new().with("SECRET_KEY", SECRET);
    let tegata = place.start();
    let answer: serde_json::Value = reqwest::Client::new()
        .post(format!("{}/token", tegata.api))
        .json(&json!({"username": "admin", "password": tegata.admin_password}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[expect(
    clippy::disallowed_methods,
    reason = "these services read the wall clock, so the test must"
)]
fn an_hour_ago() -> OffsetDateTime {
    OffsetDateTime::now_utc() - Duration::hours(1)
}

async fn accepts_ours_and_refuses_the_rest(service: &Service) {
    let good = token_of_the_issuer().await;
    let (status, body) = service.ask(Some(&good)).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains("admin"), "{body}");

    let old = signed(&Claims::new("user-1", an_hour_ago(), Duration::minutes(15)));
    let foreign = Signer::new(
        HmacSecret::parse("another secret of thirty-two bytes or more")
            .unwrap()
            .signing_key(),
    );
    let foreign = foreign
        .sign(&Claims::new("user-1", an_hour_ago(), Duration::hours(2)))
        .unwrap();
    for (what, token) in [
        ("no token", None),
        ("expired", Some(old)),
        ("tampered", Some(tampered(&good))),
        ("of another secret", Some(foreign)),
        ("no JWT", Some("abc".to_owned())),
    ] {
        let (status, body) = service.ask(token.as_deref()).await;
        assert_eq!(status, 401, "{what}: {body}");
    }
}

#[tokio::test]
async fn a_flask_service_with_pyjwt_and_the_secret_accepts_our_tokens() {
    accepts_ours_and_refuses_the_rest(&Service::flask().await).await;
}

#[tokio::test]
async fn a_fastapi_service_with_python_jose_and_the_secret_accepts_our_tokens() {
    accepts_ours_and_refuses_the_rest(&Service::fastapi().await).await;
}
