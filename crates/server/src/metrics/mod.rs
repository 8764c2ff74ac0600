//! What a service counts, for Prometheus: one registry for each service, because two may run in one process.
//!
//! Here: the registry and its text. `requests` counts what every route answers, `process` reads what the system says
//! of this process, `timer` times a database or another service, `scrape` is the route. What else there is to count is the services' own
//! and registered by them. No label is ever what somebody sent: labels are words of this code.

mod process;
mod requests;
mod scrape;
mod timer;

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

pub(crate) use requests::Requests;
pub use scrape::Scrapers;
pub use timer::{Operations, Timer};

/// What the names of our own metrics begin with.
const PREFIX: &str = "tegata";
/// From a hit in a cache to the longest wait that any answer may take, in seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0,
];

/// All that one service counts; clones share it.
#[derive(Clone)]
pub struct Metrics(Arc<Counted>);

struct Counted {
    registry: Registry,
    requests: Requests,
    connections: Gauge,
}

impl Metrics {
    /// The metrics of a service of this name. `register` adds its own: names begin with `tegata_`, and every line gets
    /// the label `service`.
    pub fn new(service: &'static str, register: impl FnOnce(&mut Registry)) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(process::Process));
        let (requests, connections) = (Requests::default(), Gauge::default());
        let named = registry
            .sub_registry_with_prefix(PREFIX)
            .sub_registry_with_label(("service".into(), service.into()));
        let build: Family<Build, Gauge> = Family::default();
        let version = env!("CARGO_PKG_VERSION");
        build.get_or_create(&Build { version }).set(1);
        named.register("build_info", "The version that runs; always 1", build);
        requests.register(named);
        named.register(
            "connections_open",
            "Connections that are open",
            connections.clone(),
        );
        register(named);
        Self(Arc::new(Counted {
            registry,
            requests,
            connections,
        }))
    }

    /// A connection is open, until this is dropped.
    pub(crate) fn connection(&self) -> OpenConnection {
        self.0.connections.inc();
        OpenConnection(self.0.connections.clone())
    }

    pub(crate) fn requests(&self) -> &Requests {
        &self.0.requests
    }

    /// All of it in the text format of OpenMetrics 1.0.
    fn open_metrics(&self) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(16 * 1024);
        text::encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}

/// See [`Metrics::connection`].
#[derive(Debug)]
pub(crate) struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Debug for Metrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(…)")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

/// A histogram of seconds, from half a millisecond to fifteen seconds.
pub fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

/// Counters that differ in one word, which is always one of ours: a closed list, at zero from the start, so that the
/// first event shows as an increase.
#[derive(Clone, Debug)]
pub struct Words<L: EncodeLabelSet + Clone + Eq + std::hash::Hash>(Family<L, Counter>);

impl<L> Words<L>
where
    L: EncodeLabelSet + Clone + Eq + std::hash::Hash + Send + Sync + Debug + 'static,
{
    /// One at zero for each of `all`.
    pub fn of(all: impl IntoIterator<Item = L>) -> Self {
        let family = Family::default();
        for labels in all {
            drop(family.get_or_create(&labels));
        }
        Self(family)
    }

    /// Counts one of this word.
    pub fn count(&self, word: &L) {
        self.add(word, 1);
    }

    /// Counts several of this word.
    pub fn add(&self, word: &L, count: u64) {
        self.0.get_or_create(word).inc_by(count);
    }

    /// Puts it under this name.
    pub fn register(&self, registry: &mut Registry, name: &'static str, help: &'static str) {
        registry.register(name, help, self.0.clone());
    }
}

macro_rules! label {
    ($(#[$doc:meta])* $name:ident, $label:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
        pub struct $name {
            /// The label's value.
            pub $label: &'static str,
        }

        impl From<&'static str> for $name {
            fn from($label: &'static str) -> Self {
                Self { $label }
            }
        }
    };
}

label!(
    /// The label `outcome`.
    Outcome, outcome
);
label!(
    /// The label `reason`.
    Reason, reason
);
label!(
    /// The label `cause`.
    Cause, cause
);
label!(
    /// The label `event`.
    Event, event
);
label!(
    /// The label `kind`.
    Kind, kind
);
label!(
    /// The label `operation`.
    Operation, operation
);
