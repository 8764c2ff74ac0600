//! A throw-away certificate.

use std::{path::Path, process::Command};

pub(crate) const AUTHORITY: &str = "ca.pem";

/// Makes it in this folder, and says how the server is to use it.
pub(crate) fn arguments(folder: &Path) -> [String; 4] {
    let script = r#"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=a test's authority" -keyout ca.key -out ca.pem
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr
        printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\n' > names
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt
        cat server.key server.crt > server.pem
    "#;
    let made = Command::new("sh")
        .args(["-ec", script])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "these tests need openssl: {}",
        String::from_utf8_lossy(&made.stderr)
    );
    [
        "--tlsMode".to_owned(),
        "requireTLS".to_owned(),
        "--tlsCertificateKeyFile".to_owned(),
        folder.join("server.pem").display().to_string(),
    ]
}
