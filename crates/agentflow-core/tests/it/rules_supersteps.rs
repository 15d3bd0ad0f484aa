//! How tasks of a superstep meet: the order of their writes, what a deferred node waits
//! for, and where they may go.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Command, Journal, NodeContext, NodeResult, RunError, RunInput, RunOptions, START, Send, State,
    StateGraph, StreamMode,
};
use serde::{Deserialize, Serialize};

use crate::rules_rig::{all_told, events, kept, snapshots, texts, turns};
use crate::support::{Diary, Notes, NotesUpdate, done, line, row, step};

#[tokio::test]
async fn watchers_hear_of_updates_as_tasks_finish_and_the_state_folds_them_by_name() {
    let late = |_: Arc<Notes>, _: NodeContext| async {
        turns(8).await;
        NodeResult::Ok(line("a"))
    };
    let graph = StateGraph::new()
        .add_node("a", late)
        .add_node("b", step)
        .add_edge(START, "a")
        .add_edge(START, "b");
    let graph = kept(graph);
    let thread = graph.thread("t");
    let heard = events(&thread, Notes::default(), StreamMode::Updates).await;
    assert_eq!(
        all_told(&heard),
        [r#"1: b wrote {"log":["b"]}"#, r#"1: a wrote {"log":["a"]}"#]
    );
    assert_eq!(done(thread.proceed().await).log, ["a", "b"]);
}

#[tokio::test]
async fn writes_of_nodes_fold_before_those_of_sends_of_the_same_superstep() {
    let sent = |n: Arc<u32>, _: NodeContext| async move { NodeResult::Ok(line(format!("2|{n}"))) };
    let sends = |_: &Notes| [1_u32, 2, 3, 4].map(|n| Send::new("2", n));
    let graph = StateGraph::new()
        .add_node("1", step)
        .add_send_node("2", sent)
        .add_node("3", step)
        .add_node("3.1", step)
        .add_edge(START, "1")
        .add_edge("1", "3.1")
        .add_conditional_edges("1", sends, ["2"])
        .add_edge("2", "3")
        .add_edge("3.1", "3");
    let state = done(kept(graph).thread("t").invoke(Notes::with(&["0"])).await);
    let want = ["0", "1", "3.1", "2|1", "2|2", "2|3", "2|4", "3"];
    assert_eq!(state.log, want);
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Longest {
    #[state(reducer = keep_longer)]
    text: Option<String>,
}

fn keep_longer(value: &mut Option<String>, write: Option<String>) {
    if value.as_ref().map(String::len) < write.as_ref().map(String::len) {
        *value = write;
    }
}

#[tokio::test]
async fn an_overwrite_as_the_first_write_of_a_field_stores_the_value_itself() {
    let overwrites = |_: Arc<Longest>, _: NodeContext| async {
        NodeResult::Ok(Longest::update().overwrite_text(Some("v".to_owned())))
    };
    let graph = StateGraph::new()
        .add_node("a", overwrites)
        .add_edge(START, "a");
    let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    let ended = thread.invoke(Longest::default()).await.unwrap();
    let want = Longest {
        text: Some("v".to_owned()),
    };
    assert_eq!(ended.into_done().as_ref(), Some(&want));
    assert_eq!(thread.state().await.unwrap().unwrap().values, want);
}

#[tokio::test]
async fn several_commands_of_one_node_fold_in_their_order_and_are_told_one_by_one() {
    let twice = |_: Arc<Notes>, _: NodeContext| async {
        NodeResult::Ok(
            ["a1", "a2"]
                .map(|text| Command::<Notes>::update(line(text)))
                .to_vec(),
        )
    };
    let graph = StateGraph::new().add_node("a", twice).add_edge(START, "a");
    let graph = kept(graph).with_options(RunOptions {
        journal: Journal::Replies,
        ..RunOptions::default()
    });
    let thread = graph.thread("t");
    let heard = events(&thread, Notes::default(), StreamMode::Updates).await;
    assert_eq!(
        all_told(&heard),
        [r#"1: a wrote [{"log":["a1"]},{"log":["a2"]}]"#]
    );
    assert_eq!(done(thread.proceed().await).log, ["a1", "a2"]);

    let heard = events(&thread, Notes::default(), StreamMode::Tasks).await;
    let result = r#"{"log":{"$writes":[["a1"],["a2"]]}}"#;
    assert_eq!(all_told(&heard[1..]), [format!("4: a came to {result}")]);
    let kept = snapshots(&thread).await[1].tasks[0].result.clone();
    assert_eq!(kept.unwrap().to_string(), result);
}

#[tokio::test]
async fn a_node_that_writes_nothing_is_told_as_null_and_shows_no_values() {
    let nothing = |_: Arc<Notes>, _: NodeContext| async { NodeResult::Ok(()) };
    let graph = row(&["a"])
        .add_node("b", nothing)
        .add_node("c", step)
        .add_sequence(["a", "b", "c"]);
    let graph = kept(graph);
    let modes = [StreamMode::Updates, StreamMode::Values];
    let heard = events(&graph.thread("t"), Notes::default(), modes).await;
    let want = [
        "0: [] 0",
        r#"1: a wrote {"log":["a"]}"#,
        r#"1: ["a"] 0"#,
        "2: b wrote null",
        r#"3: c wrote {"log":["c"]}"#,
        r#"3: ["a","c"] 0"#,
    ];
    assert_eq!(all_told(&heard), want);
}

#[tokio::test]
async fn a_deferred_node_waits_for_sends_and_for_what_they_lead_to() {
    for (name, leads_on, want) in [
        ("sends only", false, &["a", "w", "w", "d"][..]),
        ("sends that lead on", true, &["a", "w", "w", "w2", "d"]),
    ] {
        let diary = Diary::default();
        let noted = diary.clone();
        let sent = move |_: Arc<u32>, cx: NodeContext| {
            noted.note(cx.node().as_str());
            std::future::ready(NodeResult::Ok(()))
        };
        let sends = |_: &Notes| [1_u32, 2].map(|n| Send::new("w", n));
        let graph = StateGraph::new()
            .add_node("a", diary.node())
            .add_send_node("w", sent)
            .add_node("w2", diary.node())
            .add_node("d", diary.node())
            .defer("d")
            .add_edge(START, "a")
            .add_edge("a", "d")
            .add_conditional_edges("a", sends, ["w"])
            .add_edge("w", if leads_on { "w2" } else { "d" })
            .add_edge("w2", "d");
        let outcome = kept(graph).thread("t").invoke(Notes::default()).await;
        assert_eq!(done(outcome).log.last().unwrap(), "d", "{name}");
        assert_eq!(diary.read(), want, "{name}");
    }
}

#[tokio::test]
async fn what_a_node_does_to_its_input_reaches_neither_siblings_nor_the_store() {
    let spoils = |mut notes: Arc<Notes>, _: NodeContext| async move {
        Arc::make_mut(&mut notes).log.push("spoiled".into());
        NodeResult::Ok(NotesUpdate::default())
    };
    let looks = |notes: Arc<Notes>, _: NodeContext| async move {
        turns(4).await;
        NodeResult::Ok(Notes::update().n(u32::try_from(notes.log.len()).unwrap()))
    };
    let graph = StateGraph::new()
        .add_node("a", spoils)
        .add_node("b", looks)
        .add_edge(START, "a")
        .add_edge(START, "b");
    let graph = kept(graph);
    let thread = graph.thread("t");
    assert_eq!(done(thread.invoke(Notes::with(&["input"])).await).n, 1);
    let stored = thread.state().await.unwrap().unwrap().values;
    assert_eq!(stored.log, ["input"]);
}

#[tokio::test]
async fn a_way_to_a_node_that_is_not_there_fails_the_run_and_is_not_dropped() {
    type Case = (&'static str, fn() -> Command<Notes>);
    let cases: [Case; 3] = [
        ("a goto", || Command::goto("nope")),
        ("a send", || Command::goto(Send::new("nope", 1_u32))),
        ("a send of another type", || {
            Command::goto(Send::new("w", "text"))
        }),
    ];
    for (name, reply) in cases {
        let goes = move |_: Arc<Notes>, _: NodeContext| async move { NodeResult::Ok(reply()) };
        let sent = |_: Arc<u32>, _: NodeContext| async { NodeResult::Ok(()) };
        let graph = StateGraph::new()
            .add_node("a", goes)
            .add_send_node("w", sent)
            .add_edge(START, "a");
        let graph = kept(graph);
        let thread = graph.thread("t");
        let failed = thread.invoke(Notes::default()).await;
        let Err(RunError::NoSuchTarget { from, .. }) = &failed else {
            panic!("{name}: {failed:?}")
        };
        assert_eq!(from.as_str(), "a", "{name}");
        let next = thread.state().await.unwrap().unwrap().next;
        assert_eq!(next, ["a".into()], "{name}: it is not done");
    }
}

#[tokio::test]
async fn an_input_may_be_empty_or_overwrite() {
    let graph = kept(row(&["a"]));
    let empty = RunInput::update(Notes::update());
    assert_eq!(done(graph.thread("empty").invoke(empty).await).log, ["a"]);

    let thread = graph.thread("overwrites");
    let _first = thread.invoke(Notes::with(&["old"])).await.unwrap();
    let input = Notes::update().overwrite_log(texts(&["new"]));
    let outcome = thread.invoke(RunInput::update(input)).await;
    assert_eq!(done(outcome).log, ["new", "a"]);
}
