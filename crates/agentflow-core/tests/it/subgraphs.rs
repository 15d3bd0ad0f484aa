//! Graphs as nodes of graphs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    CompiledGraph, Durability, NodeContext, NodeError, NodeResult, RetryPolicy, RunOptions, START,
    StateGraph,
};

use crate::support::{Diary, Notes, Tampered, asked, crash, done, line};

/// An outer graph: `before`, `inner`, `after`.
fn around(inner: CompiledGraph<Notes>, diary: &Diary) -> StateGraph<Notes> {
    let takes_in = |outer: &Notes| Notes::with(&[&format!("from {}", outer.log.len())]);
    let gives_back = |inner: Notes| Notes::update().log(inner.log);
    StateGraph::new()
        .add_node("before", diary.node())
        .add_subgraph("inner", inner, takes_in, gives_back)
        .add_node("after", diary.node())
        .add_edge(START, "before")
        .add_edge("before", "inner")
        .add_edge("inner", "after")
}

fn inner_with<F, Fut>(diary: &Diary, second: F) -> CompiledGraph<Notes>
where
    F: Fn(Arc<Notes>, NodeContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = NodeResult<crate::support::NotesUpdate>> + Send + 'static,
{
    StateGraph::new()
        .add_node("first", diary.node())
        .add_node("second", second)
        .add_edge(START, "first")
        .add_edge("first", "second")
        .compile()
        .unwrap()
}

const ALL: [&str; 5] = ["before", "from 1", "first", "second", "after"];

#[tokio::test]
async fn a_graph_inside_has_its_own_state_and_gives_back_an_update() {
    let diary = Diary::default();
    for store in [false, true] {
        let graph = around(inner_with(&diary, diary.node()), &diary)
            .compile()
            .unwrap();
        let graph = if store {
            graph.with_checkpointer(MemoryCheckpointer::new())
        } else {
            graph
        };
        assert_eq!(
            done(graph.thread("t").invoke(Notes::default()).await).log,
            ALL
        );
    }
}

#[tokio::test]
async fn a_question_inside_pauses_the_thread_and_only_its_node_runs_again() {
    let asks = |_: Arc<Notes>, cx: NodeContext| async move {
        NodeResult::Ok(line(cx.interrupt::<String>("inside?")?))
    };
    for levels in [1, 3] {
        let diary = Diary::default();
        let mut inner = inner_with(&diary, asks);
        for _ in 1..levels {
            inner = around(inner, &diary).compile().unwrap();
        }
        let graph = around(inner, &diary)
            .compile_with(MemoryCheckpointer::new())
            .unwrap();
        let thread = graph.thread("t");
        let outcome = thread.invoke(Notes::default()).await;
        let namespace = outcome.as_ref().unwrap().interrupts()[0].namespace.clone();
        assert_eq!(namespace.as_str().split('|').count(), levels, "{namespace}");
        assert_eq!(asked(outcome), ["inside?"]);
        assert_eq!(thread.state().await.unwrap().unwrap().interrupts.len(), 1);
        assert!(
            done(thread.resume("answered").await)
                .log
                .contains(&"answered".to_owned())
        );
        assert_eq!(diary.count("first"), 1);
        assert_eq!(
            (diary.count("before"), diary.count("after")),
            (levels, levels)
        );
    }
}

#[tokio::test]
async fn a_bad_answer_inside_can_be_given_again() {
    let diary = Diary::default();
    let asks = |_: Arc<Notes>, cx: NodeContext| async move {
        NodeResult::Ok(line(cx.interrupt::<u32>("number?")?.to_string()))
    };
    let inner = around(inner_with(&diary, asks), &diary).compile().unwrap();
    let graph = around(inner, &diary)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let error = thread.resume("no number").await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("cannot take this answer"), "{source}");
    assert_eq!(thread.state().await.unwrap().unwrap().interrupts.len(), 1);
    assert!(done(thread.resume(7).await).log.contains(&"7".to_owned()));
    assert_eq!(diary.count("first"), 1);
}

