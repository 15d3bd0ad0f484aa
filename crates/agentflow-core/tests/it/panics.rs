//! Panics of what users write: each is an error of its node or of its run, and the thread
//! goes on from where it stood.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    BoxError, END, NodeContext, NodeError, NodeFailure, NodeResult, RetryPolicy, RetryWhen,
    RunError, RunInput, START, State, StateGraph, StreamMode, View,
};
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use crate::support::{Notes, NotesUpdate, line, row, step};

async fn bad(_: Arc<Notes>, _: NodeContext) -> NodeResult<NotesUpdate> {
    Err(NodeError::failed(std::io::Error::other("no")))
}

#[tokio::test]
async fn what_a_panic_undoes_is_shown_to_nobody() {
    let graph = StateGraph::new()
        .add_node("a", step)
        .add_edge(START, "a")
        .add_conditional_edges("a", |_: &Notes| -> &'static str { panic!("router") }, [END])
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let events: Vec<_> = thread
        .stream(Notes::default(), StreamMode::Updates)
        .collect()
        .await;
    assert!(events.is_empty(), "its task runs again: {events:?}");
}

#[tokio::test]
async fn a_panic_around_a_node_is_an_error_of_the_node() {
    struct Shaken;
    impl View<Notes> for Shaken {
        const FIELDS: Option<&'static [&'static str]> = None;
        fn view(_: &Notes) -> Self {
            panic!("view")
        }
    }
    let sees = |_: Arc<Shaken>, _: NodeContext| async { NodeResult::Ok(line("seen")) };
    let handles = |_: Arc<Notes>,
                   _: NodeFailure,
                   _: NodeContext|
     -> std::future::Ready<NodeResult<NotesUpdate>> { panic!("handler") };
    let of_bad = || StateGraph::new().add_node("n", bad).add_edge(START, "n");
    for (name, graph) in [
        (
            "view",
            StateGraph::new().add_node("n", sees).add_edge(START, "n"),
        ),
        ("handler", of_bad().on_error("n", handles)),
        ("handler of all", of_bad().on_error_all(handles)),
    ] {
        let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
        let ended = graph.thread("t").invoke(Notes::default()).await;
        let Err(RunError::NodeFailed { source, .. }) = ended else {
            panic!("{name}: {ended:?}");
        };
        assert!(source.to_string().contains("panicked"), "{name}: {source}");
    }
}

#[tokio::test]
async fn a_retry_policy_that_panics_ends_the_run() {
    let policy = RetryPolicy {
        when: RetryWhen::If(|_: &BoxError| panic!("policy")),
        ..RetryPolicy::default()
    };
    let graph = StateGraph::new()
        .add_node("n", bad)
        .retry("n", policy)
        .add_edge(START, "n")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let ended = graph.thread("t").invoke(Notes::default()).await;
    let Err(RunError::Panicked { what, message, .. }) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!((what, message.as_str()), ("a retry policy", "policy"));
}

#[tokio::test]
async fn an_undo_action_that_panics_is_an_error_of_its_node() {
    let graph = row(&["a", "b"])
        .undo(
            "b",
            |_: Arc<Notes>, _: NodeContext| -> std::future::Ready<NodeResult<()>> {
                panic!("undo")
            },
        )
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let _ = thread.invoke(Notes::default()).await.unwrap();
    let snapshots = thread.snapshots(Default::default()).await.unwrap();
    let first = snapshots.last().unwrap().checkpoint;
    let undone = thread.roll_back(first).await;
    assert!(
        matches!(undone, Err(RunError::UndoFailed { .. })),
        "{undone:?}"
    );
}

/// A state whose reducer panics at a 13.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Careful {
    #[state(reducer = no_thirteen)]
    sum: u32,
    other: u32,
}

fn no_thirteen(sum: &mut u32, more: u32) -> Result<(), std::num::TryFromIntError> {
    assert_ne!(more, 13, "unlucky");
    *sum += more;
    Ok(())
}

async fn asks(_: Arc<Careful>, cx: NodeContext) -> NodeResult<CarefulUpdate> {
    Ok(Careful::update().other(cx.interrupt("?")?))
}

async fn thirteen(_: Arc<Careful>, _: NodeContext) -> NodeResult<CarefulUpdate> {
    Ok(Careful::update().sum(13))
}

#[tokio::test]
async fn a_reducer_that_panics_ends_the_run_wherever_it_is_called() {
    let graph = StateGraph::new()
        .add_node("asks", asks)
        .add_node("thirteen", thirteen)
        .add_edge(START, "asks")
        .add_edge(START, "thirteen")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let panicked = |name: &str, ended: Result<_, RunError>| {
        assert!(
            matches!(ended, Err(RunError::Panicked { .. })),
            "{name}: {ended:?}"
        );
    };
    let input: RunInput<Careful> = RunInput::update(Careful::update().sum(13));
    panicked("an input", thread.invoke(input).await.map(drop));
    assert!(thread.state().await.unwrap().is_none(), "it is not stored");
    // What has finished is shown without what cannot be folded.
    let paused = thread.invoke(Careful::default()).await.unwrap();
    assert_eq!(paused.interrupts().len(), 1);
    assert_eq!(thread.state().await.unwrap().unwrap().values.sum, 0);
    panicked("a superstep", thread.resume(1_u32).await.map(drop));
}
