//! Ctrl-C and SIGTERM: the first asks everything to drain, the second ends it.

use std::time::Duration;

use tegata_server::DRAIN;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::Instant,
};

/// The shell's code for a process that ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Resolves for all who wait once somebody has asked to stop.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown {
    asked: watch::Receiver<Option<Instant>>,
    ask: watch::Sender<Option<Instant>>,
}

impl Shutdown {
    /// Listens for both signals from now on.
    pub(crate) fn on_signals() -> std::io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        let (ask, asked) = watch::channel(None);
        tokio::spawn(watch_signals(ask.clone(), interrupt, terminate));
        Ok(Self { asked, ask })
    }

    /// Asks, as a signal would: one half of the pair cannot go on without the other.
    pub(crate) fn ask(&self) {
        ask(&self.ask);
    }

    /// How much of the time to stop is left: all of it, if nobody has asked.
    pub(crate) fn left(&self) -> Duration {
        let since = self.asked.borrow().map(|asked| asked.elapsed());
        DRAIN.saturating_sub(since.unwrap_or_default())
    }

    /// Does this, until somebody asks to stop; when it fails, asks.
    pub(crate) async fn unless_asked<E>(
        &self,
        work: impl Future<Output = Result<(), E>>,
    ) -> Result<(), E> {
        tokio::select! {
            done = work => {
                if done.is_err() {
                    self.ask();
                }
                done
            }
            () = self.clone().asked() => Ok(()),
        }
    }

    pub(crate) async fn asked(mut self) {
        // An error means that nobody can ask any more, which is as good as being asked.
        let _ = self.asked.wait_for(Option::is_some).await;
    }
}

/// The first to ask begins the time.
fn ask(asked: &watch::Sender<Option<Instant>>) {
    asked.send_if_modified(|asked| {
        let first = asked.is_none();
        asked.get_or_insert_with(Instant::now);
        first
    });
}

async fn watch_signals(
    asked: watch::Sender<Option<Instant>>,
    mut interrupt: Signal,
    mut terminate: Signal,
) {
    for last in [false, true] {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if last {
            std::process::exit(INTERRUPTED);
        }
        ask(&asked);
        tracing::info!("stopping: answers under way are finished first");
    }
}
