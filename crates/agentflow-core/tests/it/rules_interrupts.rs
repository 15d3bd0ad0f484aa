//! Which answer goes to which question, and pauses that no node asks for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agentflow_core::{
    CheckpointId, Command, InterruptId, NodeContext, NodeFailure, NodeResult, Outcome, PauseReason,
    RetryPolicy, RunError, RunInput, START, StateGraph, StreamMode, WaitsFor,
};

use crate::rules_rig::{all_told, ask, events, history, kept, names, state, texts};
use crate::support::{Diary, Notes, asked, done, line, row, step};

fn open(outcome: &Outcome<Notes>) -> Vec<InterruptId> {
    let open = outcome.interrupts();
    open.iter().map(|asked| asked.id.clone()).collect()
}

#[tokio::test]
async fn questions_that_are_asked_in_another_order_than_they_were_answered_in_are_an_error() {
    let turn = Arc::new(AtomicU32::new(0));
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        let turn = turn.fetch_add(1, Ordering::Relaxed);
        async move {
            let [first, second] = if turn == 0 {
                ["name?", "age?"]
            } else {
                ["age?", "name?"]
            };
            let first: String = cx.interrupt(first)?;
            let second: String = cx.interrupt(second)?;
            NodeResult::Ok(line(format!("{first} {second}")))
        }
    };
    let graph = kept(
        StateGraph::new()
            .add_node("ask", node)
            .add_edge(START, "ask"),
    );
    let thread = graph.thread("t");
    assert_eq!(asked(thread.invoke(Notes::default()).await), ["name?"]);
    let error = thread.resume("Ada").await.unwrap_err();
    let said = std::error::Error::source(&error).unwrap().to_string();
    assert!(said.contains("interrupt_keyed"), "{said}");
}

#[tokio::test]
async fn an_answer_to_one_of_several_questions_leaves_the_others_open_and_its_task_finished() {
    let graph = StateGraph::new()
        .add_node("a", ask)
        .add_node("b", ask)
        .add_edge(START, "a")
        .add_edge(START, "b");
    let graph = kept(graph);
    let thread = graph.thread("t");
    let ids = open(&thread.invoke(Notes::default()).await.unwrap());
    let scalar = thread.resume("x").await;
    assert!(
        matches!(scalar, Err(RunError::AmbiguousAnswer { .. })),
        "{scalar:?}"
    );

    let partial = RunInput::answers([(ids[1].clone(), "two")]).unwrap();
    let heard = all_told(&events(&thread, partial, StreamMode::Updates).await);
    assert_eq!(
        heard,
        [r#"1: b wrote {"log":["b: two"]}"#, "1: a waits for Answer"]
    );
    assert_eq!(names(&state(&thread).await), ["a"]);

    let rest = RunInput::answer("one").unwrap();
    let heard = all_told(&events(&thread, rest, StreamMode::Updates).await);
    assert_eq!(
        heard,
        [
            r#"1: b wrote {"log":["b: two"]} before"#,
            r#"1: a wrote {"log":["a: one"]}"#
        ]
    );
    assert_eq!(state(&thread).await.values.log, ["a: one", "b: two"]);
}

#[tokio::test]
async fn an_answer_under_the_id_of_an_answered_question_does_not_reach_the_next_one() {
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        let first: String = cx.interrupt("first?")?;
        let second: String = cx.interrupt("second?")?;
        NodeResult::Ok(line(format!("{first} {second}")))
    };
    let graph = kept(
        StateGraph::new()
            .add_node("ask", node)
            .add_edge(START, "ask"),
    );
    let thread = graph.thread("t");
    let stale = open(&thread.invoke(Notes::default()).await.unwrap());
    assert_eq!(asked(thread.resume("x").await), ["second?"]);
    let refused = thread.resume_each([(stale[0].clone(), "STALE")]).await;
    assert!(
        matches!(refused, Err(RunError::UnknownInterrupt { .. })),
        "{refused:?}"
    );
    assert_eq!(done(thread.resume("y").await).log, ["x y"]);
}

#[tokio::test]
async fn a_run_pauses_once_at_a_breakpoint_and_goes_on_past_it() {
    let graph = kept(row(&["node1", "node2"]));
    let graph = graph.interrupt_before(["node1"]).unwrap();
    for go_to_node2 in [false, true] {
        let thread = graph.thread(go_to_node2.to_string());
        let paused = thread.invoke(Notes::with(&["abc"])).await.unwrap();
        let Outcome::Interrupted { interrupt, .. } = &paused else {
            panic!("{paused:?}")
        };
        assert_eq!(interrupt.waits_for, WaitsFor::Proceed(PauseReason::Before));
        assert_eq!(names(&state(&thread).await), ["node1"]);
        let (input, want) = if go_to_node2 {
            let goes = RunInput::command(Command::goto("node2"));
            (goes, &["abc", "node1", "node2", "node2"][..])
        } else {
            (RunInput::proceed(), &["abc", "node1", "node2"][..])
        };
        assert_eq!(done(thread.invoke(input).await).log, want);
    }
}

