//! Redis that logs each write before it answers.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use async_trait::async_trait;
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::life::{Kind, Stop, bound};

/// With these, what was acknowledged survives the server's kill.
const LOGS: [&str; 6] = [
    "--save",
    "",
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
];

pub(super) struct Redis;

#[async_trait]
impl Kind for Redis {
    fn command(&self, folder: &Path, port: u16) -> Command {
        let mut command = bound(Path::new("redis-server"), "KILL");
        command
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(LOGS)
            .arg("--dir")
            .arg(folder);
        command
    }

    fn signal(&self, stop: Stop) -> Signal {
        match stop {
            Stop::Crash => Signal::KILL,
            Stop::Fast => Signal::TERM,
        }
    }

    fn url(&self, port: u16) -> String {
        format!("redis://127.0.0.1:{port}")
    }

    async fn answers(&self, port: u16) -> bool {
        let asked = async {
            let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
            connection.write_all(b"PING\r\n").await?;
            let mut answer = [0; 5];
            connection.read_exact(&mut answer).await?;
            std::io::Result::Ok(answer == *b"+PONG")
        };
        asked.await.unwrap_or(false)
    }
}
