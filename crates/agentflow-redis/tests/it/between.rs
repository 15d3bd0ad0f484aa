//! Stands between a client and a server, and breaks the connection when it is asked to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) struct Between {
    pub(crate) url: String,
    faults: Arc<Faults>,
}

struct Faults {
    /// Answers until the one that is lost; 0 for none.
    swallow: AtomicU32,
    /// Bytes of requests until the connection is cut.
    cut: AtomicUsize,
    /// Whether connections that are made from now on are carried.
    gate: watch::Sender<bool>,
}

const NEVER: usize = usize::MAX;

impl Between {
    pub(crate) async fn start(server: &str) -> Self {
        let server = server.strip_prefix("redis://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let faults = Arc::new(Faults {
            swallow: AtomicU32::new(0),
            cut: AtomicUsize::new(NEVER),
            gate: watch::Sender::new(true),
        });
        let asked = Arc::clone(&faults);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&asked)));
            }
        });
        Self { url, faults }
    }

    /// The next answer is lost, and its connection with it.
    pub(crate) fn swallow_next(&self) {
        self.swallow(1);
    }

    /// The `nth` answer from now is.
    pub(crate) fn swallow(&self, nth: u32) {
        self.faults.swallow.store(nth, Ordering::SeqCst);
    }

    pub(crate) fn has_swallowed(&self) -> bool {
        self.faults.swallow.load(Ordering::SeqCst) == 0
    }

    /// After so many bytes the connection is cut.
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.faults.cut.store(bytes, Ordering::SeqCst);
    }

    /// Lets whoever connects wait until [`Between::let_go`].
    pub(crate) fn hold(&self) {
        self.faults.gate.send_replace(false);
    }

    pub(crate) fn let_go(&self) {
        self.faults.gate.send_replace(true);
    }

    /// Until the connection broke as it was asked to.
    pub(crate) async fn broken(&self) {
        while !self.has_swallowed() || self.faults.cut.load(Ordering::SeqCst) != NEVER {
            tokio::task::yield_now().await;
        }
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, faults: Arc<Faults>) {
    let mut gate = faults.gate.subscribe();
    if gate.wait_for(|is_open| *is_open).await.is_err() {
        return;
    }
    let (mut from_client, mut from_server) = ([0; 4096], [0; 4096]);
    loop {
        tokio::select! {
            count = client.read(&mut from_client) => match count {
                Ok(count @ 1..) => {
                    let passed = faults.passed(count);
                    server.write_all(&from_client[..passed]).await.unwrap();
                    if passed < count {
                        return;
                    }
                }
                _ => return,
            },
            count = server.read(&mut from_server) => match count {
                Ok(1..) if faults.swallows() => return,
                Ok(count @ 1..) => client.write_all(&from_server[..count]).await.unwrap(),
                _ => return,
            },
        }
    }
}

impl Faults {
    fn swallows(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        self.swallow
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            == Ok(1)
    }

    /// How many of so many bytes are passed on.
    fn passed(&self, count: usize) -> usize {
        let left = self.cut.load(Ordering::SeqCst);
        let rest = match left {
            NEVER => NEVER,
            left => left.checked_sub(count).unwrap_or(NEVER),
        };
        self.cut.store(rest, Ordering::SeqCst);
        count.min(left)
    }
}
