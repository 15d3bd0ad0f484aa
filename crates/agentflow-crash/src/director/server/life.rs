//! A server's process: started, stopped hard or in order, started again on what it left.
//!
//! Should this process be killed, the server goes with it.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::sync::Mutex;

use super::{postgres, redis};
use crate::address::Backend;

/// Longest time until a server answers, or is gone.
const LIMIT: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(5);
/// What a server says goes here, in its folder.
const LOG: &str = "server.log";

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// As by a crash: nothing is written that was not written.
    Crash,
    /// At once, in order: who is connected is told.
    Fast,
}

/// What a server is, whichever it is.
#[async_trait]
pub(super) trait Kind: Send + Sync {
    /// Its command, which dies with its parent.
    fn command(&self, folder: &Path, port: u16) -> Command;
    /// The signal that stops it so.
    fn signal(&self, stop: Stop) -> Signal;
    /// Where clients find it.
    fn url(&self, port: u16) -> String;
    /// Whether it takes what clients say: while it recovers it does not.
    async fn answers(&self, port: u16) -> bool;
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    kind: Box<dyn Kind>,
    port: u16,
    /// Gone before its folder is.
    running: Mutex<Running>,
    folder: TempDir,
}

impl Server {
    /// Makes one for a backend that has a server.
    pub(crate) async fn start(backend: Backend) -> io::Result<Self> {
        let folder = TempDir::with_prefix("agentflow-crash-server-")?;
        let kind: Box<dyn Kind> = match backend {
            Backend::Postgres => Box::new(postgres::Postgres::make(folder.path())?),
            Backend::Redis => Box::new(redis::Redis),
            Backend::Sqlite => return Err(io::Error::other("SQLite has no server")),
        };
        let port = free_port()?;
        let running = Running::start(&*kind, folder.path(), port)?;
        let server = Self {
            kind,
            port,
            running: Mutex::new(running),
            folder,
        };
        server.wait_until_it_answers().await?;
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        self.kind.url(self.port)
    }

    /// Stops it, leaves it down for a while, and starts it again on what it left.
    ///
    /// # Cancel safety
    /// Dropped, it may be down: it is not to be used any more.
    pub(crate) async fn restart(&self, stop: Stop, down: Duration) -> io::Result<()> {
        let mut running = self.running.lock().await;
        running.stop(self.kind.signal(stop)).await?;
        tokio::time::sleep(down).await;
        *running = Running::start(&*self.kind, self.folder.path(), self.port)?;
        drop(running);
        self.wait_until_it_answers().await
    }

    async fn wait_until_it_answers(&self) -> io::Result<()> {
        let began = Instant::now();
        loop {
            if self.kind.answers(self.port).await {
                return Ok(());
            }
            let has_ended = self.running.lock().await.child.try_wait()?.is_some();
            if has_ended || began.elapsed() > LIMIT {
                let said = std::fs::read_to_string(self.folder.path().join(LOG));
                let said = said.unwrap_or_default();
                let last = said.lines().next_back().unwrap_or("it said nothing");
                return Err(io::Error::other(format!(
                    "a server does not answer: {last}"
                )));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

struct Running {
    child: Child,
    /// What ends it whatever it does.
    last: Signal,
}

impl Running {
    fn start(kind: &dyn Kind, folder: &Path, port: u16) -> io::Result<Self> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join(LOG))?;
        let child = kind
            .command(folder, port)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let last = kind.signal(Stop::Crash);
        Ok(Self { child, last })
    }

    async fn stop(&mut self, signal: Signal) -> io::Result<()> {
        self.signal(signal)?;
        let began = Instant::now();
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > LIMIT {
                return Err(io::Error::other(format!(
                    "a server does not heed {signal:?}"
                )));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    fn signal(&mut self, signal: Signal) -> io::Result<()> {
        // Until it was waited for, its id is nobody else's.
        let is_there = self.child.try_wait()?.is_none();
        match Pid::from_raw(self.child.id().cast_signed()) {
            Some(pid) if is_there => Ok(kill_process(pid, signal)?),
            _ => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let signalled = self.signal(self.last);
        if signalled.is_ok() {
            let _ended = self.child.wait();
        }
    }
}

/// A port of the loopback that nobody listens on now.
fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// A program that gets `signal` when this one dies.
pub(super) fn bound(program: &Path, signal: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", signal]);
    command.arg("--").arg(program);
    command
}
