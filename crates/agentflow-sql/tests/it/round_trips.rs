//! A proxy that counts round trips: how often something is sent to the server after it
//! had answered. It can break connections after so many.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Proxy {
    /// The address of the database through the proxy.
    pub(crate) address: String,
    seen: Arc<Seen>,
}

/// What the proxy has seen, over all connections.
#[derive(Default)]
struct Seen {
    round_trips: AtomicU32,
    bytes_answered: AtomicU64,
    /// The round trip that breaks the connection instead; none if it is 0.
    broken: AtomicU32,
}

impl Proxy {
    pub(crate) fn round_trips(&self) -> u32 {
        self.seen.round_trips.load(Ordering::SeqCst)
    }

    /// How much the server has sent.
    pub(crate) fn bytes_answered(&self) -> u64 {
        self.seen.bytes_answered.load(Ordering::SeqCst)
    }

    /// Breaks the connection that begins one more round trip after so many from now on.
    pub(crate) fn break_after(&self, round_trips: u32) {
        let broken = self.round_trips() + round_trips + 1;
        self.seen.broken.store(broken, Ordering::SeqCst);
    }

    /// Breaks none any more.
    pub(crate) fn mend(&self) {
        self.seen.broken.store(0, Ordering::SeqCst);
    }
}

pub(crate) async fn counting(address: &str) -> Proxy {
    let (user, rest) = address.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    tokio::spawn(serve(listener, server.to_owned(), Arc::clone(&seen)));
    Proxy {
        address: format!("{user}@{here}/{database}"),
        seen,
    }
}

async fn serve(listener: TcpListener, server: String, seen: Arc<Seen>) {
    while let Ok((client, _)) = listener.accept().await {
        let server = TcpStream::connect(&server).await.unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let asked = Arc::new(AtomicU32::new(0));
        let (asking, answered) = (Arc::clone(&asked), Arc::clone(&seen));
        let seen = Arc::clone(&seen);
        let answers = tokio::spawn(pass(from_server, to_client, move |bytes| {
            asked.store(0, Ordering::SeqCst);
            let bytes = u64::try_from(bytes).unwrap();
            answered.bytes_answered.fetch_add(bytes, Ordering::SeqCst);
            true
        }));
        tokio::spawn(async move {
            pass(from_client, to_server, |_| {
                // Several packets of one request are one round trip.
                if asking.swap(1, Ordering::SeqCst) == 1 {
                    return true;
                }
                let round_trip = seen.round_trips.fetch_add(1, Ordering::SeqCst) + 1;
                round_trip != seen.broken.load(Ordering::SeqCst)
            })
            .await;
            // Both ways end: the client is told nothing more.
            answers.abort();
        });
    }
}

/// Ends with the sender, or before what `seen` does not let pass.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    seen: impl Fn(usize) -> bool + Send,
) {
    let mut bytes = vec![0; 65_536];
    while let Ok(count) = from.read(&mut bytes).await
        && count > 0
        && seen(count)
    {
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
