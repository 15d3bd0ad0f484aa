//! The service that effects call: it honours idempotency keys, and remembers every
//! request.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::judge::Call;

/// Largest head of a request that is read.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// A service of one trial, which ends when it is dropped.
pub(super) struct Service {
    address: SocketAddr,
    books: Arc<Mutex<Books>>,
    serving: JoinHandle<()>,
}

/// What it was asked for and what it has done.
#[derive(Debug, Default)]
struct Books {
    calls: Vec<Call>,
    /// By key.
    receipts: BTreeMap<String, String>,
}

impl Service {
    pub(super) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let books = Arc::new(Mutex::default());
        let serving = tokio::spawn(serve(listener, Arc::clone(&books)));
        Ok(Self {
            address,
            books,
            serving,
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request so far, in order.
    pub(super) fn calls(&self) -> Vec<Call> {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.calls.clone()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, books: Arc<Mutex<Books>>) {
    while let Ok((connection, _)) = listener.accept().await {
        let books = Arc::clone(&books);
        // A child that was killed hangs up in the middle: that is its end of the story.
        tokio::spawn(async move {
            let _hung_up = answer(connection, &books).await;
        });
    }
}

async fn answer(mut connection: TcpStream, books: &Mutex<Books>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if connection.read_buf(&mut head).await? == 0 || head.len() > HEAD_BYTES_MAX {
            return Ok(());
        }
    }
    let receipt = match asked_for(&head) {
        Some((effect, key)) => act(books, effect, key),
        None => {
            let refusal = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
            return connection.write_all(refusal).await;
        }
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        receipt.len()
    );
    connection.write_all(head.as_bytes()).await?;
    connection.write_all(receipt.as_bytes()).await?;
    connection.shutdown().await
}

/// The effect that the path names, and the key.
fn asked_for(head: &[u8]) -> Option<(String, String)> {
    let head = str::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n");
    let path = lines.next()?.strip_prefix("POST /")?;
    let (effect, _) = path.split_once(' ')?;
    let mut headers = lines.filter_map(|line| line.split_once(": "));
    let (_, key) = headers.find(|(name, _)| name.eq_ignore_ascii_case("idempotency-key"))?;
    Some((effect.to_owned(), key.to_owned()))
}

/// Acts, unless it has under this key; returns the receipt, the same for the same key.
fn act(books: &Mutex<Books>, effect: String, key: String) -> String {
    let mut books = books.lock().unwrap_or_else(PoisonError::into_inner);
    let Books { calls, receipts } = &mut *books;
    let is_applied = !receipts.contains_key(&key);
    let receipt = receipts.entry(key.clone());
    let receipt = receipt.or_insert_with(|| format!("receipt for {effect}"));
    calls.push(Call {
        key,
        effect,
        is_applied,
    });
    receipt.clone()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    async fn post(service: &Service, effect: &str, key: &str) -> String {
        let mut connection = TcpStream::connect(service.address()).await.unwrap();
        let head = format!("POST /{effect} HTTP/1.1\r\nIdempotency-Key: {key}\r\n\r\n");
        // Byte by byte, as a slow connection would bring it.
        for byte in head.bytes() {
            connection.write_all(&[byte]).await.unwrap();
        }
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_known_key_is_answered_and_not_acted_on() {
        let service = Service::open().await.unwrap();
        let first = post(&service, "1/pay/0/service", "k").await;
        assert!(
            first.starts_with("HTTP/1.1 200 ") && first.ends_with("receipt for 1/pay/0/service")
        );
        assert_eq!(post(&service, "1/pay/0/service", "k").await, first);
        let _other = post(&service, "1/pay/0/service", "other").await;
        assert!(
            post(&service, "no key here", "")
                .await
                .starts_with("HTTP/1.1 ")
        );
        let applied: Vec<_> = service.calls().iter().map(|call| call.is_applied).collect();
        assert_eq!(applied[..3], [true, false, true]);
    }

    #[tokio::test]
    async fn a_request_that_breaks_off_is_none() {
        let service = Service::open().await.unwrap();
        let mut connection = TcpStream::connect(service.address()).await.unwrap();
        connection
            .write_all(b"POST /a HTTP/1.1\r\nIdempotency-Key: k\r\n")
            .await
            .unwrap();
        connection.shutdown().await.unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await.unwrap();
        assert_eq!((answer, service.calls()), (Vec::new(), Vec::new()));
    }
}
