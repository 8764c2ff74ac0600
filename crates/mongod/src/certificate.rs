//! Throw-away certificates, by the machine's `openssl`.

use std::process::Command;

use tempfile::TempDir;

/// An authority that nobody else trusts, and a certificate for 127.0.0.1 that it signed.
#[derive(Debug)]
pub(crate) struct Certificates {
    folder: TempDir,
}

impl Certificates {
    pub(crate) fn generate() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let made = Self { folder };
        made.openssl("-keyout ca.key -out ca.pem -subj /CN=tests -addext keyUsage=keyCertSign");
        // Key and certificate in one file, as mongod wants them.
        made.openssl(
            "-keyout server.key -out server.crt -subj /CN=127.0.0.1 -CA ca.pem -CAkey ca.key \
             -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:127.0.0.1",
        );
        let read = |name| std::fs::read(made.folder.path().join(name)).expect("it was just made");
        let both = [read("server.key"), read("server.crt")].concat();
        std::fs::write(made.server(), both).expect("the folder is ours");
        made
    }

    /// The file with the authority's certificate.
    pub(crate) fn authority(&self) -> String {
        self.path("ca.pem")
    }

    /// The file with the server's key and certificate.
    pub(crate) fn server(&self) -> String {
        self.path("server.pem")
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl")
            .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(' '))
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .output()
            .expect("openssl can be started: install it");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
