//! `mock-openai`: serves a script over the wire of OpenAI until it is told to end.
#![expect(
    clippy::print_stderr,
    reason = "a command line program talks to its terminal"
)]

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use agentflow_llm::{Script, ScriptedModel};
use agentflow_mock_openai::{MockOpenAi, MockOptions};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// What is logged unless `RUST_LOG` says otherwise: one line a request.
const LOGGED: &str = "agentflow_mock_openai=info";

const EXAMPLE: &str = r#"Example, with this in script.toml:

  [[reply]]                             # the first that fits is given, always the same
  prompt_contains = ["weather"]         # all of it in the last message of the user
  turn = 0                              # before the assistant has spoken
  [[reply.call]]
  tool = "weather"
  arguments = { city = "Kyiv" }

  [[reply]]
  prompt_contains = ["weather"]         # in any other turn
  text = "It is sunny."

  [[reply]]
  prompt_contains = ["too much"]
  [reply.error]
  status = 429
  message = "slow down"
  retry_after_s = 2

  [[reply]]                             # whatever else is asked
  text = "Hello."

  $ mock-openai --script script.toml --port 8080
  listening on http://127.0.0.1:8080/v1

and in Python:

  client = OpenAI(base_url="http://127.0.0.1:8080/v1", api_key="any")
  reply = client.chat.completions.create(
      model="any", messages=[{"role": "user", "content": "Hi!"}])
  assert reply.choices[0].message.content == "Hello."

A reply may also have `delay_ms`, `usage = { prompt_tokens = 9, completion_tokens = 3 }` and
`breaks_off = true`, which fails after its words. One with a `label` is for requests whose header
`x-agentflow-label` says so. Requests are logged to stderr, one a line."#;

/// Serves the replies of a script over the wire of OpenAI, to test clients in any language
#[derive(Debug, Parser)]
#[command(name = "mock-openai", version, arg_required_else_help = true, after_help = EXAMPLE)]
struct Args {
    /// The replies, a TOML file
    #[arg(long, value_name = "FILE")]
    script: PathBuf,
    /// The port of the loopback to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// The environment variable that holds the API key clients have to send; any key will do
    /// without it
    #[arg(long, value_name = "NAME")]
    key_env: Option<String>,
}

/// Why the program does not run.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("{0} is not set, or empty; set it to the key that clients have to send")]
    NoKey(String),
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match serve(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: Args) -> Result<(), Box<dyn Error>> {
    let script = Script::load(&args.script)?;
    let options = MockOptions {
        port: args.port,
        key: match args.key_env {
            Some(name) => Some(key_in(name)?.into()),
            None => None,
        },
        ..MockOptions::default()
    };
    // Before anyone is told that it runs, so that no signal is missed.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mock = MockOpenAi::start_with(ScriptedModel::from_script(script), options).await?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {}", mock.base_url())?;
    stdout.flush()?;
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    mock.stop().await;
    Ok(())
}

fn key_in(name: String) -> Result<String, Problem> {
    let key = std::env::var(&name).unwrap_or_default();
    match key.trim() {
        "" => Err(Problem::NoKey(name)),
        key => Ok(key.to_owned()),
    }
}

fn complain(error: &dyn Error) {
    eprint!("mock-openai: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprint!(": {cause}");
        source = cause.source();
    }
    eprintln!();
}
