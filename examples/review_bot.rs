//! A bot reads a pull request on a forge and comments on a line of it; asked again, it comments
//! once. Run: `cargo run --example review_bot --features github,tools`
//! Prints:
//!
//! ```text
//! pull request #1: Serve at every address
//! calls get_pull_request_diff {"number":1}
//! calls post_review_comment {"comment":"Anybody can reach this; bind to 127.0.0.1.","line":1,"number":1,"path":"server.conf"}
//! bot: One comment.
//! asked again
//! calls get_pull_request_diff {"number":1}
//! calls post_review_comment {"comment":"Anybody can reach this; bind to 127.0.0.1.","line":1,"number":1,"path":"server.conf"}
//! bot: One comment.
//! review-bot on server.conf, line 1: Anybody can reach this; bind to 127.0.0.1.
//! ```
//!
//! No network and no account: the forge is on this machine, and the model's words are scripted.
//! With GitHub's address and a token the same bot works there.
#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use agentflow::github::{CommitPerson, FileChange, GitHub, NewCommit, NewPullRequest, Repo};
use agentflow::llm::{AgentState, Message, ScriptedModel, ScriptedReply, ToolBox, agent};
use agentflow::tools::{ToolOptions, github_read_tools, github_write_tools};
use agentflow_forge::Forge;
use secrecy::SecretString;
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("demo");
    std::fs::create_dir(&source)?;
    std::fs::write(source.join("server.conf"), "listen 127.0.0.1:8080\n")?;
    let forge = Forge::start(folder.path().join("forge")).await?;
    forge.import("octo/demo", &source).await?;
    let author = repo(&forge, forge.writer("octo").await?)?;
    let number = propose(&author).await?;

    let bot = repo(&forge, forge.writer("review-bot").await?)?;
    review(&bot, number).await?;
    println!("asked again");
    review(&bot, number).await?;
    for comment in author.review_comments(number).await? {
        let login = comment.author.map(|account| account.login);
        println!(
            "{} on {}, line {}: {}",
            login.unwrap_or_default(),
            comment.path,
            comment.line.unwrap_or_default(),
            comment.body
        );
    }
    forge.shutdown().await;
    Ok(())
}

fn repo(forge: &Forge, token: SecretString) -> Outcome<Repo> {
    let github = GitHub::builder().base_url(forge.base_url()).token(token);
    Ok(github.build()?.repo("octo/demo".parse()?))
}

/// Somebody's change, which is not a good idea.
async fn propose(repo: &Repo) -> Outcome<u64> {
    let base = repo.repository().await?.default_branch;
    let change = NewCommit {
        branch: "open-up".into(),
        parent: repo.commit(&base).await?.sha,
        message: "Serve at every address".into(),
        changes: vec![FileChange::write("server.conf", "listen 0.0.0.0:8080\n")],
        author: Some(CommitPerson {
            name: "Octo".into(),
            email: "octo@example.org".into(),
            date: Some("2026-11-03T10:00:00Z".into()),
        }),
    };
    repo.commit_files(&change).await?;
    let new = NewPullRequest {
        title: "Serve at every address".into(),
        head: "open-up".into(),
        base,
        ..NewPullRequest::default()
    };
    let pull = repo.ensure_pull_request(&new).await?;
    println!("pull request #{}: {}", pull.number, pull.title);
    Ok(pull.number)
}

/// The bot may look at everything, and write nothing but comments on lines.
async fn review(repo: &Repo, number: u64) -> Outcome<()> {
    let writes = github_write_tools(repo).into_iter();
    let comments = writes.filter(|tool| tool.spec().name == "post_review_comment");
    let looks = github_read_tools(repo, &ToolOptions::default());
    let tools: ToolBox = looks.into_iter().chain(comments).collect();
    let model = ScriptedModel::replies([
        ScriptedReply::call("get_pull_request_diff", json!({ "number": number })),
        ScriptedReply::call(
            "post_review_comment",
            json!({
                "number": number, "path": "server.conf", "line": 1,
                "comment": "Anybody can reach this; bind to 127.0.0.1.",
            }),
        ),
        ScriptedReply::from("One comment."),
    ]);
    let graph = agent(model, tools).compile()?;
    let asked = AgentState::of([Message::user(format!("Review pull request #{number}."))]);
    let done = graph.thread("review").invoke(asked).await?.into_done();
    for message in done.unwrap_or_default().messages {
        if let Message::Assistant(said) = message {
            for call in said.tool_calls {
                println!("calls {} {}", call.name, call.arguments);
            }
            if let Some(text) = said.text {
                println!("bot: {text}");
            }
        }
    }
    Ok(())
}
