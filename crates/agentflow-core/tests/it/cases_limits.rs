//! The cases about attempts that take too long, and work that is given up.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    NodeContext, NodeResult, NodeTimeout, RetryPolicy, RunError, START, Send, StateGraph,
    StreamMode, TimeoutKind,
};
use serde_json::json;

use crate::cases_rig::{Work, finished, paused, watched};
use crate::support::{Diary, Notes, NotesUpdate, done, line};

const LIMIT: Duration = Duration::from_millis(50);

fn timed_out(error: &RunError) -> &NodeTimeout {
    let RunError::NodeFailed { source, .. } = error else {
        panic!("{error:?}")
    };
    source
        .downcast_ref()
        .unwrap_or_else(|| panic!("{source:?}"))
}

#[tokio::test(start_paused = true)]
async fn c61_what_an_attempt_over_its_time_writes_and_says_late_is_dropped() {
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        if cx.attempt() > 1 {
            // Time for what the first attempt left running.
            cx.sleep(LIMIT / 2).await;
            return NodeResult::Ok(line("second attempt"));
        }
        let left_behind = cx.clone();
        tokio::spawn(async move {
            left_behind.sleep(LIMIT + LIMIT / 4).await;
            left_behind.emit("late").await.map_err(|_| ()).unwrap();
        });
        let update = line("early");
        cx.sleep(LIMIT * 2).await;
        Ok(update)
    };
    let retry = RetryPolicy {
        first_delay: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let graph = StateGraph::new()
        .add_node("slow", node)
        .add_edge(START, "slow")
        .timeout("slow", LIMIT)
        .retry("slow", retry)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let modes = [StreamMode::Custom, StreamMode::Updates];
    let events = watched(&thread, Notes::default(), modes).await;
    let wrote = json!({ "slow": { "log": ["second attempt"] } });
    assert_eq!(events, [(String::new(), wrote)]);
    let state = thread.state().await.unwrap().unwrap().values;
    assert_eq!(state.log, ["second attempt"]);
}

#[tokio::test(start_paused = true)]
async fn c61_a_node_cannot_swallow_that_its_time_is_over() {
    let diary = Diary::default();
    let noted = diary.clone();
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        let diary = noted.clone();
        async move {
            // It tries to go on whatever becomes of what it waits for.
            loop {
                let waits = cx.sleep(LIMIT * 2);
                if tokio::time::timeout(LIMIT * 3, waits).await.is_err() {
                    continue;
                }
                diary.note("went on");
                return NodeResult::Ok(line("swallowed"));
            }
        }
    };
    let graph = StateGraph::new()
        .add_node("stubborn", node)
        .add_edge(START, "stubborn")
        .timeout("stubborn", LIMIT)
        .compile()
        .unwrap();
    let error = graph
        .thread("t")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    let timeout = timed_out(&error);
    assert_eq!((timeout.kind, timeout.limit), (TimeoutKind::Run, LIMIT));
    tokio::time::sleep(LIMIT * 10).await;
    assert_eq!(diary.read(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn c61_a_send_has_its_own_time_instead_of_its_nodes() {
    for (of_node, of_send, passes) in [
        (LIMIT * 10, Some(LIMIT), false),
        (LIMIT, Some(LIMIT * 10), true),
        (LIMIT * 10, None, true),
        (LIMIT, None, false),
    ] {
        let worker = |_: Arc<u32>, cx: NodeContext| async move {
            cx.sleep(LIMIT * 2).await;
            NodeResult::Ok(line("worked"))
        };
        let send = move |_: &Notes| {
            let send = Send::new("worker", 1_u32);
            of_send.map_or(send.clone(), |limit| send.timeout(limit))
        };
        let graph = StateGraph::new()
            .add_send_node("worker", worker)
            .add_conditional_edges(START, send, ["worker"])
            .timeout("worker", of_node)
            .compile()
            .unwrap();
        let outcome = graph.thread("t").invoke(Notes::default()).await;
        if passes {
            assert_eq!(done(outcome).log, ["worked"]);
        } else {
            assert_eq!(timed_out(&outcome.unwrap_err()).limit, LIMIT);
        }
    }
}

#[tokio::test]
async fn c61_work_that_a_node_finds_cancelled_fails_the_run() {
    let node = |_: Arc<Notes>, _: NodeContext| async {
        let work = tokio::spawn(std::future::pending::<()>());
        work.abort();
        work.await?;
        NodeResult::Ok(NotesUpdate::default())
    };
    let graph = StateGraph::new()
        .add_node("node", node)
        .add_edge(START, "node");
    let error = graph
        .compile()
        .unwrap()
        .thread("t")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    let RunError::NodeFailed { source, .. } = &error else {
        panic!("{error:?}")
    };
    let source = source.downcast_ref::<tokio::task::JoinError>().unwrap();
    assert!(source.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn c64_of_the_work_of_a_node_only_what_was_given_up_is_done_again() {
    let diary = Diary::default();
    let noted = diary.clone();
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        let diary = noted.clone();
        async move {
            let mapper = |input: u64| {
                let (cx, work) = (cx.clone(), Work::begun(&diary));
                diary.note("called");
                async move {
                    cx.sleep(Duration::from_secs(input)).await;
                    work.finished();
                    NodeResult::Ok(input.to_string().repeat(2))
                }
            };
            let first = cx.once("0", || mapper(0));
            let second = tokio::time::timeout(LIMIT, cx.once("1", || mapper(1)));
            let (first, second) = futures::join!(first, second);
            assert!(second.is_err(), "it is given up");
            let answer: String = cx.interrupt("question")?;
            Ok(line(first? + &answer))
        }
    };
    let graph = StateGraph::new()
        .add_node("graph", node)
        .add_edge(START, "graph");
    let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    let counted = || (diary.count("called"), diary.count("cancelled"));
    assert_eq!(
        paused(thread.invoke(Notes::default()).await).1,
        [json!("question")]
    );
    assert_eq!(counted(), (2, 1));
    assert_eq!(finished(thread.resume("answer").await).log, ["00answer"]);
    assert_eq!(counted(), (3, 2));
}
