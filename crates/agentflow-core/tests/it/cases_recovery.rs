//! The cases about failures, cancellation, and runs that go on after them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    NodeContext, NodeError, NodeResult, RunControl, RunError, RunOptions, START, State, StateGraph,
    StreamMode,
};
use futures::StreamExt;
use serde_json::json;
use tokio::time::Instant;

use crate::cases_rig::{ALL, Work, concat, durable, finished, paused, shown, standing};
use crate::cases_slow_store::Slow;
use crate::support::{Call, Diary, Notes, Tampered, line, step};

/// A node that takes so long, and notes what becomes of it.
async fn sleeper(diary: Diary, cx: NodeContext, takes: Duration) -> NodeResult<()> {
    let work = Work::begun(&diary);
    cx.sleep(takes).await;
    work.finished();
    Ok(())
}

// LangGraph's savers also number the versions of channels, and can fail in that. Ours only
// keep what the engine numbers; what they do besides is to give leases.
#[tokio::test]
async fn c19_a_store_that_fails_is_the_error_of_the_run() {
    for durability in ALL {
        for call in [Call::Load, Call::Commit, Call::SaveRecords, Call::Acquire] {
            let store = Tampered::new();
            let asks = |_: Arc<Notes>, cx: NodeContext| async move {
                NodeResult::Ok(line(cx.interrupt::<String>("?")?))
            };
            let graph = StateGraph::new()
                .add_node("agent", step)
                .add_node("parallel", asks)
                .add_edge(START, "agent")
                .add_edge(START, "parallel")
                .compile_with(store.clone())
                .unwrap()
                .with_options(durable(durability));
            store.refuse(call, 0, 1);
            let error = graph
                .thread("t")
                .invoke(Notes::default())
                .await
                .unwrap_err();
            let RunError::Checkpoint { source, .. } = &error else {
                panic!("{durability:?} {call:?}: {error:?}")
            };
            assert_eq!(
                source.to_string(),
                "tampered is unavailable",
                "{durability:?} {call:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn c20_what_a_cancelled_run_owes_the_store_is_written_before_it_ends() {
    let diary = Diary::default();
    let node = {
        let diary = diary.clone();
        move |_: Arc<Notes>, cx: NodeContext| sleeper(diary.clone(), cx, Duration::from_secs(60))
    };
    let graph = StateGraph::new()
        .add_node("a", node)
        .add_edge(START, "a")
        .compile_with(Slow::noting(&diary))
        .unwrap()
        .with_options(durable(agentflow_core::Durability::Exit));
    let control = RunControl::new();
    let thread = graph.thread("t").with_control(&control);
    let began = Instant::now();
    let cancels = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        control.cancel("enough");
    };
    let (outcome, ()) = tokio::join!(thread.invoke(Notes::with(&["0"])), cancels);
    assert!(
        matches!(outcome, Err(RunError::Cancelled { .. })),
        "{outcome:?}"
    );
    assert_eq!(diary.read(), ["cancelled", "commit begins", "commit ends"]);
    assert_eq!(began.elapsed().as_millis(), 1_200);
    assert_eq!(standing(&graph.thread("t")).await.values.log, ["0"]);
}

#[tokio::test(start_paused = true)]
async fn c21_a_failing_task_stops_its_sleeping_sibling_and_is_the_error() {
    let diary = Diary::default();
    let sleeps = {
        let diary = diary.clone();
        move |_: Arc<Notes>, cx: NodeContext| sleeper(diary.clone(), cx, Duration::from_secs(1))
    };
    let fails = |_: Arc<Notes>, _: NodeContext| async {
        NodeResult::<()>::Err(NodeError::failed("I am bad"))
    };
    let graph = StateGraph::new()
        .add_node("agent", sleeps)
        .add_node("bad", fails)
        .add_edge(START, "agent")
        .add_edge(START, "bad")
        .compile()
        .unwrap();
    let graph = graph.with_options(RunOptions {
        step_timeout: Some(Duration::from_millis(900)),
        ..RunOptions::default()
    });
    let began = Instant::now();
    let error = graph
        .thread("t")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    assert!(matches!(&error, RunError::NodeFailed { node, .. } if node.as_str() == "bad"));
    assert_eq!(diary.read(), ["cancelled"]);
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn c21_a_caller_that_waits_no_longer_stops_the_node() {
    let diary = Diary::default();
    let noted = diary.clone();
    let sleeps =
        move |_: Arc<Notes>, cx: NodeContext| sleeper(noted.clone(), cx, Duration::from_secs(1));
    let graph = StateGraph::new()
        .add_node("agent", sleeps)
        .add_edge(START, "agent");
    let graph = graph.compile().unwrap();
    let thread = graph.thread("t");
    let run = thread.invoke(Notes::default());
    assert!(
        tokio::time::timeout(Duration::from_millis(500), run)
            .await
            .is_err()
    );
    assert_eq!(diary.read(), ["cancelled"]);
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Hello {
    #[state(reducer = concat)]
    hello: String,
}

#[tokio::test(start_paused = true)]
async fn c22_a_task_that_asks_does_not_stop_its_sibling_which_runs_once() {
    for durability in ALL {
        let slept = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&slept);
        let sleeps = move |_: Arc<Hello>, cx: NodeContext| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                cx.sleep(Duration::from_secs(1)).await;
                NodeResult::Ok(Hello::update().hello(" again".to_owned()))
            }
        };
        let asks = |_: Arc<Hello>, cx: NodeContext| async move {
            let answer: String = cx.interrupt("I am bad")?;
            NodeResult::Ok(Hello::update().hello(answer))
        };
        let graph = StateGraph::new()
            .add_node("agent", sleeps)
            .add_node("bad", asks)
            .add_edge(START, "agent")
            .add_edge(START, "bad")
            .compile_with(MemoryCheckpointer::new())
            .unwrap()
            .with_options(durable(durability));
        let thread = graph.thread("t");
        let state = |text: &str| Hello { hello: text.into() };
        let first = thread.invoke(state("world")).await;
        assert_eq!(
            paused(first),
            (state("world again"), vec![json!("I am bad")])
        );
        let again = thread.proceed().await;
        assert_eq!(
            paused(again),
            (state("world again"), vec![json!("I am bad")])
        );
        assert_eq!(
            finished(thread.resume(" okay").await),
            state("world again okay")
        );
        assert_eq!(slept.load(Ordering::Relaxed), 1, "{durability:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn c23_a_superstep_that_takes_too_long_fails_after_what_finished_was_shown() {
    for stalls in [0, 300, 600] {
        let diary = Diary::default();
        let takes = |millis| {
            let diary = diary.clone();
            move |_: Arc<Notes>, cx: NodeContext| {
                sleeper(diary.clone(), cx, Duration::from_millis(millis))
            }
        };
        let graph = StateGraph::new()
            .add_node("fast", takes(600))
            .add_node("slow", takes(1_500))
            .add_edge(START, "fast")
            .add_edge(START, "slow")
            .compile()
            .unwrap();
        let graph = graph.with_options(RunOptions {
            step_timeout: Some(Duration::from_secs(1)),
            ..RunOptions::default()
        });
        let thread = graph.thread("t");
        let mut events = thread.stream(Notes::default(), StreamMode::Updates);
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            seen.push(shown(event.kind));
            tokio::time::sleep(Duration::from_millis(stalls)).await;
        }
        assert_eq!(seen, [json!({ "fast": null })], "{stalls}");
        let error = events.outcome().await.unwrap_err();
        assert!(
            matches!(error, RunError::StepTimeout { .. }),
            "{stalls}: {error:?}"
        );
        assert_eq!(diary.read(), ["finished", "cancelled"], "{stalls}");
    }
}
