//! Users of other programs come in, and all users go out and in again.

mod again;
mod collections;
mod export;
mod files;
mod into_store;
mod refusals;

use std::process::Output;

use crate::tegata::{Place, Tegata};

const PASSWORD: &str = "eight barriers";
/// passlib's `CryptContext(schemes=["bcrypt"])`, as the FastAPI tutorial has it.
const PASSLIB: &str = "$2b$04$kLfhcDFnjel99I25OY2Fq.eyUNqJ4lwNJktohM3NMcme3H/psvVju";
/// What must never be shown of it.
const SECRET_PART: &str = "kLfhcDFnjel99I25OY2Fq";

struct Said {
    out: String,
    err: String,
    code: i32,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap(),
        }
    }
}

/// Imports a file of this name and content.
fn import(place: &Place, name: &str, content: impl AsRef<[u8]>) -> Said {
    std::fs::write(place.path(name), content).unwrap();
    place.output(&["user", "import", name]).into()
}

fn export(place: &Place, format: &str) -> String {
    let said = Said::from(place.output(&["user", "export", "--format", format]));
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    said.out
}

fn logs_in(tegata: &Tegata, username: &str, password: &str) -> bool {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answer = runtime.block_on(
        reqwest::Client::new()
            .post(format!("{}/token", tegata.api))
            .form(&[("username", username), ("password", password)])
            .send(),
    );
    answer.unwrap().status() == 200
}
