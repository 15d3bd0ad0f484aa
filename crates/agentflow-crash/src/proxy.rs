//! A TCP proxy in this process that cuts and delays what goes through it: the network
//! between a child and a database server.
//!
//! It knows no protocol. A cut closes both ends in the middle of whatever they were
//! saying, as a network does that fails: what was sent may have arrived, and nobody
//! says so.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What is carried on at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// How the network is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weather {
    /// How long each piece is held back.
    delay: Duration,
    /// How often connections were cut.
    cuts: u64,
    /// New connections are closed at once.
    is_down: bool,
}

/// A proxy in front of one server. It ends, and cuts what goes through it, when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port of this machine and carries on to `server`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use agentflow_crash::proxy::Proxy;
    ///
    /// let server = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    /// let proxy = Proxy::open(server.local_addr()?).await?;
    /// let _client = tokio::net::TcpStream::connect(proxy.address()).await?;
    /// let (_connection, _) = server.accept().await?;
    /// proxy.cut();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn open(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (weather, seen) = watch::channel(Weather::default());
        let listening = tokio::spawn(listen(listener, server, seen));
        Ok(Self {
            address,
            weather,
            listening,
        })
    }

    /// Where to connect instead of to the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes every connection; new ones are carried on.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }

    /// Closes every connection, and new ones as they come, until [`Proxy::restore`].
    pub fn take_down(&self) {
        self.weather.send_modify(|weather| {
            weather.cuts += 1;
            weather.is_down = true;
        });
    }

    /// Holds back each piece for so long, in both directions, from the next one on.
    pub fn delay(&self, delay: Duration) {
        self.weather.send_modify(|weather| weather.delay = delay);
    }

    /// Carries on without delay, new connections too.
    pub fn restore(&self) {
        self.weather.send_modify(|weather| {
            weather.delay = Duration::ZERO;
            weather.is_down = false;
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, server: SocketAddr, weather: watch::Receiver<Weather>) {
    // Dropped with this task, and its connections with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { return };
                if !weather.borrow().is_down {
                    connections.spawn(carry(client, server, weather.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection, until an end closes it or it is cut.
async fn carry(client: TcpStream, server: SocketAddr, mut weather: watch::Receiver<Weather>) {
    let cuts = weather.borrow_and_update().cuts;
    let carried = async {
        let server = TcpStream::connect(server).await?;
        // What is held back is so on purpose only.
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::try_join!(
            pass_on(from_client, to_server, weather.clone()),
            pass_on(from_server, to_client, weather.clone()),
        )
    };
    let mut watched = weather.clone();
    tokio::select! {
        // Which end failed is for the ends to find out.
        _ended = carried => {}
        _cut = watched.wait_for(|weather| weather.cuts != cuts) => {}
    }
}

/// One direction, until its end.
async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    weather: watch::Receiver<Weather>,
) -> io::Result<()> {
    let mut piece = vec![0; CHUNK_BYTES];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        let delay = weather.borrow().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        to.write_all(&piece[..read]).await?;
    }
}
