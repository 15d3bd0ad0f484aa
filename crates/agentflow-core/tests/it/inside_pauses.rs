//! Runs that stop while a graph inside runs: cancelled, drained, out of budget, or at a
//! breakpoint.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Budget, CompiledGraph, END, NodeContext, NodeError, NodeFailure, NodeResult, Outcome,
    Persistence, RunControl, RunError, RunOptions, START, Spend, StateGraph,
};

use crate::support::{Diary, Notes, NotesUpdate, asked, done, line, row, step};

fn mapped(inner: CompiledGraph<Notes>) -> StateGraph<Notes> {
    StateGraph::new()
        .add_subgraph(
            "sub",
            inner,
            |_: &Notes| Notes::default(),
            |inner: Notes| Notes::update().log(inner.log),
        )
        .add_edge(START, "sub")
}

fn cancels_inside(control: &RunControl, cancels: &Arc<AtomicBool>) -> CompiledGraph<Notes> {
    let (stop, flag) = (control.clone(), Arc::clone(cancels));
    StateGraph::new()
        .add_node("n", move |_: Arc<Notes>, _: NodeContext| {
            let (stop, flag) = (stop.clone(), Arc::clone(&flag));
            async move {
                if flag.load(Ordering::SeqCst) {
                    // As a shutdown does: first kindly, then at once.
                    stop.drain("shutting down");
                    for _ in 0..20 {
                        tokio::task::yield_now().await;
                    }
                    stop.cancel("enough");
                    std::future::pending::<()>().await;
                }
                NodeResult::Ok(line("inner"))
            }
        })
        .add_edge(START, "n")
        .compile()
        .unwrap()
}

