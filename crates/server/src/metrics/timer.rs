//! How long something else takes, a database or a service, and how often it fails, by kinds of operation.

use std::{collections::HashMap, sync::Arc, time::Duration};

use prometheus_client::{
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use tokio::time::Instant;

use super::{Operation, seconds};

/// Kinds of operations: a closed list.
pub type Operations = &'static [&'static str];

/// Times operations; clones share the counts.
#[derive(Clone, Debug)]
pub struct Timer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    took: Family<Operation, Histogram, fn() -> Histogram>,
    failed: Family<Operation, Counter>,
    known: HashMap<&'static str, (Histogram, Counter)>,
}

impl Timer {
    /// One for these kinds of operation.
    pub fn of(operations: Operations) -> Self {
        let took: Family<Operation, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(seconds);
        let failed: Family<Operation, Counter> = Family::default();
        let known = operations.iter().map(|&operation| {
            let labels = Operation { operation };
            let took = took.get_or_create_owned(&labels);
            (operation, (took, failed.get_or_create_owned(&labels)))
        });
        let known = known.collect();
        Self(Arc::new(Shared {
            took,
            failed,
            known,
        }))
    }

    /// Does this operation, and notes how long it took and whether it failed.
    ///
    /// # Errors
    /// Those of the operation.
    pub async fn time<T, E>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let start = Instant::now();
        let outcome = work.await;
        self.note(operation, start.elapsed(), outcome.is_err());
        outcome
    }

    /// Notes how long an operation took and whether it failed.
    pub fn note(&self, operation: &'static str, took: Duration, failed: bool) {
        if let Some((times, failures)) = self.0.known.get(operation) {
            times.observe(took.as_secs_f64());
            if failed {
                failures.inc();
            }
        }
    }

    /// Puts both under these names, with a text for each.
    pub fn register(
        &self,
        registry: &mut Registry,
        took: (&'static str, &'static str),
        failed: (&'static str, &'static str),
    ) {
        registry.register(took.0, took.1, self.0.took.clone());
        registry.register(failed.0, failed.1, self.0.failed.clone());
    }

    /// The same for a database, which both services have.
    pub fn register_store(&self, registry: &mut Registry) {
        self.register(
            registry,
            (
                "store_operation_duration_seconds",
                "Time that the database took for an operation",
            ),
            ("store_errors", "Operations that the database did not do"),
        );
    }
}
