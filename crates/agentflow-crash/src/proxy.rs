//! A TCP proxy in this process that cuts and delays what goes through it: the network
//! between a child and a database server.
//!
//! It knows no protocol. A cut closes both ends in the middle of whatever they were
//! saying, as a network does that fails: what was sent may have arrived, and nobody
//! says so. Where in a question or its answer that happens can be chosen.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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

/// Which piece is lost, and its connection with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// What a client says: none of it arrives.
    Unsent,
    /// What a client says: the first half arrives.
    Torn,
    /// What a client says arrives, and the connection is cut before the answer.
    Unanswered,
    /// What the server says: none of it arrives.
    Unheard,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaker {
    Client,
    Server,
}

impl Loss {
    fn speaker(self) -> Speaker {
        match self {
            Self::Unsent | Self::Torn | Self::Unanswered => Speaker::Client,
            Self::Unheard => Speaker::Server,
        }
    }

    /// How much of a piece arrives.
    fn spares(self, bytes: usize) -> usize {
        match self {
            Self::Unsent | Self::Unheard => 0,
            Self::Torn => bytes / 2,
            Self::Unanswered => bytes,
        }
    }
}

/// What is lost next, and how many connections were cut.
#[derive(Debug, Default)]
struct Losses {
    next: Mutex<Option<Loss>>,
    cuts: AtomicU32,
}

impl Losses {
    fn take(&self, speaker: Speaker) -> Option<Loss> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.take_if(|loss| loss.speaker() == speaker)
    }

    fn count(&self) {
        self.cuts.fetch_add(1, Ordering::Relaxed);
    }
}

/// A proxy in front of one server. It ends, and cuts what goes through it, when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    losses: Arc<Losses>,
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
        let losses = Arc::new(Losses::default());
        let listening = tokio::spawn(listen(listener, server, seen, Arc::clone(&losses)));
        Ok(Self {
            address,
            weather,
            losses,
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

    /// Loses the next piece that fits, on whichever connection it comes.
    pub fn lose_next(&self, loss: Loss) {
        let next = self.losses.next.lock();
        *next.unwrap_or_else(PoisonError::into_inner) = Some(loss);
    }

    /// Connections that were cut so far.
    #[must_use]
    pub fn cuts(&self) -> u32 {
        self.losses.cuts.load(Ordering::Relaxed)
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

async fn listen(
    listener: TcpListener,
    server: SocketAddr,
    weather: watch::Receiver<Weather>,
    losses: Arc<Losses>,
) {
    // Dropped with this task, and its connections with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { return };
                if !weather.borrow().is_down {
                    let losses = Arc::clone(&losses);
                    connections.spawn(carry(client, server, weather.clone(), losses));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection, until an end closes it or it is cut.
async fn carry(
    client: TcpStream,
    server: SocketAddr,
    mut weather: watch::Receiver<Weather>,
    losses: Arc<Losses>,
) {
    let cuts = weather.borrow_and_update().cuts;
    let carried = async {
        let server = TcpStream::connect(server).await?;
        // What is held back is so on purpose only.
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::try_join!(
            pass_on((from_client, Speaker::Client), to_server, &weather, &losses),
            pass_on((from_server, Speaker::Server), to_client, &weather, &losses),
        )
    };
    let mut watched = weather.clone();
    tokio::select! {
        // Which end failed is for the ends to find out.
        _ended = carried => {}
        _cut = watched.wait_for(|weather| weather.cuts != cuts) => losses.count(),
    }
}

/// One direction, until its end.
async fn pass_on(
    (mut from, speaker): (OwnedReadHalf, Speaker),
    mut to: OwnedWriteHalf,
    weather: &watch::Receiver<Weather>,
    losses: &Losses,
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
        if let Some(loss) = losses.take(speaker) {
            losses.count();
            to.write_all(&piece[..loss.spares(read)]).await?;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        to.write_all(&piece[..read]).await?;
    }
}
