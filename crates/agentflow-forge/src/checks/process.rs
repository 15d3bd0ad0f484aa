//! Runs a check as a plain child process. No isolation: the command can do what this process can.

use std::process::Stdio;
use std::time::Instant;

use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::output::Capture;
use super::runner::{CheckError, CheckJob, CheckReport, CheckRunner, CheckStatus};

/// Bytes read at once.
const CHUNK_BYTES: usize = 8_192;
/// Variables a check inherits; everything else of this process, keys above all, is kept from it.
const INHERITED: [&str; 7] = [
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "USER",
];

/// Runs checks as plain child processes, each in a process group of its own.
///
/// There is **no isolation**: a check can read and write whatever this process can. Use it for
/// repositories you trust, or give the forge a runner with a sandbox.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ProcessCheckRunner {}

#[async_trait]
impl CheckRunner for ProcessCheckRunner {
    async fn run(&self, job: CheckJob<'_>) -> Result<CheckReport, CheckError> {
        let (program, args) = job
            .command
            .split_first()
            .expect("a check's command is never empty");
        let started = Instant::now();
        let (reader, writer) = std::io::pipe().map_err(CheckError::Lost)?;
        let second = writer.try_clone().map_err(CheckError::Lost)?;
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(job.workdir)
            .env_clear()
            .envs(
                INHERITED
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .env("CI", "true")
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(second)
            .process_group(0);
        let mut child = command.spawn().map_err(|source| CheckError::Start {
            program: (*program).to_owned(),
            source,
        })?;
        // The command holds the writing ends until it is dropped; the reader would never end.
        drop(command);
        let group = ProcessGroup::of(&child);
        let output = tokio::net::unix::pipe::Receiver::from_owned_fd(reader.into())
            .map_err(CheckError::Lost)?;
        let mut capture = Capture::new(job.output_bytes_max);
        let ended = tokio::time::timeout(job.time_limit, async {
            let end = async {
                let status = child.wait().await;
                // What the command left running would hold the output open.
                drop(group);
                status
            };
            let (status, read) = tokio::join!(end, follow(output, &mut capture));
            read.and(status)
        })
        .await;
        let status = match ended {
            Ok(status) => status_of(status.map_err(CheckError::Lost)?),
            Err(_) => CheckStatus::TimedOut,
        };
        Ok(CheckReport {
            status,
            output: capture.finish(),
            duration: started.elapsed(),
        })
    }
}

fn status_of(status: std::process::ExitStatus) -> CheckStatus {
    use std::os::unix::process::ExitStatusExt;
    match status.code() {
        Some(code) => CheckStatus::Exited(code),
        None => CheckStatus::Signalled(status.signal().unwrap_or_default()),
    }
}

async fn follow(mut output: impl AsyncRead + Unpin, capture: &mut Capture) -> std::io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match output.read(&mut chunk).await? {
            0 => return Ok(()),
            count => capture.push(&chunk[..count]),
        }
    }
}

/// Kills a child and everything it started, at the latest when dropped.
struct ProcessGroup {
    leader: Option<Pid>,
}

impl ProcessGroup {
    fn of(child: &tokio::process::Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self {
            leader: id.and_then(Pid::from_raw),
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // No such group means that all of it has ended.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}
