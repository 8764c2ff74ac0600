//! Keeps the keys of a running issuer up to date: the clock and the files of secrets once a second, the store
//! every other. A store that is away changes nothing but the log.

use std::{convert::Infallible, time::Duration};

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::app::App;

const TICK: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_secs(2);

/// For as long as it is polled.
pub(crate) async fn follow(app: &App) -> Infallible {
    let clock = async {
        let mut tick = steady(TICK);
        loop {
            tick.tick().await;
            app.tick_keys();
        }
    };
    let store = async {
        let mut look = steady(LOOK);
        let mut failing = false;
        loop {
            look.tick().await;
            match app.look_at_keys().await {
                Ok(()) if failing => {
                    failing = false;
                    tracing::info!("the keys in the store can be followed again");
                }
                Err(cause) if !failing => {
                    failing = true;
                    tracing::warn!(%cause, "the keys in the store cannot be followed; going on with those of before");
                }
                _ => {}
            }
        }
    };
    tokio::select! {
        never = clock => never,
        never = store => never,
    }
}

fn steady(period: Duration) -> Interval {
    let mut beat = interval_at(Instant::now() + period, period);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat
}
