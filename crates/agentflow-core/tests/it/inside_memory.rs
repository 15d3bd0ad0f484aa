//! Graphs that live as long as the thread: what they remember, whatever happens meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    CompiledGraph, NodeContext, NodeError, NodeResult, Persistence, START, StateGraph, StateUpdate,
};

use crate::support::{Notes, NotesUpdate, asked, done, line, row};

async fn ask(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    Ok(line(cx.interrupt::<String>("?")?))
}

fn counting() -> CompiledGraph<Notes> {
    StateGraph::new()
        .add_node("one", |_: Arc<Notes>, _: NodeContext| async {
            NodeResult::Ok(Notes::update_n(1))
        })
        .add_edge(START, "one")
        .compile()
        .unwrap()
        .with_persistence(Persistence::PerThread)
}

#[tokio::test]
async fn memory_of_a_task_that_finished_before_a_failure_is_there_later_in_the_resumed_run() {
    let fails = Arc::new(AtomicBool::new(true));
    let flag = Arc::clone(&fails);
    let sibling = move |_: Arc<Notes>, _: NodeContext| {
        let flag = Arc::clone(&flag);
        async move {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            if flag.load(Ordering::SeqCst) {
                return Err(NodeError::failed(std::io::Error::other("not now")));
            }
            Ok(line("sibling"))
        }
    };
    let graph = StateGraph::new()
        .add_subgraph(
            "m",
            counting(),
            |_: &Notes| Notes::default(),
            |inner: Notes| line(inner.n.to_string()),
        )
        .add_node("s", sibling)
        .add_edge(START, "m")
        .add_edge(START, "s")
        .add_edge("s", "m")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    assert!(thread.invoke(Notes::default()).await.is_err());
    fails.store(false, Ordering::SeqCst);
    assert_eq!(done(thread.proceed().await).log, ["1", "sibling", "2"]);
}

#[tokio::test]
async fn a_graph_that_remembers_runs_once_under_one_name_in_a_task() {
    let inner = row(&["x"])
        .compile()
        .unwrap()
        .with_persistence(Persistence::PerThread);
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        let inner = inner.clone();
        async move {
            let _ = cx
                .invoke_keyed("ann", &inner, Notes::with(&["first"]))
                .await?;
            let last = cx
                .invoke_keyed("ann", &inner, Notes::with(&["second"]))
                .await?;
            NodeResult::Ok(Notes::update().log(last.log))
        }
    };
    let graph = StateGraph::new()
        .add_node("n", node)
        .add_edge(START, "n")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let error = graph
        .thread("t")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("`ann`") && source.contains("a name of its own"),
        "{source}"
    );
}

#[tokio::test]
async fn a_memory_that_is_edited_while_its_task_waits_keeps_the_edit() {
    let inner = row(&["i1"])
        .add_node("ask", ask)
        .add_edge("i1", "ask")
        .compile()
        .unwrap()
        .with_persistence(Persistence::PerThread);
    let graph = StateGraph::new()
        .add_subgraph(
            "m",
            inner.clone(),
            |_: &Notes| Notes::with(&["in"]),
            |inner: Notes| Notes::update().log(inner.log),
        )
        .add_edge(START, "m")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let inside = thread.inside(&inner, "m".into());
    inside
        .update_state(StateUpdate::as_node("i1", line("edited")))
        .await
        .unwrap();
    asked(thread.proceed().await);
    assert_eq!(
        done(thread.resume("yes").await).log,
        ["in", "i1", "edited", "yes"]
    );
}

#[tokio::test]
async fn a_memory_that_is_edited_when_its_task_is_done_has_the_edit_in_the_next_one() {
    let inner = row(&["i1"])
        .compile()
        .unwrap()
        .with_persistence(Persistence::PerThread);
    let graph = StateGraph::new()
        .add_subgraph(
            "m",
            inner.clone(),
            |_: &Notes| Notes::with(&["in"]),
            |inner: Notes| Notes::update().overwrite_log(inner.log),
        )
        .add_edge(START, "m")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let before = thread.state().await.unwrap().unwrap().parent.unwrap();
    let inside = thread.inside(&inner, "m".into());
    for text in ["one", "two"] {
        inside
            .update_state(StateUpdate::as_node("i1", line(text)))
            .await
            .unwrap();
    }
    let ended = done(thread.invoke(Notes::default()).await);
    assert_eq!(ended.log, ["in", "i1", "one", "two", "in", "i1"]);
    let replayed = done(thread.clone().at(before).proceed().await);
    assert_eq!(replayed.log, ["in", "i1"], "and a replay has no part of it");
}

#[tokio::test]
async fn memory_of_a_renamed_node_is_kept() {
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = |name: &'static str| {
        StateGraph::new()
            .add_subgraph(
                name,
                counting(),
                |_: &Notes| Notes::default(),
                |inner: Notes| line(inner.n.to_string()),
            )
            .add_edge(START, name)
    };
    let old = graph("old").compile_with(Arc::clone(&store)).unwrap();
    done(old.thread("t").invoke(Notes::default()).await);
    let new = graph("new")
        .rename_node("old", "new")
        .compile_with(store)
        .unwrap();
    assert_eq!(
        done(new.thread("t").invoke(Notes::default()).await).log,
        ["1", "2"]
    );
}
