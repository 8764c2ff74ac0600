//! `tegata user export`.

use std::{
    io::{self, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;
use tegata_issuer::{
    accounts::Accounts,
    user::{DisplayName, Email, User},
};
use tempfile::NamedTempFile;
use time::format_description::well_known::Rfc3339;

use super::{
    Where,
    everybody::{LeftOut, everybody},
    format::Format,
};
use crate::Failure;

pub(super) const HELP: &str = "\
The output holds password hashes: whoever has it can guess passwords at leisure. A file is made readable \
for you alone, and never overwritten; a terminal is refused.";

const COLUMNS: [&str; 9] = [
    "id",
    "username",
    "email",
    "name",
    "roles",
    "disabled",
    "password_hash",
    "created_at",
    "updated_at",
];

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// How it is written [default: as the file's name ends, or jsonl]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Where to: a new file, or - for standard output whatever that is
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) place: Where,
}

impl Export {
    pub(super) async fn run(self, accounts: &Accounts) -> Result<(), Failure> {
        let file = self
            .output
            .as_deref()
            .filter(|path| *path != Path::new("-"));
        let format = self
            .format
            .or_else(|| file.and_then(Format::of))
            .unwrap_or(Format::Jsonl);
        match file {
            Some(path) => to_file(accounts, format, path).await,
            None if self.output.is_none() && io::stdout().is_terminal() => Err(
                "the export holds password hashes: write it to a file with --output FILE, or to \
                 this terminal with --output -"
                    .into(),
            ),
            None => {
                let out = Writer::new(format, BufWriter::new(io::stdout()))?;
                let (mut out, left_out) = write_all(accounts, out).await?;
                out.flush()?;
                left_out.judge()
            }
        }
    }
}

async fn to_file(accounts: &Accounts, format: Format, path: &Path) -> Result<(), Failure> {
    let failed =
        |cause: io::Error| Failure::from(format!("cannot write {}: {cause}", path.display()));
    if path.symlink_metadata().is_ok() {
        return Err(taken(path));
    }
    // Under another name until it is whole, and for its owner only (0600).
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let partial = NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    let out = Writer::new(format, BufWriter::new(partial))?;
    let (whole, left_out) = write_all(accounts, out).await?;
    let whole = whole
        .into_inner()
        .map_err(|fault| failed(fault.into_error()))?;
    whole.as_file().sync_all().map_err(failed)?;
    match whole.persist_noclobber(path) {
        Ok(_) => left_out.judge(),
        Err(fault) if fault.error.kind() == io::ErrorKind::AlreadyExists => Err(taken(path)),
        Err(fault) => Err(failed(fault.error)),
    }
}

fn taken(path: &Path) -> Failure {
    format!("{} is there already: choose another name", path.display()).into()
}

async fn write_all<W: Write>(
    accounts: &Accounts,
    mut out: Writer<W>,
) -> Result<(W, LeftOut), Failure> {
    let left_out = everybody(accounts, |user| out.write(user)).await?;
    Ok((out.finish()?, left_out))
}

enum Writer<W: Write> {
    Jsonl(W),
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write> Writer<W> {
    fn new(format: Format, out: W) -> Result<Self, Failure> {
        Ok(match format {
            Format::Jsonl => Self::Jsonl(out),
            Format::Csv => {
                let mut table = csv::Writer::from_writer(out);
                table.write_record(COLUMNS)?;
                Self::Csv(Box::new(table))
            }
        })
    }

    /// Names are written as they are, also those that a spreadsheet would take for a formula: what comes
    /// back in has to be what went out.
    fn write(&mut self, user: &User) -> Result<(), Failure> {
        let id = user.id.to_string();
        let username = user.username.as_str();
        let email = user.email.as_ref().map(Email::as_str);
        let name = user.name.as_ref().map(DisplayName::as_str);
        let hash = user.password_hash.as_stored();
        let created_at = user.created_at.format(&Rfc3339)?;
        let updated_at = user.updated_at.format(&Rfc3339)?;
        match self {
            Self::Jsonl(out) => {
                let object = json!({
                    "id": id,
                    "username": username,
                    "email": email,
                    "name": name,
                    "roles": user.roles,
                    "disabled": user.disabled,
                    "password_hash": hash,
                    "created_at": created_at,
                    "updated_at": updated_at,
                });
                writeln!(out, "{object}")?;
            }
            Self::Csv(table) => table.write_record([
                id.as_str(),
                username,
                email.unwrap_or_default(),
                name.unwrap_or_default(),
                &user.roles.join(" "),
                if user.disabled { "true" } else { "false" },
                hash,
                &created_at,
                &updated_at,
            ])?,
        }
        Ok(())
    }

    fn finish(self) -> io::Result<W> {
        match self {
            Self::Jsonl(out) => Ok(out),
            Self::Csv(table) => table
                .into_inner()
                .map_err(|fault| fault.error().kind().into()),
        }
    }
}
