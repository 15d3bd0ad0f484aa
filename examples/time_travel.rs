//! A thread is looked at as it stood earlier, changed there, and goes on from there on a
//! branch of its own; what came of it the first time stays in its history.
//! Run: `cargo run --example time_travel`
//! Prints:
//!
//! ```text
//! the first ending: the sea sleeps, the sea wakes
//! before `wake` the story was: the sea sleeps
//! the second ending: the sea storms, the sea wakes
//! all endings in the history, newest first:
//!   checkpoint 6: the sea storms, the sea wakes
//!   checkpoint 4: the sea sleeps, the sea wakes
//! ```
//!
//! No network.
#![expect(clippy::print_stdout, reason = "an example tells what it does")]

use std::sync::Arc;

use agentflow::checkpoint::MemoryCheckpointer;
use agentflow::{
    HistoryQuery, NodeContext, NodeResult, START, State, StateGraph, StateUpdate, Step,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Story {
    #[state(reducer = append)]
    lines: Vec<String>,
}

async fn sleep(_: Arc<Story>, _: NodeContext) -> NodeResult<StoryUpdate> {
    Ok(Story::update().lines(["the sea sleeps"]))
}

async fn wake(_: Arc<Story>, _: NodeContext) -> NodeResult<StoryUpdate> {
    Ok(Story::update().lines(["the sea wakes"]))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let graph = StateGraph::new()
        .add_node("sleep", sleep)
        .add_node("wake", wake)
        .add_edge(START, "sleep")
        .add_edge("sleep", "wake")
        .compile_with(MemoryCheckpointer::new())?;
    let thread = graph.thread("story");
    let first = thread.invoke(Story::default()).await?;
    println!("the first ending: {}", told(first.into_done()));

    // The checkpoint of superstep 1 says that `wake` runs next.
    let after_sleep = HistoryQuery {
        step: Some(Step(1)),
        ..HistoryQuery::default()
    };
    let earlier = thread.snapshots(after_sleep).await?;
    let earlier = earlier.first().ok_or("superstep 1 is in the history")?;
    let story = told(Some(earlier.values.clone()));
    println!("before `{}` the story was: {story}", earlier.next[0]);

    // As if `sleep` had written something else: its edges are taken, so `wake` runs next.
    let storms = Story::update().overwrite_lines(vec!["the sea storms".into()]);
    let there = thread.clone().at(earlier.checkpoint);
    there
        .update_state(StateUpdate::as_node("sleep", storms))
        .await?;
    let second = thread.proceed().await?;
    println!("the second ending: {}", told(second.into_done()));

    println!("all endings in the history, newest first:");
    let all = thread.snapshots(HistoryQuery::default()).await?;
    for end in all.into_iter().filter(|snapshot| snapshot.is_done()) {
        println!(
            "  checkpoint {}: {}",
            end.checkpoint,
            told(Some(end.values))
        );
    }
    Ok(())
}

fn told(story: Option<Story>) -> String {
    story.map_or_else(
        || "not at its end".to_owned(),
        |story| story.lines.join(", "),
    )
}
