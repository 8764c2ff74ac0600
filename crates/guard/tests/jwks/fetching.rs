//! Fetched once, for everybody, and again when there is a reason.

use futures_util::future::join_all;

use crate::service::{Trio, stranger};

#[tokio::test]
async fn a_key_set_is_fetched_once_for_all_requests() {
    let trio = Trio::start();
    let mint = trio.server.mint();
    let tokens = (0..50).map(|_| trio.says(&mint));
    assert_eq!(join_all(tokens).await, ["good"; 50]);
    assert_eq!(trio.says(&stranger(&trio.clock)).await, "key_unknown");
    assert_eq!(trio.server.requests(), 2);
    assert!(trio.keys.status().unwrap().reachable);
}
