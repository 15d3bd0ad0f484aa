//! A proxy that counts round trips: how often something is sent to the server after it
//! had answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Proxy {
    /// The address of the database through the proxy.
    pub(crate) address: String,
    count: Arc<AtomicU32>,
}

impl Proxy {
    pub(crate) fn round_trips(&self) -> u32 {
        self.count.load(Ordering::SeqCst)
    }
}

pub(crate) async fn counting(address: &str) -> Proxy {
    let (user, rest) = address.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    let count = Arc::new(AtomicU32::new(0));
    tokio::spawn(serve(listener, server.to_owned(), Arc::clone(&count)));
    Proxy {
        address: format!("{user}@{here}/{database}"),
        count,
    }
}

async fn serve(listener: TcpListener, server: String, count: Arc<AtomicU32>) {
    while let Ok((client, _)) = listener.accept().await {
        let server = TcpStream::connect(&server).await.unwrap();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let asked = Arc::new(AtomicU32::new(0));
        let (count, asking) = (Arc::clone(&count), Arc::clone(&asked));
        tokio::spawn(pass(from_client, to_server, move || {
            // Several packets of one request are one round trip.
            if asking.swap(1, Ordering::SeqCst) == 0 {
                count.fetch_add(1, Ordering::SeqCst);
            }
        }));
        tokio::spawn(pass(from_server, to_client, move || {
            asked.store(0, Ordering::SeqCst);
        }));
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, seen: impl Fn() + Send) {
    let mut bytes = vec![0; 65_536];
    while let Ok(count) = from.read(&mut bytes).await
        && count > 0
    {
        seen();
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
