//! A Python with the packages that the examples and the interop tests ask for; made once, kept below `target`.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::{
    installation::{kept, succeed},
    service::examples,
};

/// The interpreter.
pub(crate) fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let venv = kept().join("python");
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
        let of_examples = ["flask", "fastapi", "django"].map(|one| examples().join(one));
        let interop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop");
        for folder in of_examples.iter().chain([&interop]) {
            install.arg("-r").arg(folder.join("requirements.txt"));
        }
        succeed(&mut install);
        python
    })
}

/// `python -m …`, which leaves nothing behind in the folder it runs in.
pub(super) fn module(arguments: &[&str]) -> Command {
    let mut command = Command::new(python());
    command
        .arg("-m")
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
