//! A socket that is watched: what is read is framed first, and nobody holds it for nothing.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{linger::Linger, requests::Requests, times::Times};
use crate::framing::{Fault, Framing, REFUSED};

const READ_SIZE: usize = 8 * 1024;

#[derive(Debug)]
pub(crate) struct Stream<IO> {
    io: IO,
    /// None: HTTP/2 frames its requests itself.
    framing: Option<Framing>,
    fault: Option<Fault>,
    /// What has passed and was not read yet; no memory while there is nothing.
    passed: Vec<u8>,
    read: usize,
    times: Times,
    requests: Requests,
    linger: Option<Linger>,
    /// Set when all is said on this side and nothing has happened for a while.
    quiet: Arc<AtomicBool>,
}

impl<IO> Stream<IO> {
    /// For HTTP/1.
    pub(crate) fn framed(io: IO) -> Self {
        Self::new(io, Some(Framing::default()))
    }

    /// For HTTP/2.
    pub(crate) fn bare(io: IO) -> Self {
        Self::new(io, None)
    }

    fn new(io: IO, framing: Option<Framing>) -> Self {
        Self {
            io,
            framing,
            fault: None,
            passed: Vec::new(),
            read: 0,
            times: Times::begin(),
            requests: Requests::default(),
            linger: None,
            quiet: Arc::default(),
        }
    }

    pub(super) fn quiet(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.quiet)
    }

    /// Those that were read here, once somebody counts them.
    pub(super) fn requests(&self) -> Requests {
        self.requests.clone()
    }

    /// Ready when this connection has had its time.
    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let framing = self.framing.as_ref();
        let at_rest = self.fault.is_none()
            && self.passed.is_empty()
            && framing.is_some_and(Framing::between_requests);
        let over = self.times.poll_over(cx, at_rest);
        if at_rest && self.times.are_quiet() {
            self.quiet.store(true, Relaxed);
        }
        over
    }

    /// Ready when there is nobody to answer any more. A client that has closed its half waits for what it asked as a
    /// whole; or it has gone, which looks the same, and then nothing should go on being made for it.
    fn poll_parted(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // A head that has only begun is nothing that anybody asked, and takes nothing from what came before it.
        if self.framing.as_ref().is_none_or(Framing::in_body) {
            return Poll::Ready(());
        }
        match self.requests.poll_none(cx) {
            Poll::Pending if !self.requests.are_made() => self.times.poll_gone(cx),
            // Writing has its own end.
            written => written,
        }
    }

    fn take(&mut self, input: &[u8]) {
        let Some(framing) = &mut self.framing else {
            return;
        };
        if let Err(fault) = framing.pass(input, &mut self.passed) {
            if let Fault::Head(status) = fault {
                let status = status.as_u16();
                // In the refused one's place: its answer comes in its turn, with all that answers carry.
                let stand_in = format!(
                    "{REFUSED} /{status} HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n"
                );
                self.passed.extend_from_slice(stand_in.as_bytes());
            }
            self.fault = Some(fault);
        }
        self.times.in_head(framing.in_head());
    }

    fn hand_over(&mut self, buffer: &mut ReadBuf<'_>) {
        let rest = &self.passed[self.read..];
        let here = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..here]);
        self.read += here;
        if self.read == self.passed.len() {
            (self.passed, self.read) = (Vec::new(), 0);
        }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Stream<IO> {
    /// The end, for whoever reads, is also where the time is over or nothing more may pass.
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.framing.is_none() {
            let before = buffer.filled().len();
            let read = Pin::new(&mut this.io).poll_read(cx, buffer);
            if read.is_ready() && buffer.filled().len() > before {
                this.times.byte();
            }
            return match read {
                Poll::Pending => this.poll_over(cx).map(Ok),
                ready => ready,
            };
        }
        if ready!(this.poll_fill(cx))? {
            this.hand_over(buffer);
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncRead + Unpin> Stream<IO> {
    /// Ready when there is something that may be read; false at the end, and when the time is over.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            if self.read < self.passed.len() {
                return Poll::Ready(Ok(true));
            }
            match self.fault {
                // Not the end: that would look as if the client had gone, and the answer would not be sent.
                Some(Fault::Head(_)) => return self.poll_over(cx).map(|()| Ok(false)),
                Some(Fault::Body) => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
                None if self.times.has_parted() => return self.poll_parted(cx).map(|()| Ok(false)),
                None => {}
            }
            let mut space = [MaybeUninit::uninit(); READ_SIZE];
            let mut input = ReadBuf::uninit(&mut space);
            match Pin::new(&mut self.io).poll_read(cx, &mut input)? {
                Poll::Ready(()) if input.filled().is_empty() => self.times.parted(),
                Poll::Ready(()) => {
                    self.times.byte();
                    self.take(input.filled());
                }
                Poll::Pending => return self.poll_over(cx).map(|()| Ok(false)),
            }
        }
    }
}

impl<IO: AsyncWrite + AsyncRead + Unpin> Stream<IO> {
    fn written(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.times.wrote(bytes);
                Poll::Ready(Ok(bytes))
            }
            Poll::Pending => {
                self.times.write_waits();
                self.poll_over(cx).map(|()| Err(too_slow()))
            }
            failed => failed,
        }
    }
}

fn too_slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the answer is not read")
}

impl<IO: AsyncWrite + AsyncRead + Unpin> AsyncWrite for Stream<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match Pin::new(&mut this.io).poll_flush(cx) {
            Poll::Ready(flushed) => {
                this.times.flushed();
                Poll::Ready(flushed)
            }
            Poll::Pending => {
                this.times.write_waits();
                this.poll_over(cx).map(|()| Err(too_slow()))
            }
        }
    }

    /// Says that this was all, and lets what is still on its way arrive: a socket that is closed over unread bytes
    /// takes the answer back from whoever has not read it yet.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let linger = match &mut this.linger {
            Some(linger) => linger,
            None => {
                ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
                let framing = this.framing.as_ref();
                let at_rest = this.fault.is_none() && framing.is_none_or(Framing::between_requests);
                if at_rest {
                    return Poll::Ready(Ok(()));
                }
                this.linger.get_or_insert_with(Linger::begin)
            }
        };
        linger.poll(&mut this.io, cx).map(Ok)
    }
}
