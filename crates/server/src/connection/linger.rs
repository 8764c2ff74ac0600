//! The last moment of a connection whose client still sends: read on, keep nothing, not for long.

use std::{
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    time::{Sleep, sleep},
};

const AT_MOST: Duration = Duration::from_secs(2);
const BYTES: usize = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Linger {
    timer: Pin<Box<Sleep>>,
    left: usize,
}

impl Linger {
    #[expect(
        clippy::disallowed_methods,
        reason = "there is nothing to wait for but a client that may never stop"
    )]
    pub(super) fn begin() -> Self {
        Self {
            timer: Box::pin(sleep(AT_MOST)),
            left: BYTES,
        }
    }

    /// Ready when the client has stopped, or has had its time.
    pub(super) fn poll<IO: AsyncRead + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        loop {
            let mut space = [MaybeUninit::uninit(); 8 * 1024];
            let mut input = ReadBuf::uninit(&mut space);
            match Pin::new(&mut *io).poll_read(cx, &mut input) {
                Poll::Ready(Ok(())) if !input.filled().is_empty() => {
                    self.left = self.left.saturating_sub(input.filled().len());
                    if self.left == 0 {
                        return Poll::Ready(());
                    }
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.timer.as_mut().poll(cx),
            }
        }
    }
}
