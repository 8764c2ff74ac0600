//! Whoever has said their last word: they wait for their answer, or have gone.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, advance},
};

use super::{BIG, guest};
use crate::connection::times::GONE_AFTER;

#[tokio::test(start_paused = true)]
async fn nothing_is_made_for_long_for_who_may_have_gone() {
    let mut guest = guest(64 * 1024);
    guest.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    guest.io.shutdown().await.unwrap();
    let mut said = Vec::new();
    guest.io.read_to_end(&mut said).await.unwrap();
    assert!(said.is_empty());
    guest.ended.await.unwrap();
    assert_eq!(guest.began.elapsed().as_secs(), GONE_AFTER.as_secs());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_made_may_be_read_for_longer() {
    let mut guest = guest(1024);
    guest.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await;
    guest.io.shutdown().await.unwrap();
    let (mut said, mut last) = (0, guest.began);
    loop {
        let mut some = [0; 64 * 1024];
        match guest.io.read(&mut some).await.unwrap() {
            0 => break,
            length => said += length,
        }
        last = Instant::now();
        advance(GONE_AFTER / 200).await;
    }
    assert!(said > BIG, "{said} bytes");
    assert!(guest.began.elapsed() > 2 * GONE_AFTER);
    guest.ended.await.unwrap();
    assert!(last.elapsed() < GONE_AFTER / 10, "then the end at once");
}
