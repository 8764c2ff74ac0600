//! The subcommands. Bare `tegata` is `tegata up`.

mod asking;
mod client;
mod doctor;
mod events;
mod explain;
mod first_account;
mod frontend;
mod health;
mod issuer;
mod key;
mod secret;
mod session;
mod store;
mod up;
mod user;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

use crate::{Failure, settings, usage};

/// One login for every service: an issuer of access tokens and its login pages.
///
/// Without a command, runs both on this machine (as `tegata up` does).
#[derive(Debug, Parser)]
#[command(name = "tegata", version, override_usage = "tegata [COMMAND] [OPTIONS]", after_help = settings::secret::HELP, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run issuer and pages in one process, on databases in the data folder
    #[command(after_help = settings::secret::HELP)]
    Up(Box<up::Up>),
    /// Run the issuer alone
    #[command(after_help = settings::secret::HELP)]
    Issuer(Box<issuer::Issuer>),
    /// Run the pages alone
    #[command(after_help = settings::secret::HELP)]
    Frontend(Box<frontend::Frontend>),
    /// Ask the services here whether they are ready, for health checks
    Health(health::Health),
    /// Say what is wrong with this set-up, and what to do
    Doctor(Box<doctor::Doctor>),
    /// Say why a token is good or not, check by check
    #[command(after_help = explain::HELP)]
    Explain(explain::Explain),
    /// Administer accounts
    #[command(subcommand)]
    User(user::User),
    /// Administer clients: programs that get tokens of their own
    #[command(subcommand)]
    Client(client::Client),
    /// Show what happened: logins, changed passwords, what administrators did
    Events(events::Events),
    /// List and end login sessions
    #[command(subcommand)]
    Session(session::Session),
    /// List, rotate and retire the keys that sign tokens
    #[command(subcommand)]
    Key(key::Key),
    /// Print a new SECRET_KEY
    Secret,
}

/// Does what the arguments ask.
pub(crate) fn run() -> Result<(), Failure> {
    settings::dotenv::load()?;
    let cli = Cli::try_parse_from(with_default(std::env::args_os().collect()))
        .map_err(|error| usage::failure(&error, &Cli::command()))?;
    match cli.command {
        Command::Up(up) => on_runtime(up.run()),
        Command::Issuer(issuer) => on_runtime(issuer.run()),
        Command::Frontend(frontend) => on_runtime(frontend.run()),
        Command::Health(health) => on_runtime(health.run()),
        Command::Doctor(doctor) => on_runtime(doctor.run()),
        Command::Explain(explain) => on_runtime(explain.run()),
        Command::User(user) => on_runtime(user.run()),
        Command::Client(client) => on_runtime(client.run()),
        Command::Events(events) => on_runtime(events.run()),
        Command::Session(session) => on_runtime(session.run()),
        Command::Key(key) => on_runtime(key.run()),
        Command::Secret => secret::run(),
    }
}

/// `tegata --flag` is `tegata up --flag`.
fn with_default(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let first = arguments.get(1).and_then(|first| first.to_str());
    let for_the_command_itself = ["-h", "--help", "-V", "--version", "help"];
    let named = first.is_some_and(|first| {
        for_the_command_itself.contains(&first)
            || !first.starts_with('-')
            || Cli::command().find_subcommand(first).is_some()
    });
    if !named {
        arguments.insert(1.min(arguments.len()), "up".into());
    }
    arguments
}

fn on_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|cause| format!("cannot start: {cause}"))?;
    runtime.block_on(work)
}
