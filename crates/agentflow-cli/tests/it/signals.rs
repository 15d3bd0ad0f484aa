//! Ctrl-C and the system's request to stop, in the middle of a run.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::support::{Ended, coding_agent, end_of};

/// A model's server that takes a connection and never answers.
struct Silence {
    listener: TcpListener,
}

impl Silence {
    fn begin() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
        }
    }

    fn url(&self) -> String {
        format!("http://{}/v1", self.listener.local_addr().unwrap())
    }

    /// Returns when somebody asks.
    fn asked(&self) -> TcpStream {
        self.listener.accept().unwrap().0
    }
}

fn command(folder: &std::path::Path, silence: &Silence) -> Command {
    let url = silence.url();
    let mut command = coding_agent(&[
        "run",
        "--json",
        "--repo",
        "./hello",
        "--issue",
        "bug.md",
        "--dir",
        "kept",
        "--base-url",
        &url,
        "--model",
        "m",
    ]);
    command.current_dir(folder);
    command
}

fn signalled(mut command: Command, silence: &Silence, signal: &str) -> Ended {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child: Child = command.spawn().unwrap();
    let _connection = silence.asked();
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal, &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output
        .status
        .code()
        .unwrap_or_else(|| panic!("{}", output.status));
    Ended {
        exit: u8::try_from(code).unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

#[test]
fn a_signal_stops_cleanly_and_the_same_command_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("hello")).unwrap();
    fs::write(folder.path().join("hello/README.md"), "helo\n").unwrap();
    fs::write(
        folder.path().join("bug.md"),
        "# The greeting is misspelt\n\nSay hello.\n",
    )
    .unwrap();
    let silence = Silence::begin();
    for (signal, goes_on) in [("-INT", false), ("-TERM", true)] {
        let ended = signalled(command(folder.path(), &silence), &silence, signal);
        assert_eq!(ended.exit, 130, "{signal}: {}", ended.stderr);
        assert!(
            ended
                .stderr
                .contains("stopped; run the same command again to go on"),
            "{}",
            ended.stderr
        );
        let result = ended.result();
        assert_eq!(result["ok"], false, "{signal}");
        assert_eq!(result["issues"][0]["status"], "interrupted", "{signal}");
        assert_eq!(ended.events("begins")[0]["goes_on"], goes_on, "{signal}");
    }
    // The folder is free again: a wrong server of the same model is tried, and refused.
    drop(silence);
    let nobody = Silence::begin();
    let mut gone = command(folder.path(), &nobody);
    gone.args(["--resume=yes"]);
    let ended = end_of(gone);
    assert_eq!(ended.exit, 2, "no question is open: {}", ended.stderr);
}
