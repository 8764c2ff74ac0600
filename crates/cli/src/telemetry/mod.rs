//! The log: to standard error, as text for people or JSON for machines. Beside it, where the program is built with the
//! feature `otlp` and a collector is named, traces.

#[cfg(feature = "otlp")]
mod collector;
#[cfg_attr(not(feature = "otlp"), path = "no_traces.rs")]
mod traces;

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::{
    Failure,
    settings::shared::{LogFormat, LogLevel, LogSettings},
};

pub(crate) use traces::Traces;

/// The log of a service, and its traces: under this name, unless the environment gives another.
pub(crate) fn start_service(settings: &LogSettings, name: &'static str) -> Result<Traces, Failure> {
    start(settings);
    Traces::start(name)
}

pub(crate) fn start(settings: &LogSettings) {
    // One warns of every cookie whose session has ended, which is what sessions do; the other of every stream that a
    // client resets, so that a client could fill the log.
    let quiet = match settings.log {
        LogLevel::Error | LogLevel::Warn | LogLevel::Info => ",tower_sessions_core=error,h2=error",
        LogLevel::Debug | LogLevel::Trace => "",
    };
    let filter = EnvFilter::new(format!("{}{quiet}", settings.log.name()));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        // A log that nobody reads any more must not stop the service.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .init(),
    }
}
