//! A line to a server that can be slow, or hold back what is sent.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use crate::pause;

/// What an update of a login session begins with: an element of BSON, a text with its name and its length.
const UPDATE: &[u8] = b"\x02update\0\x0f\0\0\0login_sessions\0";
/// Between two looks whether what is held back may go on.
const BLINK: Duration = Duration::from_millis(5);

/// A line from a port of its own to a server of this machine. Connections end when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    line: Arc<Line>,
}

#[derive(Debug, Default)]
struct Line {
    /// Of every answer, in milliseconds.
    delay: AtomicU64,
    /// Whether updates of login sessions are kept until they are let go.
    holds: AtomicBool,
    held: AtomicUsize,
    over: AtomicBool,
}

impl Proxy {
    /// A line to `host:port`, as quick as it can be.
    ///
    /// # Panics
    /// When the text is no address.
    pub fn to(server: &str) -> Self {
        let server: SocketAddr = server.parse().expect("an address of this machine");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let line = Arc::new(Line::default());
        let of = Arc::clone(&line);
        thread::spawn(move || {
            for client in listener.incoming() {
                if of.over.load(SeqCst) {
                    break;
                }
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(server)) else {
                    continue;
                };
                of.join(client, server);
            }
        });
        Self { address, line }
    }

    /// Where it is, `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on every answer takes so much longer.
    pub fn slow_down(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.line.delay.store(delay, SeqCst);
    }

    /// From now on the server hears of no update of a login session until [`Proxy::let_go`]; whoever asks for one is not
    /// told.
    pub fn hold_updates(&self) {
        self.line.holds.store(true, SeqCst);
    }

    /// How many are held back.
    pub fn held(&self) -> usize {
        self.line.held.load(SeqCst)
    }

    /// What was held back goes on, even if nobody waits for it any more.
    pub fn let_go(&self) {
        self.line.holds.store(false, SeqCst);
    }
}

impl Line {
    fn join(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        let (Ok(from_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else {
            return;
        };
        let there = Arc::clone(self);
        thread::spawn(move || there.requests(from_client, to_server));
        let back = Arc::clone(self);
        thread::spawn(move || back.answers(server, client));
    }

    fn requests(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = &buffer[..count];
            let updates = bytes.windows(UPDATE.len()).any(|one| one == UPDATE);
            if updates && self.holds.load(SeqCst) {
                self.held.fetch_add(1, SeqCst);
                while self.holds.load(SeqCst) && !self.over.load(SeqCst) {
                    pause(BLINK);
                }
            }
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        // The server still does what it has been sent.
        let _ = to.shutdown(Shutdown::Write);
    }

    fn answers(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            pause(Duration::from_millis(self.delay.load(SeqCst)));
            if self.over.load(SeqCst) || to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.line.over.store(true, SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}
