//! Work that goes on when the request it came from is over: refreshes, and what a sign-out has to tell the
//! issuer. Stopping waits for it, as long as for answers under way.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use tegata_server::{DRAIN, RequestId, traces::carried_along};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// The tasks of one frontend; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Background {
    tasks: TaskTracker,
    stopping: CancellationToken,
    deadline: Arc<OnceLock<Instant>>,
}

impl Background {
    /// Does this whatever becomes of the request that asks for it, and in its name.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let work = RequestId::while_it_does(RequestId::current(), work);
        self.tasks.spawn(carried_along(work.in_current_span()));
    }

    /// How many are under way.
    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Waits so long before another attempt. True when it is the last one, because the service stops.
    pub(crate) async fn pause(&self, so_long: Duration) -> bool {
        timeout(so_long, self.stopping.cancelled()).await.is_ok()
    }

    /// Nothing waits any longer for a better time.
    pub(crate) fn stop(&self) {
        self.deadline.get_or_init(|| Instant::now() + DRAIN);
        self.stopping.cancel();
        self.tasks.close();
    }

    /// Waits for what is under way, at most until ten seconds after the stop.
    pub(crate) async fn finish(&self) {
        self.stop();
        let deadline = *self.deadline.get_or_init(Instant::now);
        if timeout_at(deadline, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                tasks = self.tasks.len(),
                "stopped before the issuer had answered everything"
            );
        }
    }
}
