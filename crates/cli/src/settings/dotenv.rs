//! `.env` in the current folder. A name in it that is nearly one of ours is a slip, and is refused: a
//! misspelt setting would silently keep its default.

use std::path::Path;

use clap::CommandFactory;

use crate::{Failure, commands::Cli, settings::secret};

const FILE: &str = ".env";
/// Near ours, and somebody else's: the authorities that are trusted.
const FOREIGN: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
/// Letters that may differ before a name counts as somebody else's.
const NEAR: usize = 2;

/// Reads `.env`, if there is one, into the environment; what is set there already stays.
pub(crate) fn load() -> Result<(), Failure> {
    if !Path::new(FILE).exists() {
        return Ok(());
    }
    names(dotenvy::from_filename_iter(FILE).map_err(unreadable)?)?;
    dotenvy::from_filename(FILE).map_err(unreadable)?;
    Ok(())
}

/// The names that are set, all of them ours or somebody else's.
pub(crate) fn names<R: std::io::Read>(entries: dotenvy::Iter<R>) -> Result<Vec<String>, Failure> {
    let known = known_names();
    let judged = |(name, _): (String, String)| match slip(&name, &known) {
        Some(meant) => {
            Err(format!("{name} in {FILE} is not a setting: did you mean {meant}?").into())
        }
        None => Ok(name),
    };
    entries
        .map(|entry| entry.map_err(unreadable).and_then(judged))
        .collect()
}

/// A line that cannot be parsed may hold a secret: it is not repeated.
fn unreadable(cause: dotenvy::Error) -> Failure {
    match cause {
        dotenvy::Error::LineParse(..) => Failure::from(format!(
            "{FILE} has a line that cannot be read: write NAME='value', in single quotes if the value has blanks"
        )),
        other => Failure::from(format!("{FILE} cannot be read: {other}")),
    }
}

fn known_names() -> Vec<String> {
    let command = Cli::command();
    let of_flags = command.get_subcommands().flat_map(|sub| {
        sub.get_arguments()
            .filter_map(|argument| argument.get_env())
            .filter_map(|name| name.to_str().map(str::to_owned))
            .collect::<Vec<_>>()
    });
    of_flags
        .chain(secret::NAMES.iter().map(|&name| name.to_owned()))
        .collect()
}

fn slip<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    if known.iter().any(|one| one == name) || FOREIGN.contains(&name) {
        return None;
    }
    known
        .iter()
        .find(|one| one.len() > 4 && strsim::damerau_levenshtein(one, name) <= NEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_another_programs_setting() {
        let known = known_names();
        assert_eq!(
            slip("ACESS_TOKEN_TTL", &known).map(String::as_str),
            Some("ACCESS_TOKEN_TTL")
        );
        assert_eq!(
            slip("SECERT_KEY", &known).map(String::as_str),
            Some("SECRET_KEY")
        );
        for fine in [
            "ACCESS_TOKEN_TTL",
            "SECRET_KEY",
            "MONGO_ROOT_PASSWORD",
            "COMPOSE_PROJECT_NAME",
        ] {
            assert_eq!(slip(fine, &known), None, "{fine}");
        }
    }
}
