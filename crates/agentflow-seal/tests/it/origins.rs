//! Records come without the origin that they are sealed with, and copies have the origin
//! of their original.

use std::sync::Arc;

use agentflow_core::checkpoint::{
    CheckpointError, Checkpointer, MemoryCheckpointer, RecordKind, Wake,
};
use agentflow_core::{
    CheckpointId, NodeContext, NodeResult, START, Send, State, StateGraph, Timestamp,
};
use agentflow_seal::{Seal, SealedCheckpointer};
use agentflow_testkit::{Call, FaultyCheckpointer, When};
use serde::{Deserialize, Serialize};

use crate::rig::{FIELD, Part, Spot, ring};

const RECORD: Spot = FIELD.with(Part::Record("1/n/0", RecordKind::Once, "pay"));

/// The life of the same thread before.
const BEFORE: Spot = Spot {
    origin: "t@0",
    ..RECORD
};

type Store = SealedCheckpointer<Arc<FaultyCheckpointer<MemoryCheckpointer>>>;

/// Two that seal alike and share what they keep.
fn two_wrappers() -> (Store, Store) {
    let inner = Arc::new(FaultyCheckpointer::new(MemoryCheckpointer::new()));
    let wrapper = || SealedCheckpointer::new(Arc::clone(&inner), Seal::new().encrypt(ring()));
    (wrapper(), wrapper())
}

/// What is kept of a record opens in no thread of another origin.
async fn expect_bound(kept: &[u8]) {
    let moved = BEFORE.opened(&Seal::new().encrypt(ring()), kept).await;
    assert!(moved.is_err());
}

#[tokio::test]
async fn records_open_whatever_their_writer_has_seen_of_the_thread() {
    for case in [
        "the commit",
        "nothing",
        "a commit without an answer",
        "the thread's life before",
    ] {
        let (store, other) = two_wrappers();
        let fence = RECORD.fence(&store).await;
        let commit = RECORD.commit(fence.clone());
        match case {
            "the commit" => store.commit(commit).await.unwrap(),
            "nothing" => other.commit(commit).await.unwrap(),
            _ => {
                if case == "the thread's life before" {
                    let before = BEFORE.commit(fence.clone());
                    store.commit(before).await.unwrap();
                    // By somebody else: this writer is not told.
                    other.delete_thread(&"t".into()).await.unwrap();
                }
                store.inner().fail_next(Call::Commit, When::After);
                assert!(store.commit(commit).await.unwrap_err().is_retryable());
            }
        }
        let request = RECORD.records(fence, b"paid");
        store.save_records(request).await.unwrap();
        assert_eq!(RECORD.get(&other).await.unwrap(), b"paid", "{case}");
        assert_eq!(RECORD.get(&store).await.unwrap(), b"paid", "{case}");
        let kept = RECORD.get(store.inner()).await.unwrap();
        expect_bound(&kept).await;
    }
}

#[tokio::test]
async fn records_of_a_commit_open_at_its_parent_whatever_its_writer_has_seen() {
    let (store, other) = two_wrappers();
    let fence = RECORD.fence(&store).await;
    let first = RECORD.commit(fence.clone());
    other.commit(first).await.unwrap();
    let second = Spot { id: 6, ..RECORD };
    let mut request = second.commit(fence.clone());
    request.expected_head = Some(CheckpointId(5));
    request.checkpoint.parent = Some(CheckpointId(5));
    request.records = RECORD.records(fence, b"paid").records;
    store.commit(request).await.unwrap();
    let (thread, namespace) = (RECORD.thread.into(), RECORD.namespace.into());
    let at = Some(CheckpointId(5));
    let parent = other.load(&thread, &namespace, at).await.unwrap();
    assert_eq!(parent.unwrap().records[0].value, b"paid");
    let kept = store.inner().load(&thread, &namespace, at).await.unwrap();
    expect_bound(&kept.unwrap().records[0].value).await;
}

#[tokio::test]
async fn records_without_a_checkpoint_are_refused_and_wake_nobody() {
    let (store, other) = two_wrappers();
    let fence = RECORD.fence(&store).await;
    other.commit(RECORD.commit(fence.clone())).await.unwrap();
    let mut request = Spot { id: 6, ..RECORD }.records(fence, b"paid");
    request.wake = Wake::At(Timestamp(0));
    let refused = store.save_records(request.clone()).await;
    let conflict = matches!(&refused, Err(CheckpointError::Conflict { expected, .. })
        if *expected == Some(CheckpointId(6)));
    assert!(conflict, "{refused:?}");
    assert_eq!(store.due(Timestamp(i64::MAX), 9).await.unwrap(), []);
    request.fence.epoch.0 += 1;
    let refused = store.save_records(request).await;
    assert!(
        matches!(refused, Err(CheckpointError::Fenced { .. })),
        "{refused:?}"
    );
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Case {
    #[state(reducer = append)]
    log: Vec<String>,
}

/// Asks with an input of its own, and has an effect before.
async fn ask(topic: Arc<String>, cx: NodeContext) -> NodeResult<CaseUpdate> {
    let found: String = cx
        .once("look", || async { NodeResult::Ok("found".to_owned()) })
        .await?;
    let said: String = cx.interrupt(topic.as_str())?;
    let told: String = cx.wait_event("told").await?;
    Ok(Case::update().log([said, found, told]))
}

#[tokio::test]
async fn a_copy_and_its_copy_go_on_and_a_thread_begun_anew_does_too() {
    let inner = Arc::new(MemoryCheckpointer::new());
    let sealed = || SealedCheckpointer::new(Arc::clone(&inner), Seal::new().encrypt(ring()));
    let graph = |store| {
        let send = |_: &Case| vec![Send::new("ask", "topic".to_owned())];
        let graph = StateGraph::new().add_send_node("ask", ask);
        let graph = graph.add_conditional_edges(START, send, ["ask"]);
        graph.compile_with(store).unwrap()
    };
    let first = graph(sealed());
    let thread = first.thread("t");
    let begin = || Case {
        log: vec!["begun".to_owned()],
    };
    let asked = thread.invoke(begin()).await.unwrap();
    assert!(asked.into_done().is_none());
    thread.deliver("told", "event").await.unwrap();
    thread.copy_to("copy").await.unwrap();
    first
        .thread("copy")
        .copy_to("copy of the copy")
        .await
        .unwrap();
    let want = ["begun", "yes", "found", "event"];
    for name in ["t", "copy", "copy of the copy"] {
        // Each by a process of its own.
        let done = graph(sealed()).thread(name).resume("yes").await.unwrap();
        assert_eq!(done.into_done().unwrap().log, want, "{name}");
    }
    // Done as well: a copy of what a copy has written itself.
    first.thread("copy").copy_to("late").await.unwrap();
    let late = graph(sealed()).thread("late").state().await.unwrap();
    assert_eq!(late.unwrap().values.log, want);

    thread.delete().await.unwrap();
    let asked = thread.invoke(begin()).await.unwrap();
    assert!(asked.into_done().is_none());
    thread.deliver("told", "event").await.unwrap();
    let done = thread.resume("yes").await.unwrap();
    assert_eq!(done.into_done().unwrap().log, want);
}
