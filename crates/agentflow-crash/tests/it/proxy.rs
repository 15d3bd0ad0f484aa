//! What goes through the proxy, against a server that says everything back.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use agentflow_crash::proxy::{Loss, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A server that says back what it is told, on every connection.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = connection.into_split();
                let _cut = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    address
}

async fn said_back(connection: &mut TcpStream, text: &[u8]) -> io::Result<Vec<u8>> {
    connection.write_all(text).await?;
    let mut back = vec![0; text.len()];
    connection.read_exact(&mut back).await?;
    Ok(back)
}

#[tokio::test]
async fn everything_goes_through_both_ways_until_an_end_closes() {
    let proxy = Proxy::open(echo().await).await.unwrap();
    let connection = TcpStream::connect(proxy.address()).await.unwrap();
    let text: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let (mut from, mut to) = connection.into_split();
    let sent = text.clone();
    let sending = tokio::spawn(async move {
        to.write_all(&sent).await.unwrap();
        // Its end is passed on, and comes back as the server's.
        to.shutdown().await.unwrap();
    });
    let mut back = Vec::new();
    from.read_to_end(&mut back).await.unwrap();
    sending.await.unwrap();
    assert!(back == text, "{} of {} bytes", back.len(), text.len());
}

#[tokio::test]
async fn a_cut_ends_connections_in_the_middle_and_new_ones_go_through() {
    let proxy = Proxy::open(echo().await).await.unwrap();
    let mut one = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said_back(&mut one, b"before").await.unwrap(), b"before");
    proxy.cut();
    assert!(said_back(&mut one, b"after").await.is_err());
    let mut other = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said_back(&mut other, b"anew").await.unwrap(), b"anew");
}

/// A server that notes what it hears, and answers each piece with another one.
async fn listener() -> (SocketAddr, mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (heard, hears) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut all = Vec::new();
            let mut piece = [0; 64];
            while let Ok(read @ 1..) = connection.read(&mut piece).await {
                all.extend_from_slice(&piece[..read]);
                let _cut = connection.write_all(b"answer").await;
            }
            heard.send(all).unwrap();
        }
    });
    (address, hears)
}

#[tokio::test]
async fn a_loss_takes_one_piece_where_it_was_told_and_its_connection_with_it() {
    for (loss, arrives) in [
        (Loss::Unsent, &b""[..]),
        (Loss::Torn, b"ques"),
        (Loss::Unanswered, b"question"),
        (Loss::Unheard, b"question"),
    ] {
        let (server, mut hears) = listener().await;
        let proxy = Proxy::open(server).await.unwrap();
        let mut one = TcpStream::connect(proxy.address()).await.unwrap();
        proxy.lose_next(loss);
        one.write_all(b"question").await.unwrap();
        let mut answer = Vec::new();
        let _reset = one.read_to_end(&mut answer).await;
        assert_eq!(answer, b"", "{loss:?}");
        assert_eq!(hears.recv().await.unwrap(), arrives, "{loss:?}");
        assert_eq!(proxy.cuts(), 1, "{loss:?}");
        // One piece, and no more.
        let mut other = TcpStream::connect(proxy.address()).await.unwrap();
        other.write_all(b"again").await.unwrap();
        let mut answer = [0; 6];
        other.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"answer", "{loss:?}");
    }
}

#[tokio::test]
async fn taken_down_it_lets_nobody_through_until_it_is_restored() {
    let proxy = Proxy::open(echo().await).await.unwrap();
    let mut one = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said_back(&mut one, b"before").await.unwrap(), b"before");
    proxy.take_down();
    assert!(said_back(&mut one, b"after").await.is_err());
    let mut other = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(said_back(&mut other, b"meanwhile").await.is_err());
    proxy.restore();
    let mut third = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said_back(&mut third, b"again").await.unwrap(), b"again");
}

/// Time here passes only when nothing else can happen, so that a wait is seen exactly.
#[tokio::test(start_paused = true)]
async fn a_delay_holds_back_each_piece_both_ways() {
    let proxy = Proxy::open(echo().await).await.unwrap();
    let mut one = TcpStream::connect(proxy.address()).await.unwrap();
    let delay = Duration::from_secs(3_600);
    proxy.delay(delay);
    let began = tokio::time::Instant::now();
    assert_eq!(said_back(&mut one, b"slowly").await.unwrap(), b"slowly");
    assert!(began.elapsed() >= delay * 2, "{:?}", began.elapsed());
    proxy.restore();
    let began = tokio::time::Instant::now();
    assert_eq!(said_back(&mut one, b"fast").await.unwrap(), b"fast");
    assert!(began.elapsed() < delay, "{:?}", began.elapsed());
}

#[tokio::test]
async fn dropped_it_cuts_what_goes_through_it_and_listens_no_more() {
    let proxy = Proxy::open(echo().await).await.unwrap();
    let mut one = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(said_back(&mut one, b"before").await.unwrap(), b"before");
    let address = proxy.address();
    drop(proxy);
    assert!(said_back(&mut one, b"after").await.is_err());
    assert!(TcpStream::connect(address).await.is_err());
}
