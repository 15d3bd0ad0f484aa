//! Attempts, the waits between them, and their end.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    NodeContext, NodeError, NodeResult, RetryPolicy, RetryWhen, RunError, START, StateGraph,
};

use crate::support::{Notes, done, line};

fn policy() -> RetryPolicy {
    RetryPolicy {
        max_attempts: 4,
        ..RetryPolicy::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_runs_again_after_growing_waits() {
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        match cx.attempt() {
            4 => Ok(line("at last")),
            _ => Err(NodeError::failed("not yet")),
        }
    };
    let graph = StateGraph::new()
        .add_node("a", node)
        .add_edge(START, "a")
        .retry("a", policy());
    let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
    let before = tokio::time::Instant::now();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["at last"]
    );
    assert_eq!(
        before.elapsed().as_millis() / 10,
        (500 + 1_000 + 2_000) / 10
    );
}

#[test]
fn waits_grow_up_to_their_limit() {
    let policy = RetryPolicy {
        max_delay: Duration::from_secs(3),
        ..policy()
    };
    for (attempt, millis) in [
        (1, 500),
        (2, 1_000),
        (3, 2_000),
        (4, 3_000),
        (u32::MAX, 3_000),
    ] {
        assert_eq!(
            policy.delay_after(attempt),
            Duration::from_millis(millis),
            "{attempt}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_the_policy_names_is_tried_again() {
    let says_timeout = |error: &agentflow_core::BoxError| error.to_string().contains("timeout");
    for (name, message, when, attempts) in [
        ("always", "broken", RetryWhen::Always, 4),
        ("a named failure", "timeout", RetryWhen::If(says_timeout), 4),
        ("another failure", "broken", RetryWhen::If(says_timeout), 1),
    ] {
        let node = move |_: Arc<Notes>, _: NodeContext| async move {
            NodeResult::<()>::Err(NodeError::failed(message))
        };
        let policy = RetryPolicy { when, ..policy() };
        let graph = StateGraph::new()
            .add_node("a", node)
            .add_edge(START, "a")
            .retry_all(policy);
        let error = graph
            .compile()
            .unwrap()
            .thread("t")
            .invoke(Notes::default())
            .await;
        let Err(RunError::NodeFailed { attempt, .. }) = error else {
            panic!("{name}: {error:?}")
        };
        assert_eq!(attempt, attempts, "{name}");
    }
}
