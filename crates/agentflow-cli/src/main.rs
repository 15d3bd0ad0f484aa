//! `coding-agent`: takes issues of a repository to merged pull requests.

use std::process::ExitCode;

use agentflow_cli::{AFTER_HELP, RunArgs, parse, run_to_end};
use clap::{Parser, Subcommand};

/// Takes issues of a repository to merged pull requests
#[derive(Debug, Parser)]
#[command(name = "coding-agent", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Work on issues until they are merged
    #[command(after_help = examples())]
    Run(Box<RunArgs>),
}

fn examples() -> String {
    format!(
        "\
Examples:
  coding-agent run --repo octo/hello --issue 7
      one issue on GitHub, with GITHUB_TOKEN and OPENROUTER_API_KEY set
  coding-agent run --repo octo/hello --issue 7 --issue 9 --approve plan,merge
      two issues; asks before it begins and before it merges
  coding-agent run --repo ../shop --issue bug.md --base-url http://localhost:11434/v1 --model qwen3
      a repository and a model of this machine, the issue in a file
  coding-agent run --repo octo/hello --issue 7 --resume=approve
      answers what the run waits for

{AFTER_HELP}"
    )
}

fn main() -> ExitCode {
    match parse::<Cli>() {
        Ok(Cli {
            command: Command::Run(args),
        }) => run_to_end(*args, None),
        Err(code) => code,
    }
}