#[tokio::test]
async fn a_breakpoint_in_a_loop_pauses_each_time_round() {
    let again = |notes: &Notes| if notes.log.len() < 4 { "a" } else { "END" };
    let graph = row(&["a", "b"]).add_conditional_edges("b", again, ["a", "END"]);
    let graph = kept(graph).interrupt_before(["b"]).unwrap();
    let thread = graph.thread("t");
    let mut outcome = thread.invoke(Notes::default()).await.unwrap();
    for want in [&["a"][..], &["a", "b", "a"]] {
        assert!(
            matches!(outcome, Outcome::Interrupted { .. }),
            "{outcome:?}"
        );
        assert_eq!(state(&thread).await.values.log, want);
        outcome = thread.proceed().await.unwrap();
    }
    assert_eq!(done(Ok(outcome)).log, ["a", "b", "a", "b"]);
}

#[tokio::test]
async fn a_question_goes_neither_to_a_retry_policy_nor_to_an_error_handler() {
    let diary = Diary::default();
    let (runs, handled) = (diary.clone(), diary.clone());
    let asks = move |state: Arc<Notes>, cx: NodeContext| {
        runs.note("runs");
        ask(state, cx)
    };
    let handles = move |_: Arc<Notes>, _: NodeFailure, _: NodeContext| {
        handled.note("handles");
        std::future::ready(NodeResult::Ok(()))
    };
    let graph = StateGraph::new()
        .add_node("a", asks)
        .retry("a", RetryPolicy::default())
        .on_error("a", handles)
        .add_edge(START, "a");
    let graph = kept(graph);
    let thread = graph.thread("t");
    assert_eq!(asked(thread.invoke(Notes::default()).await), ["a?"]);
    assert_eq!(diary.read(), ["runs"]);
    assert_eq!(done(thread.resume("yes").await).log, ["a: yes"]);
    assert_eq!(diary.read(), ["runs", "runs"]);
}

#[tokio::test]
async fn what_is_written_with_an_answer_is_there_before_the_node_runs_again() {
    let asks = |notes: Arc<Notes>, cx: NodeContext| async move {
        let answer: String = cx.interrupt("go on?")?;
        NodeResult::Ok(line(format!("{answer} {} {:?}", notes.n, notes.log)))
    };
    let graph = StateGraph::new()
        .add_node("ask", asks)
        .add_edge(START, "ask");
    let graph = kept(graph);
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let written = Notes::update().n(5).log(["outside"]);
    let input = RunInput::answer("yes").unwrap().and_update(written);
    let ended = done(thread.invoke(input).await);
    assert_eq!(
        (ended.n, &ended.log[..]),
        (5, &texts(&["outside", r#"yes 5 ["outside"]"#])[..])
    );
    assert_eq!(state(&thread).await.values, ended);
}

#[tokio::test]
async fn what_is_written_with_each_answer_counts_once() {
    let asks = |notes: Arc<Notes>, cx: NodeContext| async move {
        let first: String = cx.interrupt("first?")?;
        let second: String = cx.interrupt("second?")?;
        NodeResult::Ok(line(format!("{first} {second} {}", notes.n)))
    };
    let graph = StateGraph::new()
        .add_node("ask", asks)
        .add_node("after", step)
        .add_edge(START, "ask")
        .add_edge("ask", "after");
    let graph = kept(graph);
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let with = |answer, n| {
        RunInput::answer(answer)
            .unwrap()
            .and_update(Notes::update_n(n))
    };
    asked(thread.invoke(with("a", 5)).await);
    let ended = done(thread.invoke(with("b", 7)).await);
    assert_eq!(
        (ended.n, &ended.log[..]),
        (12, &texts(&["a b 12", "after"])[..])
    );
    assert_eq!(state(&thread).await.values, ended);
}

#[tokio::test]
async fn an_answer_at_the_newest_checkpoint_by_its_id_goes_on_and_begins_no_branch() {
    let diary = Diary::default();
    let inner = StateGraph::new()
        .add_node("first", diary.node())
        .add_node("ask", ask)
        .add_node("last", diary.node())
        .add_edge(START, "first")
        .add_sequence(["first", "ask", "last"])
        .compile()
        .unwrap();
    let graph = StateGraph::new()
        .add_subgraph(
            "inner",
            inner,
            |_| Notes::default(),
            |it| line(it.log.join(" ")),
        )
        .add_node("after", step)
        .add_edge(START, "inner")
        .add_edge("inner", "after");
    let graph = kept(graph);
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let head = state(&thread).await.checkpoint;
    let ended = done(thread.clone().at(head).resume("yes").await);
    assert_eq!(ended.log, ["first ask: yes last", "after"]);
    assert_eq!(diary.read(), ["first", "last"]);
    let parents: Vec<_> = history(&thread).await.iter().map(|it| it.parent).collect();
    let straight: Vec<_> = (0..4)
        .map(|id| (id > 0).then_some(CheckpointId(id)))
        .collect();
    assert_eq!(parents, straight);
}
