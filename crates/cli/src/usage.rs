//! Turns clap's findings into one line that names the setting and says what to write instead.

use clap::{
    Arg, Command,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::Failure;

/// A password stands in what these are given, and where it stands nobody knows when it is misspelt.
const HIDDEN: [&str; 2] = ["--database-url", "--session-store-url"];

/// Help and version print themselves and end the process; everything else becomes a line.
pub(crate) fn failure(error: &clap::Error, cli: &Command) -> Failure {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => error.exit(),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            Failure::from(bad_value(error, cli))
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = match error.get(ContextKind::InvalidArg) {
                Some(ContextValue::Strings(names)) => names.join(" and "),
                _ => "an argument".to_owned(),
            };
            Failure::usage(format!("{missing} is missing: see tegata --help"))
        }
        _ => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            let first = first.strip_prefix("error: ").unwrap_or(first);
            let words: Vec<String> = first
                .split(' ')
                .map(|word| without_credentials(word.to_owned()))
                .collect();
            Failure::usage(format!("{}: see tegata --help", words.join(" ")))
        }
    }
}

fn bad_value(error: &clap::Error, cli: &Command) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    // `--flag <VALUE>`, or `--flag[=<VALUE>]` where the value may be left out.
    let flag = argument.split([' ', '[']).next().unwrap_or_default();
    let name = match flag.strip_prefix("--") {
        Some(long) => match variable(cli, long) {
            Some(variable) => format!("{variable} (or {flag})"),
            None => flag.to_owned(),
        },
        None => argument.clone(),
    };
    let value = context(ContextKind::InvalidValue);
    let value = if HIDDEN.contains(&flag) {
        String::new()
    } else {
        format!(" {:?}", without_credentials(value))
    };
    let advice = match (
        std::error::Error::source(error),
        error.get(ContextKind::ValidValue),
    ) {
        (Some(cause), _) => cause.to_string(),
        // clap's own refusal of an empty value.
        (None, Some(ContextValue::Strings(values))) if values.is_empty() => {
            "write something, or leave it out".to_owned()
        }
        (None, Some(ContextValue::Strings(values))) => format!("write {}", values.join(" or ")),
        _ => "see tegata --help".to_owned(),
    };
    if value.is_empty() {
        format!("{name} cannot be that: {advice}")
    } else {
        format!("{name} cannot be{value}: {advice}")
    }
}

/// The variable that says the same as a flag, in whichever subcommand: a flag has the same one in all of them.
fn variable(command: &Command, long: &str) -> Option<String> {
    let mut arguments = command.get_arguments();
    let own = arguments.find(|argument| argument.get_long() == Some(long));
    let own = own.and_then(Arg::get_env);
    own.map(|name| name.to_string_lossy().into_owned())
        .or_else(|| {
            let mut below = command.get_subcommands();
            below.find_map(|command| variable(command, long))
        })
}

/// An address with a password in it is shown from its host on; one that is misspelt, not at all.
fn without_credentials(value: String) -> String {
    let mistaken = value.to_lowercase().contains("mongo") || value.contains(':');
    match (value.split_once("://"), value.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, public))) => format!("{scheme}://…@{public}"),
        (None, Some(_)) if mistaken => "…".to_owned(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::CommandFactory;

    use super::*;
    use crate::commands::Cli;

    /// Each flag that takes a value, with its variable, in this command and those below it.
    fn flags(command: &Command) -> Vec<(String, Option<String>)> {
        let own = command.get_arguments().filter_map(|argument| {
            let env = argument.get_env().map(|name| name.to_str().unwrap());
            let long = argument.get_long()?.to_owned();
            let takes = argument.get_action().takes_values();
            takes.then(|| (long, env.map(str::to_owned)))
        });
        let below = command.get_subcommands().flat_map(flags);
        own.chain(below).collect()
    }

    #[test]
    fn a_flag_has_the_same_variable_in_every_command_or_none() {
        let cli = Cli::command();
        let mut found = BTreeMap::new();
        for (flag, env) in flags(&cli) {
            assert_eq!(variable(&cli, &flag), env, "--{flag}");
            found.insert(flag, env);
        }
        assert_eq!(found["limit"], None);
        assert_eq!(found["data-dir"].as_deref(), Some("DATA_DIR"));
    }

    #[test]
    fn a_complaint_repeats_what_was_written_but_no_credentials() {
        for (value, shown) in [
            ("soon", "soon"),
            ("hana@example.com", "hana@example.com"),
            ("mongodb://h/d?w=x", "mongodb://h/d?w=x"),
            ("mongodb://hana:p@ss://word@h", "mongodb://…@h"),
            ("mongodb:hana:word@h/db", "…"),
            ("hana:word@h/db", "…"),
        ] {
            assert_eq!(without_credentials(value.to_owned()), shown);
        }
    }
}
