//! A line to a server that breaks where a test wants it to.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};

/// Never: no line carries so much.
const NEVER: u64 = u64::MAX;

/// Carries connections to a server, and cuts one where it is told to.
///
/// ```
/// # use agentflow_testkit::{Line, Way};
/// # use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// # use tokio::net::{TcpListener, TcpStream};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let server = TcpListener::bind("127.0.0.1:0").await?;
/// let line = Line::to(server.local_addr()?).await?;
/// line.cut(Way::There, 3);
///
/// let mut client = TcpStream::connect(line.address()).await?;
/// client.write_all(b"hello").await?;
/// let (mut accepted, _) = server.accept().await?;
/// let mut heard = Vec::new();
/// accepted.read_to_end(&mut heard).await?;
/// assert_eq!(heard, b"hel");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    ways: Arc<[Carried; 2]>,
}

/// A way that bytes take on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    There,
    /// From the server to the client.
    Back,
}

/// What goes one way, over all connections.
#[derive(Debug)]
struct Carried {
    bytes: AtomicU64,
    /// The number of bytes after which the connection that carries the next is cut.
    cut_at: AtomicU64,
}

impl Line {
    /// A line to this server, on a port of its own of the loopback interface.
    ///
    /// # Errors
    /// If there is no port left. A server that is not there breaks each connection.
    pub async fn to(
        server: impl ToSocketAddrs + Clone + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let carried = || Carried {
            bytes: AtomicU64::new(0),
            cut_at: AtomicU64::new(NEVER),
        };
        let line = Self {
            address: listener.local_addr()?,
            ways: Arc::new([carried(), carried()]),
        };
        let ways = Arc::clone(&line.ways);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), Arc::clone(&ways)));
            }
        });
        Ok(line)
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many bytes were carried so far.
    #[must_use]
    pub fn bytes(&self, way: Way) -> u64 {
        self.carried(way).bytes.load(Ordering::SeqCst)
    }

    /// Cuts the connection that carries a byte after so many from now on, and with it both of
    /// its ways. Others go on.
    pub fn cut(&self, way: Way, after: u64) {
        let at = self.bytes(way) + after;
        self.carried(way).cut_at.store(at, Ordering::SeqCst);
    }

    /// Whether a cut is still to come.
    #[must_use]
    pub fn will_cut(&self) -> bool {
        let mut ways = self.ways.iter();
        ways.any(|way| way.cut_at.load(Ordering::SeqCst) != NEVER)
    }

    fn carried(&self, way: Way) -> &Carried {
        &self.ways[way as usize]
    }
}

async fn carry(client: TcpStream, server: impl ToSocketAddrs, ways: Arc<[Carried; 2]>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let [there, back] = &*ways;
    // Whichever ends first ends the other.
    tokio::select! {
        () = pass(from_client, to_server, there) => {}
        () = pass(from_server, to_client, back) => {}
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, carried: &Carried) {
    let mut bytes = vec![0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let passed = carried.passed(count);
        if to.write_all(&bytes[..passed]).await.is_err() || passed < count {
            return;
        }
    }
}

impl Carried {
    /// How many of so many bytes are carried.
    fn passed(&self, count: usize) -> usize {
        let before = self.bytes.load(Ordering::SeqCst);
        let left = self.cut_at.load(Ordering::SeqCst).saturating_sub(before);
        let passed = usize::try_from(left).unwrap_or(count).min(count);
        if passed < count {
            self.cut_at.store(NEVER, Ordering::SeqCst);
        }
        self.bytes.fetch_add(passed as u64, Ordering::SeqCst);
        passed
    }
}
