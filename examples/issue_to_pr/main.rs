//! Five issues of two small projects become merged pull requests, on real parts: a forge
//! with real git and HTTP, real test runs, threads that survive a kill. Only the model's
//! words are scripted.
//!
//! Run: `cargo run --release --example issue_to_pr`, and again after a kill: it goes on.
//! Ends with a table of five merged issues. `-- --help` shows what else it can do, also
//! with repositories and models of your own.

mod demo;

use std::process::ExitCode;

use agentflow_cli::{
    AFTER_HELP, Demo, DemoIssue, DemoRepository, Machine, RunArgs, parse, run_to_end,
};
use clap::Parser;

/// Works through five demo issues, from the issue to the merged pull request
#[derive(Debug, Parser)]
#[command(name = "issue_to_pr", after_help = examples())]
struct Cli {
    #[command(flatten)]
    run: RunArgs,
}

fn examples() -> String {
    format!(
        "\
Examples (after `cargo run --release --example issue_to_pr --`):
  --issue 5
      only the issue whose reviewer asks for changes twice
  --issue 1 --approve plan,merge
      asks you before it begins and before it merges
  --serve
      keeps the forge open for a look at what was made
  --issue 1 --base-url http://localhost:11434/v1 --model qwen3
      the demo with a model of yours
  --repo octo/hello --issue 7
      an issue of your own, with GITHUB_TOKEN and OPENROUTER_API_KEY set

{AFTER_HELP}"
    )
}

fn main() -> ExitCode {
    match parse::<Cli>() {
        Ok(cli) => run_to_end(cli.run, Some(make_demo)),
        Err(code) => code,
    }
}

fn make_demo(machine: &Machine) -> Demo {
    let repositories = demo::repositories(machine.python);
    let repositories = repositories.into_iter().map(|repository| DemoRepository {
        name: repository.name,
        files: repository.files,
    });
    let issues = demo::issues(machine.python)
        .into_iter()
        .map(|issue| DemoIssue {
            number: issue.number.into(),
            repository: issue.repository,
            title: issue.title,
            body: issue.body,
            author: issue.author,
            labels: issue.labels,
            answer: issue.answer,
            script: issue.script,
        });
    let no_python =
        "python3 is not here or does not start: issue 4 is about the Rust project instead";
    Demo {
        repositories: repositories.collect(),
        issues: issues.collect(),
        notices: if machine.python {
            Vec::new()
        } else {
            vec![no_python.to_owned()]
        },
    }
}
