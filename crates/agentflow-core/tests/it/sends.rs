//! Tasks with an input of their own.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Command, NodeContext, NodeError, NodeFailure, NodeResult, START, Send, StateGraph,
};
use serde::{Deserialize, Serialize};

use crate::support::{Diary, Notes, asked, done, line, step};

#[derive(Debug, Serialize, Deserialize)]
struct Part {
    number: u32,
}

fn fan_out(count: u32) -> impl Fn(&Notes) -> Vec<Send> + std::marker::Send + Sync + 'static {
    move |_| {
        (0..count)
            .map(|number| Send::new("worker", Part { number }))
            .collect()
    }
}

#[tokio::test]
async fn sends_run_each_on_its_own_input_and_write_in_their_order() {
    let worker = |part: Arc<Part>, _: NodeContext| async move {
        // The later ones finish first.
        for _ in part.number..100 {
            tokio::task::yield_now().await;
        }
        NodeResult::Ok(line(part.number.to_string()))
    };
    let graph = StateGraph::new()
        .add_node("plan", step)
        .add_send_node("worker", worker)
        .add_node("join", step)
        .add_edge(START, "plan")
        .add_conditional_edges("plan", fan_out(100), ["worker"])
        .add_edge("worker", "join")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let state = done(graph.thread("t").invoke(Notes::default()).await);
    let mut want: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    want.insert(0, "plan".into());
    want.push("join".into());
    assert_eq!(state.log, want);
}

#[tokio::test]
async fn a_payload_survives_a_pause_and_finished_sends_do_not_run_again() {
    let diary = Diary::default();
    let noted = diary.clone();
    let worker = move |part: Arc<Part>, cx: NodeContext| {
        noted.note(part.number.to_string());
        async move {
            if part.number == 1 {
                let answer: String = cx.interrupt("one?")?;
                return Ok(line(format!("1 {answer}")));
            }
            NodeResult::Ok(line(part.number.to_string()))
        }
    };
    let graph = StateGraph::new()
        .add_send_node("worker", worker)
        .add_conditional_edges(START, fan_out(3), ["worker"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let state = thread.state().await.unwrap().unwrap();
    assert_eq!(
        (state.next.len(), &state.values.log[..]),
        (1, &["0", "2"].map(String::from)[..])
    );
    assert_eq!(done(thread.resume("yes").await).log, ["0", "1 yes", "2"]);
    assert_eq!(diary.read(), ["0", "1", "2", "1"]);
}

#[tokio::test]
async fn an_empty_list_of_sends_ends_the_path() {
    let graph = StateGraph::new()
        .add_node("plan", step)
        .add_send_node("worker", |_: Arc<Part>, _: NodeContext| async {
            NodeResult::Ok(line("w"))
        })
        .add_edge(START, "plan")
        .add_conditional_edges("plan", fan_out(0), ["worker"])
        .compile()
        .unwrap();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["plan"]
    );
}

/// Each of them is one of several tasks of a node, of which most say nothing themselves.
#[tokio::test]
async fn a_send_that_goes_elsewhere_or_fails_decides_for_itself_alone() {
    let worker = |part: Arc<Part>, _: NodeContext| async move {
        let written = Command::update(line(part.number.to_string()));
        match part.number {
            1 => Ok(written.and_goto("aside")),
            2 => Err(NodeError::failed(std::io::Error::other("no"))),
            _ => Ok(written),
        }
    };
    let caught =
        |_: Arc<Notes>, _: NodeFailure, _: NodeContext| async { NodeResult::Ok(line("caught")) };
    for (numbers, want) in [
        (&[0, 0][..], &["plan", "0", "0", "join"][..]),
        (&[0, 1], &["plan", "0", "1", "aside", "join"]),
        (&[1, 0], &["plan", "1", "0", "aside", "join"]),
        (&[2, 0], &["plan", "caught", "0", "join"]),
        (&[0, 2], &["plan", "0", "caught", "join"]),
        (&[2], &["plan", "caught"]),
        (&[2, 2], &["plan", "caught", "caught"]),
    ] {
        let sends = move |_: &Notes| -> Vec<Send> {
            let parts = numbers.iter().map(|number| Part { number: *number });
            parts.map(|part| Send::new("worker", part)).collect()
        };
        let graph = StateGraph::new()
            .add_node("plan", step)
            .add_send_node("worker", worker)
            .on_error("worker", caught)
            .add_node("aside", step)
            .add_node("join", step)
            .add_edge(START, "plan")
            .add_conditional_edges("plan", sends, ["worker"])
            .add_edge("worker", "join")
            .compile_with(MemoryCheckpointer::new())
            .unwrap();
        let state = done(graph.thread("t").invoke(Notes::default()).await);
        assert_eq!(state.log, want, "{numbers:?}");
    }
}
