//! One child as its parent sees it: started, answered, killed, stopped, woken, waited for.
//!
//! Dropped, it is killed; and should its parent be killed itself, it dies too.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

use crate::child::{ASKS, DONE, NO_ROOM, ORDERS, Orders};
use crate::journal::{Journal, Life, What};

/// What the parent says to whatever it is asked.
const ANSWER: &str = "yes";
/// Between two looks at whether a child has stopped.
const LOOK: Duration = Duration::from_micros(500);
/// What SIGKILL is called in an exit status.
const SIGKILL: i32 = 9;

/// A child that was started.
pub(super) struct Process {
    child: Child,
    pid: Pid,
    journal: Journal,
    life: Life,
    told: JoinHandle<io::Result<Option<String>>>,
    complained: JoinHandle<io::Result<String>>,
}

/// How a child ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The thread is done, with this state.
    Done(String),
    /// The store had no room.
    NoRoom,
    /// SIGKILL.
    Killed,
    /// Anything else.
    Badly(String),
}

impl Process {
    pub(super) fn start(program: &Path, orders: &Orders) -> io::Result<Self> {
        let mut child = Command::new(program)
            .env(ORDERS, serde_json::to_string(orders)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let pid = pid.ok_or_else(|| io::Error::other("a child without an id"))?;
        let missing = || io::Error::other("a child without a pipe");
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = child.stdout.take().ok_or_else(missing)?;
        let mut complaints = child.stderr.take().ok_or_else(missing)?;
        let complained = tokio::spawn(async move {
            let mut text = String::new();
            complaints.read_to_string(&mut text).await?;
            Ok(text)
        });
        Ok(Self {
            child,
            pid,
            journal: Journal::append_to(&orders.journal, orders.life)?,
            life: orders.life,
            told: tokio::spawn(answer(input, output)),
            complained,
        })
    }

    pub(super) fn life(&self) -> Life {
        self.life
    }

    /// Waits for its end, and tells the journal if that was SIGKILL.
    ///
    /// # Cancel safety
    /// Dropped, the child goes on, and can be waited for again.
    pub(super) async fn end(&mut self) -> io::Result<End> {
        let status = self.child.wait().await?;
        if status.signal() == Some(SIGKILL) {
            self.journal.note(What::Killed)?;
            return Ok(End::Killed);
        }
        let told = (&mut self.told).await.map_err(io::Error::other)??;
        let complained = (&mut self.complained).await.map_err(io::Error::other)??;
        Ok(match (told, status.code()) {
            (Some(state), Some(0)) => End::Done(state),
            (_, Some(code)) if code == i32::from(NO_ROOM) => End::NoRoom,
            _ => End::Badly(badly(status, &complained)),
        })
    }

    /// Waits for its end until `moment` is over, then kills it.
    pub(super) async fn end_or_kill_after(&mut self, moment: Duration) -> io::Result<End> {
        match tokio::time::timeout(moment, self.end()).await {
            Ok(ended) => ended,
            Err(_) => self.kill().await,
        }
    }

    /// SIGKILL. A child that had just ended by itself has not been killed.
    pub(super) async fn kill(&mut self) -> io::Result<End> {
        self.child.start_kill()?;
        self.end().await
    }

    /// SIGSTOP, unless it has ended.
    pub(super) fn stop(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// SIGCONT, unless it has ended.
    pub(super) fn wake(&self) -> io::Result<()> {
        self.journal.note(What::Woken)?;
        self.signal(Signal::CONT)
    }

    /// Waits until it stands still; tells the journal, and returns whether it does.
    pub(super) async fn is_stopped(&mut self) -> io::Result<bool> {
        loop {
            match state_of(self.pid) {
                Some('T') => {
                    self.journal.note(What::Stopped)?;
                    return Ok(true);
                }
                None | Some('Z' | 'X') => return Ok(false),
                Some(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        // Until it was waited for, its id is nobody else's.
        if self.child.id().is_some() {
            kill_process(self.pid, signal)?;
        }
        Ok(())
    }
}

/// Answers what a child asks; returns the state it tells in the end.
async fn answer(mut input: ChildStdin, output: ChildStdout) -> io::Result<Option<String>> {
    let mut lines = BufReader::new(output).lines();
    let mut done = None;
    while let Some(line) = lines.next_line().await? {
        if line == ASKS {
            let answered = input.write_all(format!("{ANSWER}\n").as_bytes()).await;
            // It may have been killed while it waited for the answer.
            if answered.is_err() {
                break;
            }
        } else if let Some(state) = line.strip_prefix(DONE) {
            done = Some(state.to_owned());
        }
    }
    Ok(done)
}

fn badly(status: ExitStatus, complained: &str) -> String {
    format!("ended with {status}: {}", complained.trim())
}

/// The letter by which the system calls the state of a process.
fn state_of(pid: Pid) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.trim_start().chars().next()
}
