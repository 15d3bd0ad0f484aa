//! Threads that are half way while their graph changes.

use std::sync::Arc;

use agentflow_core::checkpoint::{
    CheckpointError, Checkpointer, CommitRequest, Fence, LeaseGrant, LeaseRequest,
    MemoryCheckpointer, OwnerId, Takeover,
};
use agentflow_core::{
    CheckpointId, Namespace, NodeContext, NodeResult, RunError, START, Send, State, StateGraph,
    Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::support::{Notes, asked, done, line, row};

async fn asks(_: Arc<Notes>, cx: NodeContext) -> NodeResult<crate::support::NotesUpdate> {
    Ok(line(cx.interrupt::<String>("?")?))
}

async fn on_number(number: Arc<u32>, cx: NodeContext) -> NodeResult<crate::support::NotesUpdate> {
    Ok(line(format!("{number} {}", cx.interrupt::<String>("?")?)))
}

/// A store with a thread that is paused in a node `ask`, after `a`.
async fn paused_in_ask() -> Arc<MemoryCheckpointer> {
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = row(&["a"])
        .add_node("ask", asks)
        .add_node("b", crate::support::step);
    let graph = graph.add_edge("a", "ask").add_join(["a", "b"], "ask");
    let graph = graph.compile_with(Arc::clone(&store)).unwrap();
    asked(graph.thread("t").invoke(Notes::default()).await);
    store
}

#[tokio::test]
async fn a_paused_node_that_is_renamed_or_of_another_kind_is_an_error_that_names_it() {
    let with_join = |graph: StateGraph<Notes>| {
        graph
            .add_node("b", crate::support::step)
            .add_join(["a", "b"], "ask")
    };
    let renamed = row(&["a", "question"]);
    let of_another_kind = row(&["a"]).add_send_node("ask", on_number);
    let without_the_join = row(&["a"]).add_node("ask", asks).add_edge("a", "ask");
    for (name, graph) in [
        ("renamed", renamed),
        ("of another kind", of_another_kind),
        ("its join is gone", without_the_join),
    ] {
        let graph = graph.compile_with(paused_in_ask().await).unwrap();
        let thread = graph.thread("t");
        let errors = [
            thread.resume("x").await.map(drop),
            thread.proceed().await.map(drop),
            thread.state().await.map(drop),
        ];
        for error in errors {
            let named = matches!(&error, Err(RunError::GraphChanged { node, .. }) if node.as_str() == "ask");
            assert!(named, "{name}: {error:?}");
        }
    }
    let unchanged = with_join(row(&["a"]).add_node("ask", asks).add_edge("a", "ask"));
    let graph = unchanged.compile_with(paused_in_ask().await).unwrap();
    assert_eq!(done(graph.thread("t").resume("x").await).log, ["a", "x"]);
}

#[tokio::test]
async fn a_stored_payload_of_another_type_is_an_error_that_names_its_node() {
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = StateGraph::new()
        .add_send_node("w", on_number)
        .add_conditional_edges(START, |_: &Notes| Send::new("w", 1_u32), ["w"])
        .compile_with(Arc::clone(&store))
        .unwrap();
    asked(graph.thread("t").invoke(Notes::default()).await);
    let on_text = |_: Arc<String>, _: NodeContext| async { NodeResult::Ok(line("text")) };
    let changed = StateGraph::new()
        .add_send_node("w", on_text)
        .add_conditional_edges(START, |_: &Notes| Send::new("w", String::new()), ["w"])
        .compile_with(store)
        .unwrap();
    let error = changed.thread("t").resume("x").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the payload of a send to `w` does not decode as JSON"
    );
}

mod later {
    use super::*;

    /// The same state with a field more and one less.
    #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    pub(super) struct Widened {
        #[state(reducer = append)]
        pub(super) log: Vec<String>,
        pub(super) added: u32,
    }

    /// The same state after its fields changed their meaning.
    #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    #[state(version = 2)]
    pub(super) struct Versioned {
        #[state(reducer = append)]
        pub(super) log: Vec<String>,
    }
}

#[tokio::test]
async fn a_field_more_takes_its_default_and_a_field_less_is_ignored() {
    let node = |_: Arc<later::Widened>, _: NodeContext| async {
        NodeResult::Ok(later::Widened::update().log(["new"]).added(1))
    };
    let graph = StateGraph::new()
        .add_node("ask", node)
        .add_node("a", node)
        .add_node("b", node);
    let graph = graph.add_edge(START, "ask").add_join(["a", "b"], "ask");
    let graph = graph.compile_with(paused_in_ask().await).unwrap();
    let state = graph
        .thread("t")
        .proceed()
        .await
        .unwrap()
        .into_done()
        .unwrap();
    assert_eq!(
        (&state.log[..], state.added),
        (&["a", "new"].map(String::from)[..], 1)
    );
}

#[tokio::test]
async fn a_state_of_another_version_is_an_error_that_names_both() {
    let node = |_: Arc<later::Versioned>, _: NodeContext| async { NodeResult::Ok(()) };
    let graph = StateGraph::new()
        .add_node("ask", node)
        .add_edge(START, "ask");
    let graph = graph.compile_with(paused_in_ask().await).unwrap();
    let error = graph.thread("t").proceed().await.unwrap_err();
    assert!(
        matches!(
            error,
            RunError::StateVersion {
                found: 1,
                known: 2,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_checkpoint_of_a_newer_format_is_an_error_that_says_what_to_do() {
    let store = paused_in_ask().await;
    let (thread, root) = ("t".into(), Namespace::root());
    let mut checkpoint = store
        .load(&thread, &root, None)
        .await
        .unwrap()
        .unwrap()
        .checkpoint;
    let expected_head = Some(checkpoint.id);
    checkpoint.id = CheckpointId(checkpoint.id.0 + 1);
    checkpoint.format += 1;
    let lease = store.acquire_lease(LeaseRequest {
        thread,
        owner: OwnerId("test".into()),
        now: Timestamp(0),
        ttl: std::time::Duration::ZERO,
        takeover: Takeover::Expired,
    });
    let LeaseGrant::Granted(lease) = lease.await.unwrap() else {
        panic!("nobody holds it")
    };
    let fence = Fence {
        thread: lease.thread.clone(),
        epoch: lease.epoch,
    };
    let request = CommitRequest {
        fence,
        namespace: root,
        expected_head,
        checkpoint: Box::new(checkpoint),
        changed: vec![],
        records: vec![],
        taken: vec![],
    };
    store.commit(request).await.unwrap();
    store.release_lease(&lease).await.unwrap();
    let graph = row(&["a", "ask"]).compile_with(store).unwrap();
    let error = graph.thread("t").proceed().await.unwrap_err();
    let newer = matches!(
        &error,
        RunError::Checkpoint {
            source: CheckpointError::TooNew {
                found: 3,
                known: 2,
                ..
            },
            ..
        }
    );
    assert!(newer, "{error:?}");
}
