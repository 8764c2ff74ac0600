//! Ctrl-C and SIGTERM: the first asks everything to drain, the second ends it.

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

/// The shell's code for a process that ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Resolves for all who wait once somebody has asked to stop.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown {
    asked: watch::Receiver<bool>,
    ask: watch::Sender<bool>,
}

impl Shutdown {
    /// Listens for both signals from now on.
    pub(crate) fn on_signals() -> std::io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        let (ask, asked) = watch::channel(false);
        tokio::spawn(watch_signals(ask.clone(), interrupt, terminate));
        Ok(Self { asked, ask })
    }

    /// Asks, as a signal would: one half of the pair cannot go on without the other.
    pub(crate) fn ask(&self) {
        self.ask.send_replace(true);
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
        let _ = self.asked.wait_for(|asked| *asked).await;
    }
}

async fn watch_signals(ask: watch::Sender<bool>, mut interrupt: Signal, mut terminate: Signal) {
    for last in [false, true] {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if last {
            std::process::exit(INTERRUPTED);
        }
        ask.send_replace(true);
        tracing::info!("stopping: answers under way are finished first");
    }
}
