//! Tasks that do not wait for the rest of their superstep.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    CompiledGraph, HistoryQuery, NodeContext, NodeResult, RunError, RunOptions, START, Scheduling,
    Send, StateGraph,
};

use crate::support::{Diary, Notes, NotesUpdate, asked, crash, done, line, step};

fn dataflow(graph: StateGraph<Notes>, store: &Arc<MemoryCheckpointer>) -> CompiledGraph<Notes> {
    graph
        .compile_with(Arc::clone(store))
        .unwrap()
        .with_options(RunOptions {
            scheduling: Scheduling::Dataflow,
            ..RunOptions::default()
        })
}

/// Ends when the diary has this note.
fn after(
    diary: &Diary,
    note: &'static str,
) -> impl Fn(Arc<Notes>, NodeContext) -> futures::future::BoxFuture<'static, NodeResult<NotesUpdate>>
+ std::marker::Send
+ Sync
+ use<> {
    let diary = diary.clone();
    move |notes, cx| {
        let diary = diary.clone();
        Box::pin(async move {
            while diary.count(note) == 0 {
                tokio::task::yield_now().await;
            }
            diary.note(format!("{} saw {}", cx.node(), notes.log.join(" ")));
            Ok(line(cx.node().as_str()))
        })
    }
}

#[tokio::test]
async fn a_fast_branch_goes_on_while_a_slow_one_runs_and_a_join_brings_them_together() {
    let (store, diary) = (Arc::new(MemoryCheckpointer::new()), Diary::default());
    let graph = StateGraph::new()
        .add_node("slow", after(&diary, "f3"))
        .add_node("f1", diary.node())
        .add_node("f2", diary.node())
        .add_node("f3", diary.node())
        .add_node("end", after(&diary, "f3"))
        .add_node("last", step)
        .add_edge(START, "slow")
        .add_edge(START, "f1")
        .add_sequence(["f1", "f2", "f3"])
        .add_join(["slow", "f3"], "end")
        .add_edge("end", "last")
        .defer("last");
    let graph = dataflow(graph, &store);
    let thread = graph.thread("t");
    let ended = done(thread.invoke(Notes::default()).await);
    assert_eq!(
        ended.log,
        ["f1", "slow", "f2", "f3", "end", "last"],
        "step by step"
    );
    assert_eq!(
        diary.read(),
        ["f1", "f2", "f3", "slow saw ", "end saw f1 slow f2 f3"],
        "with supersteps it would never end: `slow` waits for `f3`"
    );
    let steps: Vec<i64> = thread
        .history(HistoryQuery::default())
        .await
        .unwrap()
        .iter()
        .map(|checkpoint| checkpoint.step.0)
        .collect();
    assert_eq!(
        steps,
        [5, 4, 0, -1],
        "a checkpoint when nothing is left to run"
    );
}

#[tokio::test]
async fn what_finished_before_a_crash_or_a_question_does_not_run_again() {
    let (store, diary) = (Arc::new(MemoryCheckpointer::new()), Diary::default());
    let noted = diary.clone();
    let ask = move |_: Arc<Notes>, cx: NodeContext| {
        let diary = noted.clone();
        async move {
            diary.note("ask");
            if diary.count("ask") == 1 {
                std::future::pending::<()>().await;
            }
            NodeResult::Ok(line(cx.interrupt::<String>("?")?))
        }
    };
    let noted = diary.clone();
    let work = move |part: Arc<u32>, _: NodeContext| {
        noted.note(format!("work {part}"));
        std::future::ready(NodeResult::Ok(line(format!("part {part}"))))
    };
    let graph = StateGraph::new()
        .add_node("a", diary.node())
        .add_node("b", diary.node())
        .add_node("ask", ask)
        .add_node("after", diary.node())
        .add_send_node("work", work)
        .add_edge(START, "a")
        .add_edge("a", "ask")
        .add_edge("ask", "after")
        .add_edge("a", "b")
        .add_conditional_edges(
            "b",
            |_: &Notes| [1_u32, 2].map(|part| Send::new("work", part)),
            ["work"],
        );
    let graph = dataflow(graph, &store);
    let thread = graph.thread("t");
    crash(thread.invoke(Notes::default())).await;
    assert_eq!(diary.read(), ["a", "ask", "b", "work 1", "work 2"]);
    assert_eq!(asked(thread.proceed().await), ["?"]);
    let ended = done(thread.resume("answer").await);
    assert_eq!(ended.log, ["a", "answer", "b", "after", "part 1", "part 2"]);
    assert_eq!(
        diary.read(),
        ["a", "ask", "b", "work 1", "work 2", "ask", "ask", "after"]
    );
}

#[tokio::test]
async fn a_node_that_two_branches_lead_to_runs_for_each_and_may_not_come_twice_to_a_join() {
    let store = Arc::new(MemoryCheckpointer::new());
    let diamond = || {
        StateGraph::new()
            .add_node("a", step)
            .add_node("b", step)
            .add_node("c", step)
            .add_edge(START, "a")
            .add_edge(START, "b")
            .add_edge("a", "c")
            .add_edge("b", "c")
    };
    let graph = dataflow(diamond(), &store);
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["a", "b", "c", "c"]
    );
    let joined = diamond().add_node("d", step).add_join(["a", "c"], "d");
    let error = dataflow(joined, &store)
        .thread("u")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    assert!(matches!(error, RunError::AmbiguousJoin { .. }), "{error}");
}