#[tokio::test(start_paused = true)]
async fn another_attempt_goes_on_inside_where_the_graph_failed() {
    let (diary, attempts) = (Diary::default(), Arc::new(AtomicU32::new(0)));
    let fails_twice = move |_: Arc<Notes>, cx: NodeContext| {
        let attempt = attempts.fetch_add(1, Ordering::Relaxed);
        async move {
            if attempt < 2 {
                return Err(NodeError::failed("not yet"));
            }
            Ok(line(cx.node().as_str()))
        }
    };
    let graph = around(inner_with(&diary, fails_twice), &diary)
        .retry("inner", RetryPolicy::default())
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ALL
    );
    assert_eq!(
        diary.count("first"),
        1,
        "what was done inside is not done again"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_fatal_inside_is_fatal_outside() {
    let (diary, attempts) = (Diary::default(), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&attempts);
    let gives_up = move |_: Arc<Notes>, _: NodeContext| {
        attempts.fetch_add(1, Ordering::Relaxed);
        async move { Err(NodeError::fatal("never")) }
    };
    let graph = around(inner_with(&diary, gives_up), &diary).retry_all(RetryPolicy::default());
    let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
    assert!(graph.thread("t").invoke(Notes::default()).await.is_err());
    assert_eq!(counted.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn after_a_crash_inside_the_thread_goes_on_inside() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let (diary, hangs) = (Diary::default(), Arc::new(AtomicU32::new(1)));
        let hangs_once = move |_: Arc<Notes>, cx: NodeContext| {
            let hangs = hangs.swap(0, Ordering::Relaxed);
            async move {
                if hangs == 1 {
                    std::future::pending::<()>().await;
                }
                NodeResult::Ok(line(cx.node().as_str()))
            }
        };
        let options = RunOptions {
            durability,
            ..RunOptions::default()
        };
        let graph = around(inner_with(&diary, hangs_once), &diary)
            .compile_with(Tampered::new())
            .unwrap()
            .with_options(options);
        let thread = graph.thread("t");
        crash(thread.invoke(Notes::default())).await;
        assert_eq!(done(thread.proceed().await).log, ALL, "{durability:?}");
        assert_eq!(diary.count("before"), 1, "{durability:?}");
        let inside = if durability == Durability::Exit { 2 } else { 1 };
        assert_eq!(diary.count("first"), inside, "{durability:?}");
    }
}

#[tokio::test]
async fn each_task_starts_the_graph_inside_afresh() {
    let diary = Diary::default();
    let graph = around(inner_with(&diary, diary.node()), &diary);
    let again = |notes: &Notes| if notes.log.len() < 8 { "inner" } else { "END" };
    let graph = graph
        .add_conditional_edges("after", again, ["inner", "END"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let state = done(graph.thread("t").invoke(Notes::default()).await);
    assert_eq!(state.log[5..], ["from 5", "first", "second", "after"]);
}

#[tokio::test]
async fn a_run_that_was_given_up_leaves_nothing_to_the_next_one() {
    // The second invocation must not find what the graph inside of the first did.
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let (diary, hangs) = (Diary::default(), Arc::new(AtomicU32::new(1)));
        let after = move |_: Arc<Notes>, _: NodeContext| {
            let hangs = hangs.swap(0, Ordering::Relaxed);
            async move {
                if hangs == 1 {
                    std::future::pending::<()>().await;
                }
                NodeResult::Ok(line("after"))
            }
        };
        let inner = inner_with(&diary, diary.node());
        let takes_in = |outer: &Notes| Notes::with(&[&outer.log[0]]);
        let graph = StateGraph::new()
            .add_subgraph("inner", inner, takes_in, |inner| {
                Notes::update().log(inner.log)
            })
            .add_node("after", after)
            .add_edge(START, "inner")
            .add_edge("inner", "after")
            .compile_with(Tampered::new())
            .unwrap()
            .with_options(RunOptions {
                durability,
                ..RunOptions::default()
            });
        let thread = graph.thread("t");
        crash(thread.invoke(Notes::with(&["one"]))).await;
        let input = Notes::update().overwrite_log(vec!["two".into()]);
        let state = done(thread.invoke(input).await);
        assert_eq!(
            state.log,
            ["two", "two", "first", "second", "after"],
            "{durability:?}"
        );
    }
}
