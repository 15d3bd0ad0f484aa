//! Runs commands and reads what they wrote.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use agentflow_cli::{Console, Exit, MakeDemo, RunArgs, run};
use clap::Parser;
use serde_json::Value;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    run: RunArgs,
}

/// A writer whose text can be read afterwards.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How a command ended and what it wrote.
pub(crate) struct Ended {
    pub(crate) exit: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The last line of stdout as JSON.
    pub(crate) fn result(&self) -> Value {
        let last = self.stdout.lines().last();
        let last = last.unwrap_or_else(|| panic!("no line on stdout; stderr: {}", self.stderr));
        serde_json::from_str(last).unwrap()
    }

    /// The events of that name.
    pub(crate) fn events(&self, name: &str) -> Vec<Value> {
        let lines = self
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line["type"] == "event" && line["event"] == name)
            .collect()
    }
}

/// Runs a demo in this process, with nobody at a terminal.
pub(crate) async fn run_demo(demo: MakeDemo, dir: &Path, flags: &[&str]) -> Ended {
    let dir = dir.to_str().unwrap();
    let words = ["test", "--json", "--dir", dir]
        .into_iter()
        .chain(flags.iter().copied());
    let args = Cli::try_parse_from(words).unwrap().run;
    let (stdout, stderr) = (Page::default(), Page::default());
    let console = Console::of(stdout.clone(), stderr.clone());
    let exit: Exit = run(args, Some(demo), console).await;
    Ended {
        exit: exit.code(),
        stdout: stdout.text(),
        stderr: stderr.text(),
    }
}

/// The binary with an environment that has no keys of ours.
pub(crate) fn coding_agent(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coding-agent"));
    for key in [
        "GITHUB_TOKEN",
        "OPENROUTER_API_KEY",
        "MODEL_API_KEY",
        "RUST_LOG",
    ] {
        command.env_remove(key);
    }
    command.args(flags);
    command
}

/// Runs the binary to its end.
pub(crate) fn end_of(mut command: Command) -> Ended {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = status.code().unwrap_or_else(|| panic!("{status}"));
    Ended {
        exit: u8::try_from(code).unwrap(),
        stdout: text(stdout),
        stderr: text(stderr),
    }
}
