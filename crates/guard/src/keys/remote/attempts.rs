//! Attempts to fetch, counted: how many were wanted and how many have ended. Whoever wants newer keys while one is
//! under way waits for that one.

use tokio::sync::watch;

#[derive(Debug)]
pub(super) struct Attempts {
    wanted: watch::Sender<u64>,
    ended: watch::Sender<u64>,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self {
            wanted: watch::Sender::new(0),
            ended: watch::Sender::new(0),
        }
    }

    /// Asks for an attempt, unless one is under way, and gives what ends with it.
    pub(super) fn want(&self) -> impl Future<Output = ()> + use<> {
        let mut ended = self.ended.subscribe();
        let next = *ended.borrow_and_update() + 1;
        self.wanted.send_if_modified(|wanted| {
            let more = *wanted < next;
            *wanted = next.max(*wanted);
            more
        });
        async move {
            // An error would mean that nobody counts any more.
            let _ = ended.wait_for(|&ended| ended >= next).await;
        }
    }

    /// Whether one was asked for or has begun, and has not ended.
    pub(super) fn is_under_way(&self) -> bool {
        *self.wanted.borrow() > *self.ended.borrow()
    }

    /// Ends when somebody asks for an attempt.
    pub(super) async fn wanted(&self) {
        let ended = *self.ended.borrow();
        let mut wanted = self.wanted.subscribe();
        let _ = wanted.wait_for(|&wanted| wanted > ended).await;
    }

    pub(super) fn begin(&self) {
        // Also of one that nobody asked for: from now on it can be joined.
        drop(self.want());
    }

    pub(super) fn end(&self) {
        self.ended.send_modify(|ended| *ended += 1);
    }
}
