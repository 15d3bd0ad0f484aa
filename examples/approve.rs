//! A run asks and ends; another one, which may be another process days later, brings the answer.
//! Run: `cargo run --example approve`
//! Prints:
//!
//! ```text
//! asked: send "The tides of June" to 250 people?
//! the first process is gone; its thread waits in the file
//! answered: sent, receipt mail-250
//! ```
//!
//! No network.
#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use std::path::Path;
use std::sync::Arc;

use agentflow::sql::SqliteCheckpointer;
use agentflow::{
    CompiledGraph, END, Error, NodeContext, NodeResult, Outcome, START, State, StateGraph,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Letter {
    title: String,
    readers: u32,
    approved: bool,
    receipt: Option<String>,
}

async fn ask(letter: Arc<Letter>, cx: NodeContext) -> NodeResult<LetterUpdate> {
    // With the answer the node runs again from its first line: effects stand below it.
    let question = format!("send {:?} to {} people?", letter.title, letter.readers);
    let approved: bool = cx.interrupt(question)?;
    Ok(Letter::update().approved(approved))
}

async fn send(letter: Arc<Letter>, cx: NodeContext) -> NodeResult<LetterUpdate> {
    let receipt = cx.once("mail", || mail(letter.readers)).await?;
    Ok(Letter::update().receipt(receipt))
}

/// Stands for a mail service.
async fn mail(readers: u32) -> NodeResult<String> {
    Ok(format!("mail-{readers}"))
}

async fn graph(file: &Path) -> Result<CompiledGraph<Letter>, Error> {
    let graph = StateGraph::new()
        .add_node("ask", ask)
        .add_node("send", send)
        .add_edge(START, "ask")
        .add_conditional_edges(
            "ask",
            |letter: &Letter| if letter.approved { "send" } else { END },
            ["send", END],
        );
    Ok(graph.compile_with(SqliteCheckpointer::open(file).await?)?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("letters.db");

    let first = graph(&file).await?;
    let letter = Letter {
        title: "The tides of June".into(),
        readers: 250,
        ..Letter::default()
    };
    if let Outcome::Interrupted { interrupt, .. } = first.thread("june").invoke(letter).await? {
        println!("asked: {}", interrupt.payload.as_str().unwrap_or_default());
    }
    drop(first);
    println!("the first process is gone; its thread waits in the file");

    let second = graph(&file).await?;
    match second.thread("june").resume(true).await? {
        Outcome::Done(letter) => {
            let receipt = letter.receipt.unwrap_or_default();
            println!("answered: sent, receipt {receipt}");
        }
        Outcome::Interrupted { interrupt, .. } => println!("asked again: {}", interrupt.payload),
    }
    Ok(())
}
