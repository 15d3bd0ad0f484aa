//! A Redis of a test's own, for what must not happen to the one that all tests share: it is
//! killed, full, protected or flushed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use redis::FromRedisValue;
use tempfile::TempDir;

pub(crate) struct Machine {
    child: Child,
    folder: TempDir,
    args: Vec<String>,
    pub(crate) port: u16,
}

impl Machine {
    /// Starts a server, if tests with Redis are asked for.
    pub(crate) fn start(args: &[&str]) -> Option<Self> {
        agentflow_testkit::server(crate::place::ONE)?;
        let args: Vec<_> = args.iter().map(|&arg| arg.to_owned()).collect();
        let folder = tempfile::tempdir().unwrap();
        // Somebody else may take a free port before the server does.
        for _ in 0..10 {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            drop(listener);
            if let Some(child) = spawn(port, &folder, &args) {
                return Some(Self {
                    child,
                    folder,
                    args,
                    port,
                });
            }
        }
        panic!("no redis-server starts");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on the files that it left.
    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.port, &self.folder, &self.args).unwrap();
    }

    /// Runs one command, as an administrator would.
    pub(crate) async fn tell<T: FromRedisValue>(&self, command: &str) -> T {
        tell(&self.url(), command).await
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs one command, whose parts have spaces between them.
pub(crate) async fn tell<T: FromRedisValue>(url: &str, command: &str) -> T {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut parts = redis::Cmd::new();
    for part in command.split(' ') {
        parts.arg(part);
    }
    parts.query_async(&mut connection).await.unwrap()
}

fn spawn(port: u16, folder: &TempDir, args: &[String]) -> Option<Child> {
    let mut child = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--save", "", "--dir"])
        .arg(folder.path())
        .args(args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        if line.contains("eady to accept connections") {
            // What it says later must have somewhere to go.
            std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
            return Some(child);
        }
        line.clear();
    }
    child.wait().unwrap();
    None
}
