//! How long a database takes, and how often it does not answer, by kinds of operation.

use std::{collections::HashMap, sync::Arc};

use prometheus_client::{
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use tokio::time::Instant;

use super::{Operation, seconds};

/// The kinds of operations that a service asks of its database: a closed list.
pub type Operations = &'static [&'static str];

/// Times a database; clones share the counts.
#[derive(Clone, Debug)]
pub struct StoreTimer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    took: Family<Operation, Histogram, fn() -> Histogram>,
    failed: Family<Operation, Counter>,
    known: HashMap<&'static str, (Histogram, Counter)>,
}

impl StoreTimer {
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
        if let Some((took, failed)) = self.0.known.get(operation) {
            took.observe(start.elapsed().as_secs_f64());
            if outcome.is_err() {
                failed.inc();
            }
        }
        outcome
    }

    /// Puts both under their names.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "store_operation_duration_seconds",
            "Time that the database took for an operation",
            self.0.took.clone(),
        );
        registry.register(
            "store_errors",
            "Operations that the database did not do",
            self.0.failed.clone(),
        );
    }
}
