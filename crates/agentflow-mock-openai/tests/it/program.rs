//! `mock-openai` as a process: from its ready line to its end.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};

use agentflow_llm::{ChatModel, ChatRequest, OpenAiCompatible};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const SCRIPT: &str = "[[reply]]\ntext = 'It is sunny.'\n";

struct World {
    folder: TempDir,
}

impl World {
    fn with(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("script.toml"), script).unwrap();
        Self { folder }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mock-openai"));
        command.current_dir(self.folder.path()).args(args);
        command.env_remove("RUST_LOG").env("MOCK_KEY", "right");
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// How the program ends that does not begin to serve.
    fn ended(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }
}

/// A process that does not outlive its test.
struct Running(Child);

impl Running {
    fn start(mut command: Command) -> (Self, String) {
        let mut running = Self(command.spawn().unwrap());
        let mut ready = String::new();
        let mut stdout = BufReader::new(running.0.stdout.take().unwrap());
        stdout.read_line(&mut ready).unwrap();
        (running, ready)
    }

    /// Sends the signal; the exit code, and what was logged.
    fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        let pid = Pid::from_child(&self.0);
        kill_process(pid, signal).unwrap();
        let mut log = String::new();
        let mut stderr = self.0.stderr.take().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        (self.0.wait().unwrap().code(), log)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn it_says_where_it_listens_answers_logs_and_ends_when_it_is_told_to() {
    let world = World::with(SCRIPT);
    for (signal, args) in [
        (Signal::TERM, &["--script", "script.toml"][..]),
        (
            Signal::INT,
            &["--script", "script.toml", "--key-env", "MOCK_KEY"],
        ),
    ] {
        let (running, ready) = Running::start(world.command(args));
        let url = ready.strip_prefix("listening on ").unwrap().trim_end();
        assert!(
            url.starts_with("http://127.0.0.1:") && url.ends_with("/v1"),
            "{ready}"
        );
        let client = OpenAiCompatible::builder(url).models(["any"]).key("right");
        let client = client.build().unwrap();
        let reply = client
            .complete(ChatRequest::user("How is the weather?"))
            .await
            .unwrap();
        assert_eq!(reply.text(), "It is sunny.");
        let (code, log) = running.end(signal);
        assert_eq!(code, Some(0), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(log.contains("POST /v1/chat/completions 200"), "{log}");
        assert!(!log.contains("right"), "{log}");
    }
}

#[test]
fn what_is_wrong_with_the_command_line_or_the_script_is_said_with_what_to_do() {
    let world = World::with("\n[[reply]]\ntext = 'x'\nturns = 1\n");
    std::fs::write(world.folder.path().join("right.toml"), SCRIPT).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (args, want) in [
        (
            &["--script", "script.toml"][..],
            "mock-openai: script.toml:4: unknown field `turns`",
        ),
        (
            &["--script", "none.toml"],
            "mock-openai: cannot read script none.toml: No such file",
        ),
        (
            &["--script", "right.toml", "--port", &port],
            &format!(
                "mock-openai: cannot listen on 127.0.0.1:{port}; choose another port, or 0 for a free one: Address already in use"
            ),
        ),
        (
            &["--script", "right.toml", "--key-env", "NO_SUCH_KEY_IN_HERE"],
            "mock-openai: NO_SUCH_KEY_IN_HERE is not set, or empty; set it to the key",
        ),
        (
            &["--script", "right.toml", "--port", "x"],
            "error: invalid value 'x' for '--port <N>'",
        ),
        (
            &["--port", "0"],
            "error: the following required arguments were not provided",
        ),
    ] {
        let ended = world.ended(args);
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success(), "{args:?}");
        assert!(said.starts_with(want), "{args:?}: {said}");
        assert!(ended.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn the_help_teaches_with_a_script_that_works() {
    let help = World::with("").ended(&["--help"]);
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("OpenAI(base_url="), "{help}");
    let begin = help.find("[[reply]]").unwrap();
    let end = help.find("$ mock-openai").unwrap();
    let world = World::with(&help[begin..end]);
    let (running, ready) = Running::start(world.command(&["--script", "script.toml"]));
    assert!(ready.starts_with("listening on "), "{ready}");
    assert_eq!(running.end(Signal::TERM).0, Some(0));
}
