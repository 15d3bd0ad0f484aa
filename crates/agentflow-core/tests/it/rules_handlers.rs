//! Failures that an error handler takes, instead of ending the run.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Command, Durability, NodeContext, NodeError, NodeFailure, NodeResult, RunOptions, START,
    StateGraph,
};

use crate::rules_rig::{history, kept, one};
use crate::support::{Diary, Notes, NotesUpdate, asked, done, line, step};

/// A node that fails each time.
async fn broken(_: Arc<Notes>, _: NodeContext) -> NodeResult<NotesUpdate> {
    Err(NodeError::failed("broken"))
}

#[tokio::test]
async fn an_error_handler_runs_beside_the_other_tasks_of_its_superstep() {
    let told = Arc::new(tokio::sync::Notify::new());
    let waits = Arc::clone(&told);
    let sibling = move |_: Arc<Notes>, _: NodeContext| {
        let waits = Arc::clone(&waits);
        async move {
            waits.notified().await;
            NodeResult::Ok(line("sibling"))
        }
    };
    let handles = move |_: Arc<Notes>, failure: NodeFailure, _: NodeContext| {
        told.notify_one();
        std::future::ready(NodeResult::Ok(line(format!(
            "handled {}",
            failure.message()
        ))))
    };
    let graph = one(broken)
        .on_error("a", handles)
        .add_node("sibling", sibling)
        .add_edge(START, "sibling");
    let graph = kept(graph);
    let thread = graph.thread("t");
    assert_eq!(
        done(thread.invoke(Notes::default()).await).log,
        ["handled broken", "sibling"]
    );
    assert_eq!(history(&thread).await.len(), 3, "one superstep for all");
}

#[tokio::test]
async fn a_run_that_stopped_in_an_error_handler_goes_on_with_the_handler() {
    let all = [Durability::Sync, Durability::Async, Durability::Exit];
    for (durability, asks) in all.into_iter().flat_map(|it| [(it, false), (it, true)]) {
        let diary = Diary::default();
        let (runs, handles) = (diary.clone(), diary.clone());
        let node = move |state: Arc<Notes>, cx: NodeContext| {
            runs.note("node");
            broken(state, cx)
        };
        let handler = move |_: Arc<Notes>, _: NodeFailure, cx: NodeContext| {
            handles.note("handler");
            let is_first = handles.count("handler") == 1;
            async move {
                if asks {
                    return Ok(line(cx.interrupt::<String>("what now?")?));
                }
                if is_first {
                    return Err(NodeError::failed("broken too"));
                }
                Ok(line("handled"))
            }
        };
        let graph = one(node)
            .on_error("a", handler)
            .add_node("b", diary.node())
            .add_edge(START, "b");
        let graph = kept(graph).with_options(RunOptions {
            durability,
            ..RunOptions::default()
        });
        let thread = graph.thread("t");
        let stopped = thread.invoke(Notes::default()).await;
        let ended = if asks {
            assert_eq!(asked(stopped), ["what now?"]);
            thread.resume("handled").await
        } else {
            assert!(stopped.is_err());
            thread.proceed().await
        };
        assert_eq!(done(ended).log, ["handled", "b"]);
        let counts = ["node", "b", "handler"].map(|what| diary.count(what));
        assert_eq!(counts, [1, 1, 2], "{durability:?}, asks: {asks}");
    }
}

#[tokio::test]
async fn the_joins_of_a_node_whose_handler_replied_are_not_taken() {
    let bad = |_: Arc<Notes>, _: NodeContext| async {
        Err::<NotesUpdate, _>(NodeError::failed(std::io::Error::other("no")))
    };
    let graph = StateGraph::new()
        .add_node("a", step)
        .add_node("b", bad)
        .add_node("both", step)
        .add_node("other", step)
        .on_error("b", |_: Arc<Notes>, _: NodeFailure, _: NodeContext| async {
            NodeResult::Ok(Command::<Notes>::goto("other"))
        })
        .add_edge(START, "a")
        .add_edge(START, "b")
        .add_join(["a", "b"], "both")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["a", "other"]
    );
}
