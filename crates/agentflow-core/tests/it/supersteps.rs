//! Supersteps, their order and their state.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    HistoryQuery, NodeContext, NodeResult, RunError, RunInput, START, StateGraph,
};
use tokio::sync::oneshot;

use crate::support::{Notes, NotesUpdate, done, line, row, step};

#[tokio::test]
async fn updates_apply_by_name_whatever_finishes_first() {
    let (tell, told) = oneshot::channel::<()>();
    let (tell, told) = (
        Arc::new(std::sync::Mutex::new(Some(tell))),
        Arc::new(tokio::sync::Mutex::new(told)),
    );
    let a = move |_: Arc<Notes>, _: NodeContext| {
        let told = Arc::clone(&told);
        async move {
            (&mut *told.lock().await).await?;
            NodeResult::Ok(line("a"))
        }
    };
    let b = move |_: Arc<Notes>, _: NodeContext| {
        let tell = tell.lock().unwrap().take().unwrap();
        async move {
            tell.send(()).unwrap();
            NodeResult::Ok(line("b"))
        }
    };
    let graph = StateGraph::new()
        .add_node("a", a)
        .add_node("b", b)
        .add_edge(START, "a")
        .add_edge(START, "b")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["a", "b"]
    );
}

#[tokio::test]
async fn siblings_see_the_state_from_before_their_superstep() {
    let looks = |notes: Arc<Notes>, _: NodeContext| async move {
        NodeResult::Ok(line(format!("saw {}", notes.log.len())))
    };
    let graph = StateGraph::new()
        .add_node("a", step)
        .add_node("b", looks)
        .add_edge(START, "a")
        .add_edge(START, "b");
    let graph = graph.compile().unwrap();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::with(&["input"])).await).log,
        ["input", "a", "saw 1"]
    );
}

#[tokio::test]
async fn an_input_on_a_thread_that_ran_folds_into_its_state() {
    let graph = row(&["a"]).compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    let _ = thread
        .invoke(Notes {
            n: 1,
            ..Notes::with(&["first"])
        })
        .await
        .unwrap();
    let second = thread.invoke(Notes::update().log(["second"]).n(1)).await;
    let state = done(second);
    assert_eq!(
        (&state.log[..], state.n),
        (&["first", "a", "second", "a"].map(String::from)[..], 2)
    );
    let replaced = thread
        .invoke(Notes::update().overwrite_log(vec!["new".into()]))
        .await;
    assert_eq!(done(replaced).log, ["new", "a"]);
    let steps = thread.history(HistoryQuery::default()).await.unwrap();
    let steps: Vec<_> = steps
        .iter()
        .rev()
        .map(|checkpoint| checkpoint.step.0)
        .collect();
    assert_eq!(steps, [-1, 0, 1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn going_on_with_a_thread_that_is_done_changes_nothing() {
    let graph = row(&["a"]).compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    let first = done(thread.invoke(Notes::default()).await);
    assert_eq!(done(thread.proceed().await), first);
    assert_eq!(
        thread.history(HistoryQuery::default()).await.unwrap().len(),
        3
    );
    assert!(thread.state().await.unwrap().unwrap().next.is_empty());
}

#[tokio::test]
async fn what_a_thread_cannot_do_is_an_error_that_says_so() {
    let kept = row(&["a"]).compile_with(MemoryCheckpointer::new()).unwrap();
    let forgotten = row(&["a"]).compile().unwrap();
    let fresh = kept.thread("t");
    assert!(matches!(
        fresh.proceed().await,
        Err(RunError::EmptyThread { .. })
    ));
    assert!(matches!(
        fresh.resume("x").await,
        Err(RunError::NothingToResume { .. })
    ));
    assert!(fresh.state().await.unwrap().is_none());
    let thread = forgotten.thread("t");
    assert!(matches!(
        thread.proceed().await,
        Err(RunError::NoCheckpointer { .. })
    ));
    assert!(matches!(
        thread.state().await,
        Err(RunError::NoCheckpointer { .. })
    ));
    let conflict = fresh
        .invoke(RunInput::update(
            Notes::update().last("a".to_owned()).last("b".to_owned()),
        ))
        .await;
    assert!(
        matches!(conflict, Err(RunError::WriteConflict { .. })),
        "{conflict:?}"
    );
}

#[tokio::test]
async fn a_node_that_changes_its_input_changes_nothing_else() {
    let changes = |mut notes: Arc<Notes>, _: NodeContext| async move {
        Arc::make_mut(&mut notes).log.push("mine".into());
        NodeResult::Ok(NotesUpdate::default())
    };
    let graph = StateGraph::new()
        .add_node("a", changes)
        .add_node("b", changes)
        .add_edge(START, "a")
        .add_edge("a", "b")
        .compile()
        .unwrap();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        [""; 0]
    );
}

#[tokio::test]
async fn a_graph_without_a_store_needs_no_executor_of_a_kind() {
    let graph = row(&["a", "b"]).compile().unwrap();
    let outcome = std::thread::spawn(move || {
        futures::executor::block_on(graph.thread("t").invoke(Notes::default()))
    });
    assert_eq!(done(outcome.join().unwrap()).log, ["a", "b"]);
}

#[test]
fn all_problems_of_a_graph_are_told_at_once() {
    let problems = StateGraph::<Notes>::new()
        .add_node("a", step)
        .add_node("a", step)
        .add_node("END", step)
        .add_edge("a", "nope")
        .add_edge("END", "a")
        .add_join([] as [&str; 0], "a")
        .retry("b", agentflow_core::RetryPolicy::default())
        .compile()
        .unwrap_err();
    let said = problems.to_string();
    for want in [
        "node `a` is added twice",
        "`END` cannot name a node",
        "the edge `a` -> `nope` names `nope`",
        "leads out of END",
        "waits for no node",
        "a retry policy names `b`",
        "nothing leads from START",
    ] {
        assert!(said.contains(want), "{want:?} is not in {said}");
    }
}

#[tokio::test]
async fn a_join_on_end_has_nothing_to_run() {
    let graph = row(&["a", "b"])
        .add_join(["a", "b"], agentflow_core::END)
        .compile()
        .unwrap();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["a", "b"]
    );
}