#[tokio::test]
async fn a_run_that_is_cancelled_inside_ends_as_cancelled_without_a_handler_too() {
    let (control, cancels) = (RunControl::new(), Arc::new(AtomicBool::new(true)));
    let graph = mapped(cancels_inside(&control, &cancels))
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let ended = graph
        .thread("t")
        .with_control(&control)
        .invoke(Notes::default())
        .await;
    assert!(
        matches!(ended, Err(RunError::Cancelled { .. })),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_run_that_was_cancelled_inside_goes_on_with_its_node_not_with_its_handler() {
    let (control, cancels) = (RunControl::new(), Arc::new(AtomicBool::new(true)));
    let graph = mapped(cancels_inside(&control, &cancels))
        .on_error(
            "sub",
            |_: Arc<Notes>, _: NodeFailure, _: NodeContext| async {
                NodeResult::Ok(line("handled"))
            },
        )
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let _ = graph
        .thread("t")
        .with_control(&control)
        .invoke(Notes::default())
        .await;
    cancels.store(false, Ordering::SeqCst);
    assert_eq!(done(graph.thread("t").proceed().await).log, ["inner"]);
}

#[tokio::test]
async fn a_run_that_is_cancelled_inside_is_cancelled_and_handles_no_failure() {
    let control = RunControl::new();
    let stop = control.clone();
    let inner = StateGraph::new()
        .add_node("n", move |_: Arc<Notes>, _: NodeContext| {
            stop.cancel("enough");
            std::future::pending::<NodeResult<NotesUpdate>>()
        })
        .add_edge(START, "n")
        .compile()
        .unwrap();
    let graph = mapped(inner)
        .on_error(
            "sub",
            |_: Arc<Notes>, _: NodeFailure, _: NodeContext| async {
                NodeResult::Ok(line("handled"))
            },
        )
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let ended = graph
        .thread("t")
        .with_control(&control)
        .invoke(Notes::default())
        .await;
    assert!(
        matches!(ended, Err(RunError::Cancelled { .. })),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_graph_that_is_not_stored_makes_progress_under_a_budget() {
    let diary = Diary::default();
    let spends = {
        let diary = diary.clone();
        move |_: Arc<Notes>, cx: NodeContext| {
            diary.note(cx.node().as_str());
            cx.spend(Spend::tokens(60));
            std::future::ready(NodeResult::Ok(line(cx.node().as_str())))
        }
    };
    let inner = StateGraph::new()
        .add_node("a", spends.clone())
        .add_node("b", spends.clone())
        .add_node("c", spends)
        .add_edge(START, "a")
        .add_sequence(["a", "b", "c"])
        .compile()
        .unwrap()
        .with_persistence(Persistence::None);
    let budget = Budget {
        tokens: Some(100),
        ..Budget::default()
    };
    let graph = mapped(inner)
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(RunOptions {
            budget,
            ..RunOptions::default()
        });
    let thread = graph.thread("t");
    let mut ended = thread.invoke(Notes::default()).await.unwrap();
    for _ in 0..5 {
        if matches!(ended, Outcome::Done(_)) {
            break;
        }
        ended = thread.proceed().await.unwrap();
    }
    assert!(
        matches!(ended, Outcome::Done(_)),
        "after 6 runs: {:?}",
        diary.read()
    );
}

#[tokio::test]
async fn a_breakpoint_in_a_graph_that_is_not_stored_is_refused() {
    let inner = row(&["gate"])
        .compile()
        .unwrap()
        .interrupt_before(["gate"])
        .unwrap()
        .with_persistence(Persistence::None);
    let graph = mapped(inner)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let error = graph
        .thread("t")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("Persistence::PerTask"), "{source}");
}

#[tokio::test]
async fn a_breakpoint_inside_that_nobody_saw_is_not_passed() {
    let diary = Diary::default();
    let inner = StateGraph::new()
        .add_node("gate", diary.node())
        .add_edge(START, "gate")
        .compile()
        .unwrap()
        .interrupt_before(["gate"])
        .unwrap();
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
    let graph = mapped(inner)
        .add_node("s", sibling)
        .add_edge(START, "s")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    assert!(matches!(
        thread.invoke(Notes::default()).await,
        Err(RunError::NodeFailed { .. })
    ));
    assert_eq!(
        diary.read(),
        [""; 0],
        "the breakpoint holds in the first run"
    );
    fails.store(false, Ordering::SeqCst);
    let ended = thread.proceed().await.unwrap();
    assert!(matches!(ended, Outcome::Interrupted { .. }), "{ended:?}");
    let shown = thread.state().await.unwrap().unwrap().interrupts;
    assert_eq!(shown.len(), 1, "and a person can see why it waits");
}

#[tokio::test]
async fn a_breakpoint_inside_holds_each_time_it_is_reached() {
    let inner = StateGraph::new()
        .add_node("gate", step)
        .add_edge(START, "gate")
        .add_conditional_edges(
            "gate",
            |notes: &Notes| if notes.log.len() < 2 { "gate" } else { END },
            ["gate", END],
        )
        .compile()
        .unwrap()
        .interrupt_before(["gate"])
        .unwrap();
    let graph = mapped(inner)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let first = thread.invoke(Notes::default()).await.unwrap();
    let second = thread.proceed().await.unwrap();
    assert_ne!(first.interrupts()[0].id, second.interrupts()[0].id);
    assert_eq!(done(thread.proceed().await).log, ["gate", "gate"]);
    assert_eq!(thread.state().await.unwrap().unwrap().interrupts, []);
}

#[tokio::test]
async fn a_breakpoint_inside_names_its_graph() {
    let inner = row(&["gate"])
        .compile()
        .unwrap()
        .interrupt_before(["gate"])
        .unwrap();
    let graph = mapped(inner)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let paused = thread.invoke(Notes::default()).await.unwrap();
    assert!(
        !paused.interrupts()[0].namespace.is_root(),
        "{:?}",
        paused.interrupts()
    );
    assert_eq!(thread.state().await.unwrap().unwrap().interrupts.len(), 1);
}

#[tokio::test]
async fn any_answer_goes_on_from_a_breakpoint_inside() {
    let inner = row(&["gate"])
        .compile()
        .unwrap()
        .interrupt_before(["gate"])
        .unwrap();
    let graph = mapped(inner)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let _ = thread.invoke(Notes::default()).await.unwrap();
    assert_eq!(done(thread.resume("on").await).log, ["gate"]);
}

#[tokio::test]
async fn a_breakpoint_inside_that_was_passed_does_not_hold_what_an_event_wakes() {
    let mail = |_: Arc<Notes>, cx: NodeContext| async move {
        NodeResult::Ok(line(cx.wait_event::<String>("mail").await?))
    };
    let inner = StateGraph::new()
        .add_node("mail", mail)
        .add_edge(START, "mail")
        .compile()
        .unwrap()
        .interrupt_before(["mail"])
        .unwrap();
    let graph = mapped(inner)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    asked(thread.proceed().await);
    thread.deliver("mail", "hello").await.unwrap();
    let (_, ended) = graph.wake_due().await.unwrap().remove(0);
    assert_eq!(done(ended).log, ["hello"]);
}
