//! Error handlers of nodes: what they keep of their node, and what becomes of it when
//! they ask, fail or are gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agentflow_core::checkpoint::{Checkpointer, MemoryCheckpointer};
use agentflow_core::{
    Durability, NodeContext, NodeError, NodeFailure, NodeResult, RunOptions, START, StateGraph,
};

use crate::support::{Diary, Notes, NotesUpdate, Tampered, asked, done, line};

#[tokio::test]
async fn a_handler_that_is_gone_from_the_graph_is_an_error_not_a_panic() {
    let store = Arc::new(MemoryCheckpointer::new());
    let bad = |_: Arc<Notes>, _: NodeContext| async {
        Err::<NotesUpdate, _>(NodeError::failed(std::io::Error::other("no")))
    };
    let graph = || StateGraph::new().add_node("n", bad).add_edge(START, "n");
    let old = graph()
        .on_error(
            "n",
            |_: Arc<Notes>, _: NodeFailure, cx: NodeContext| async move {
                NodeResult::Ok(line(cx.interrupt::<String>("what now?")?))
            },
        )
        .compile_with(Arc::clone(&store))
        .unwrap();
    asked(old.thread("t").invoke(Notes::default()).await);
    let new = graph().compile_with(store).unwrap();
    assert!(new.thread("t").proceed().await.is_err());
}

#[tokio::test]
async fn a_handler_that_asks_in_exit_or_async_does_not_run_its_node_again() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let diary = Diary::default();
        let noted = diary.clone();
        let graph = StateGraph::new()
            .add_node("n", move |_: Arc<Notes>, _: NodeContext| {
                noted.note("node");
                std::future::ready(Err::<NotesUpdate, _>(NodeError::failed(
                    std::io::Error::other("no"),
                )))
            })
            .on_error(
                "n",
                |_: Arc<Notes>, _: NodeFailure, cx: NodeContext| async move {
                    NodeResult::Ok(line(cx.interrupt::<String>("?")?))
                },
            )
            .add_edge(START, "n")
            .compile_with(Tampered::new())
            .unwrap()
            .with_options(RunOptions {
                durability,
                ..RunOptions::default()
            });
        let thread = graph.thread("t");
        asked(thread.invoke(Notes::default()).await);
        assert_eq!(done(thread.resume("go on").await).log, ["go on"]);
        assert_eq!(diary.read(), ["node"], "{durability:?}");
    }
}

#[tokio::test]
async fn an_event_that_the_node_took_is_taken_when_its_handler_has_replied() {
    let (store, dies) = (
        Arc::new(MemoryCheckpointer::new()),
        Arc::new(AtomicBool::new(false)),
    );
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.wait_event::<String>("mail").await?;
        Err::<NotesUpdate, _>(NodeError::failed(std::io::Error::other("no")))
    };
    let flag = Arc::clone(&dies);
    let handler = move |_: Arc<Notes>, _: NodeFailure, _: NodeContext| {
        let reply = match flag.swap(false, Ordering::SeqCst) {
            true => Err(NodeError::fatal(std::io::Error::other("dies"))),
            false => Ok(line("handled")),
        };
        std::future::ready(reply)
    };
    let graph = StateGraph::new()
        .add_node("n", node)
        .on_error("n", handler)
        .add_edge(START, "n")
        .compile_with(Arc::clone(&store))
        .unwrap();
    for (name, crashes) in [("in one run", false), ("in another run", true)] {
        let thread = graph.thread(name);
        dies.store(crashes, Ordering::SeqCst);
        thread.deliver("mail", "hello").await.unwrap();
        let mut ended = thread.invoke(Notes::default()).await;
        if crashes {
            ended.unwrap_err();
            ended = thread.proceed().await;
        }
        assert_eq!(done(ended).log, ["handled"], "{name}");
        assert_eq!(store.events(&name.into()).await.unwrap(), [], "{name}");
    }
}
