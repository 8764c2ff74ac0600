//! A real proxy as a value, on the files of `examples/` with its own ports filled in.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nginx,
    Caddy,
}

pub(super) const BOTH: [Kind; 2] = [Kind::Nginx, Kind::Caddy];

/// What is filled in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    /// Where the proxy listens.
    pub(super) port: u16,
    pub(super) tegata: SocketAddr,
    pub(super) app: SocketAddr,
    /// Whether what the examples say about the token is taken up.
    pub(super) token: bool,
}

pub(super) struct Proxy {
    process: Child,
    folder: TempDir,
}

impl Proxy {
    pub(super) async fn start(kind: Kind, places: Places) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = match kind {
            Kind::Nginx => nginx(folder.path(), places),
            Kind::Caddy => caddy(folder.path(), places),
        };
        let log = fs::File::create(folder.path().join("log.txt")).unwrap();
        let process = command
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|why| panic!("{kind:?}: {why}; ./check installs it on Debian"));
        let mut proxy = Self { process, folder };
        proxy.listens(places.port).await;
        proxy
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log.txt")).unwrap()
    }

    async fn listens(&mut self, port: u16) {
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(20));
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "{}", self.log());
            beat.tick().await;
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn nginx(folder: &Path, places: Places) -> Command {
    let certificate = certificate(folder);
    let own = folder.join("tegata");
    fs::create_dir(&own).unwrap();
    let port = format!("listen 127.0.0.1:{} ssl;", places.port);
    let mut servers = read("nginx/tegata.conf");
    for (example, here) in [
        ("listen 443 ssl;", port.as_str()),
        ("127.0.0.1:8080", &places.tegata.to_string()),
        ("127.0.0.1:3000", &places.app.to_string()),
        ("/etc/ssl/example.com.pem", &shown(&certificate.0)),
        ("/etc/ssl/example.com.key", &shown(&certificate.1)),
    ] {
        servers = fill(&servers, example, here);
    }
    let mut signed_in = read("nginx/signed-in.conf");
    if places.token {
        for line in [
            "auth_request_set $auth_token",
            "proxy_set_header Authorization",
        ] {
            signed_in = fill(&signed_in, &format!("#{line}"), line);
        }
    }
    fs::write(own.join("tegata.conf"), servers).unwrap();
    fs::write(own.join("signed-in.conf"), signed_in).unwrap();
    fs::write(
        own.join("forward-auth.conf"),
        read("nginx/forward-auth.conf"),
    )
    .unwrap();
    // One process, whoever starts it, that writes nowhere else.
    let main = "daemon off; master_process off; pid nginx.pid; error_log stderr; events {}
        http { access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
        uwsgi_temp_path t4; scgi_temp_path t5; include tegata/tegata.conf; }";
    fs::write(folder.join("nginx.conf"), main).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder).args(["-c", "nginx.conf"]);
    command.args(["-e", "stderr"]);
    command
}

fn caddy(folder: &Path, places: Places) -> Command {
    let mut sites = read("caddy/Caddyfile");
    for (example, here) in [
        ("127.0.0.1:8080", places.tegata),
        ("127.0.0.1:3000", places.app),
    ] {
        sites = fill(&sites, example, &here.to_string());
    }
    if places.token {
        let roles = "X-Auth-User-Id X-Auth-Roles";
        let all = format!("{roles} Authorization");
        sites = fill(
            &sites,
            &format!("copy_headers X-Auth-User {roles}"),
            &format!("copy_headers X-Auth-User {all}"),
        );
    }
    let port = places.port;
    // Certificates of its own making, and nothing outside of this folder.
    let main = format!(
        "{{\n admin off\n https_port {port}\n auto_https disable_redirects\n local_certs\n skip_install_trust\n default_bind 127.0.0.1\n}}\n{sites}"
    );
    fs::write(folder.join("Caddyfile"), main).unwrap();
    let mut command = Command::new("caddy");
    command
        .args(["run", "--adapter", "caddyfile", "--config", "Caddyfile"])
        .env("HOME", folder)
        .env("XDG_DATA_HOME", folder.join("data"))
        .env("XDG_CONFIG_HOME", folder.join("config"));
    command
}

fn read(example: &str) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    fs::read_to_string(examples.join(example)).unwrap()
}

fn fill(text: &str, example: &str, here: &str) -> String {
    assert!(text.contains(example), "no {example} in {text}");
    text.replace(example, here)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// For nobody to trust.
fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-newkey", "ec", "-days", "2"])
        .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-subj", "/CN=example.com", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    (certificate, key)
}
