//! What every route answers, how fast, and what is under way. A route is counted by the pattern that it was found by,
//! such as `/admin/users/{id}`; what matches none is one route, `unmatched`.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::extract::MatchedPath;
use http::{Method, StatusCode};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::seconds;
use crate::method_name::method_name;

/// The route of whatever has none.
const UNMATCHED: &str = "unmatched";

/// See the module; clones share the counts.
#[derive(Clone, Debug)]
pub(crate) struct Requests(Arc<Shared>);

/// By pattern.
type Routes = HashMap<Arc<str>, Arc<Counts>>;

#[derive(Debug)]
struct Shared {
    answered: Family<Answered, Counter>,
    took: Family<Route, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    /// Of every route that was asked for: found without making labels anew.
    known: RwLock<HashMap<&'static str, Routes>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: Arc<str>,
    status: u16,
}

/// Of one method of one route.
#[derive(Debug)]
struct Counts {
    of: Route,
    took: Histogram,
    /// Few: a route has a handful of statuses.
    answered: RwLock<Vec<(u16, Counter)>>,
}

impl Default for Requests {
    fn default() -> Self {
        Self(Arc::new(Shared {
            answered: Family::default(),
            took: Family::new_with_constructor(seconds),
            in_flight: Gauge::default(),
            known: RwLock::default(),
        }))
    }
}

/// A request that is being answered. Dropped before it is answered, it is not counted: its sender hung up.
#[derive(Debug)]
pub(crate) struct UnderWay {
    in_flight: Requests,
    counts: Arc<Counts>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.in_flight.0.in_flight.dec();
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        let Shared {
            answered,
            took,
            in_flight,
            ..
        } = self.0.as_ref();
        registry.register("http_requests", "Requests answered", answered.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time until the head of the answer was ready",
            took.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests whose answer is not ready yet",
            in_flight.clone(),
        );
    }

    /// A request has come in for this route.
    pub(crate) fn begin(&self, method: &Method, route: Option<&MatchedPath>) -> UnderWay {
        let counts = self.counts(
            method_name(method).unwrap_or("other"),
            route.map_or(UNMATCHED, MatchedPath::as_str),
        );
        self.0.in_flight.inc();
        UnderWay {
            in_flight: self.clone(),
            counts,
        }
    }

    fn counts(&self, method: &'static str, route: &str) -> Arc<Counts> {
        {
            let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(counts) = known.get(method).and_then(|routes| routes.get(route)) {
                return Arc::clone(counts);
            }
        }
        let of = Route {
            method,
            route: route.into(),
        };
        let counts = Arc::new(Counts {
            took: self.0.took.get_or_create_owned(&of),
            answered: RwLock::default(),
            of,
        });
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        let routes = known.entry(method).or_default();
        Arc::clone(routes.entry(Arc::clone(&counts.of.route)).or_insert(counts))
    }
}

impl UnderWay {
    /// It was answered so, after so long.
    pub(crate) fn end(self, status: StatusCode, after: Duration) {
        self.counts.took.observe(after.as_secs_f64());
        self.answered(status.as_u16()).inc();
    }

    fn answered(&self, status: u16) -> Counter {
        let found = |counters: &Vec<(u16, Counter)>| {
            let found = counters.iter().find(|(of, _)| *of == status);
            found.map(|(_, counter)| counter.clone())
        };
        let counts = &self.counts;
        let known = counts
            .answered
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = found(&known) {
            return counter;
        }
        drop(known);
        let Route { method, route } = counts.of.clone();
        let labels = Answered {
            method,
            route,
            status,
        };
        let counter = self.in_flight.0.answered.get_or_create_owned(&labels);
        let mut known = counts
            .answered
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if found(&known).is_none() {
            known.push((status, counter.clone()));
        }
        counter
    }
}
