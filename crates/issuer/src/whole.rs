//! Acts of several steps, done as a whole: a server drops the handler of whoever hangs up, or waits too long, in
//! its midst, and a password would be changed whose old sessions go on.

use tracing::Instrument;

/// Does it to its end, whether or not somebody waits for it.
pub(crate) async fn whole<T: Send + 'static>(act: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(act.in_current_span()).await {
        Ok(done) => done,
        Err(cause) => match cause.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is being shut down, and whoever waits with it.
            Err(_) => std::future::pending().await,
        },
    }
}
