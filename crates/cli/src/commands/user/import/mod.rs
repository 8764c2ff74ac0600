//! `tegata user import`: reads, hands over in batches, and says what became of every record that was not
//! taken. What may come in is for the issuer to judge.

mod collection;
mod csv;
mod document;
mod file;
mod jsonl;
mod progress;
mod run;
mod source;

use std::{ffi::OsString, path::Path};

use clap::Args;
use tegata_issuer::{accounts::Accounts, import};

use self::{
    collection::Collection,
    progress::Progress,
    run::{Run, Tally},
    source::Source,
};
use super::{Where, format::Format, say};
use crate::{Failure, commands::store::Server};

pub(super) const HELP: &str = "\
A record has username and password_hash (or hashed_password), and may have email, name (or full_name), \
roles, disabled (or is_active), id (a UUID), created_at and updated_at. Whoever is there already is left \
as they are, so that the same import can be run twice. The exit code is 0 when no record was refused.";

#[derive(Args, Debug)]
pub(crate) struct Import {
    /// A file, - for standard input, or mongodb://HOST/DATABASE.COLLECTION
    #[arg(value_name = "SOURCE")]
    source: OsString,
    /// What the file is, if its name does not end in .csv, .jsonl, .ndjson or .json
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Only say what would become of each record
    #[arg(long)]
    dry_run: bool,
    /// Give everybody a new id, whatever the source says
    #[arg(long)]
    new_ids: bool,
    #[command(flatten)]
    pub(super) place: Where,
}

impl Import {
    pub(super) async fn run(
        self,
        accounts: &Accounts,
        store: Option<&Server>,
    ) -> Result<(), Failure> {
        let mut source = self.open(store).await?;
        let done = self.bring_in(&mut source, accounts).await;
        source.close().await;
        done
    }

    async fn open(&self, store: Option<&Server>) -> Result<Source, Failure> {
        let address = self
            .source
            .to_str()
            .filter(|text| text.starts_with("mongodb://") || text.starts_with("mongodb+srv://"));
        if let Some(address) = address {
            return Ok(Source::Collection(Box::new(
                Collection::open(address, store).await?,
            )));
        }
        let path = Path::new(&self.source);
        if !path.exists() && looks_like_an_address(&path.to_string_lossy()) {
            return Err(Failure::usage(
                "SOURCE looks like an address, and is none that can be read: write \
                 mongodb://user@host:27017/database.collection",
            ));
        }
        let format = self.format.or_else(|| Format::of(path)).ok_or_else(|| {
            Failure::usage(format!(
                "{} does not say by its name what it is: add --format csv or --format jsonl",
                file::name(path)
            ))
        })?;
        let input = file::open(path)?;
        Ok(match format {
            Format::Jsonl => Source::Lines(jsonl::Lines::new(input)),
            Format::Csv => Source::Table(csv::Table::new(input)?),
        })
    }

    async fn bring_in(&self, source: &mut Source, accounts: &Accounts) -> Result<(), Failure> {
        let import = if self.dry_run {
            import::Import::rehearse(accounts).await?
        } else {
            import::Import::new(accounts)
        };
        let mut run = Run::new(import, Progress::of(source), self.new_ids);
        let ended = run.take_all(source, accounts).await;
        let tally = run.end();
        if let Err(failure) = ended {
            let advice = match tally.imported {
                0 => String::new(),
                _ if self.dry_run => String::new(),
                some => format!(
                    " ({some} users were imported before that; run it again for the others)"
                ),
            };
            return Err(format!("{}{advice}", failure.message).into());
        }
        self.sum_up(&tally)
    }

    fn sum_up(&self, tally: &Tally) -> Result<(), Failure> {
        let (verb, note) = if self.dry_run {
            ("would import", "; nothing was written")
        } else {
            ("imported", "")
        };
        say(&format!(
            "{verb} {}, already there {}, refused {}{note}",
            tally.imported, tally.already_there, tally.refused
        ))?;
        match tally.refused {
            0 => Ok(()),
            1 => Err("1 record was refused: mend it and run the same import again".into()),
            many => Err(format!(
                "{many} records were refused: mend them and run the same import again"
            )
            .into()),
        }
    }
}

/// Whether somebody meant an address, however it is spelt: it may hold a password, and a message about a
/// file repeats its name.
fn looks_like_an_address(text: &str) -> bool {
    let text = text.trim_start().to_lowercase();
    let mongo = text.starts_with("mongo");
    match (text.contains(':'), text.contains('@')) {
        (true, true) => true,
        (true, false) => mongo || text.contains("//"),
        (false, true) => mongo,
        (false, false) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_a_file_however_it_is_spelt() {
        for address in [
            "MONGODB://hana:hunter2@h/db.users",
            "mongo://hana:hunter2@h/db.users",
            " mongodb://hana:hunter2@h/db.users",
            "mongodb:/hana:hunter2@h/db.users",
            "mongodb//hana:hunter2@h/db.users",
            "mongodb%3A//hana%3Ahunter2@h/db.users",
            "mongo:hunter2/db.users",
            "hana:hunter2@h/db.users",
            "https://h/users.csv",
        ] {
            assert!(looks_like_an_address(address), "{address}");
        }
        for file in [
            "users.csv",
            "mongo.jsonl",
            "mongodb/users.json",
            "C:users.csv",
            "h@na.csv",
        ] {
            assert!(!looks_like_an_address(file), "{file}");
        }
    }
}
