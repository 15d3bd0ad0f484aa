//! What is written from outside while a thread goes on, and what is not.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{Command, InterruptId, NodeContext, NodeResult, RunInput, START, StateGraph};

use crate::support::{Diary, Notes, NotesUpdate, asked, done, line, row, step};

async fn ask(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    Ok(line(cx.interrupt::<String>("?")?))
}

#[tokio::test]
async fn a_command_at_an_older_finished_checkpoint_goes_on_from_there() {
    let graph = row(&["a"])
        .add_node("b", step)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let first = thread.state().await.unwrap().unwrap().checkpoint;
    done(thread.invoke(Notes::with(&["second"])).await);
    let command: RunInput<Notes> = RunInput::command(Command::goto("b"));
    assert_eq!(
        done(thread.clone().at(first).invoke(command).await).log,
        ["a", "b"]
    );
}

#[tokio::test]
async fn an_input_with_an_update_at_an_older_checkpoint_goes_on_from_there() {
    let graph = row(&["a"]).compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let first = thread.state().await.unwrap().unwrap().checkpoint;
    done(thread.invoke(Notes::with(&["second"])).await);
    let input = RunInput::<Notes>::update(line("x")).and_update(Notes::update_n(1));
    let ended = done(thread.clone().at(first).invoke(input).await);
    assert_eq!(
        (ended.log, ended.n),
        (vec!["a".into(), "x".into(), "a".into()], 1)
    );
}

#[tokio::test]
async fn a_command_that_does_not_fold_in_leaves_the_thread_as_it_was() {
    let graph = StateGraph::new()
        .add_node("ask", ask)
        .add_edge(START, "ask")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let twice = Notes::update().last("x".to_owned()).last("y".to_owned());
    let bad: RunInput<Notes> = RunInput::command(Command::update(twice));
    assert!(thread.invoke(bad).await.is_err());
    thread.state().await.unwrap();
    assert_eq!(done(thread.resume("yes").await).log, ["yes"]);
}

#[tokio::test]
async fn a_command_to_an_unknown_node_leaves_the_thread_as_it_was() {
    let graph = StateGraph::new()
        .add_node("ask", ask)
        .add_edge(START, "ask")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let bad: RunInput<Notes> = RunInput::command(Command::goto("nowhere"));
    assert!(thread.invoke(bad).await.is_err());
    assert_eq!(done(thread.resume("yes").await).log, ["yes"]);
}

#[tokio::test]
async fn a_refused_answer_does_not_leave_its_update_behind() {
    let graph = StateGraph::new()
        .add_node("ask", ask)
        .add_edge(START, "ask")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let bad = RunInput::<Notes>::answers([(InterruptId::from("typo"), "x")]).unwrap();
    assert!(
        thread
            .invoke(bad.and_update(Notes::update_n(1)))
            .await
            .is_err()
    );
    let good = RunInput::<Notes>::answer("x")
        .unwrap()
        .and_update(Notes::update_n(1));
    assert_eq!(done(thread.invoke(good).await).n, 1);
}

#[tokio::test]
async fn a_place_that_is_gone_to_twice_runs_once() {
    let diary = Diary::default();
    let graph = StateGraph::new()
        .add_node("ask", ask)
        .add_node("b", diary.node())
        .add_edge(START, "ask")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let command: RunInput<Notes> = RunInput::command(Command::goto("b").and_goto("b"));
    asked(thread.invoke(command).await);
    assert_eq!(diary.read(), ["b"]);
}

#[tokio::test]
async fn an_input_goes_nowhere_besides_and_what_is_written_besides_counts_before_it() {
    let graph = row(&["a"])
        .add_node("b", step)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    for round in 1..3 {
        let input = RunInput::<Notes>::update(line("x")).and_update(line("before"));
        let log = done(thread.invoke(input).await).log;
        let want: Vec<_> = (0..round).flat_map(|_| ["before", "x", "a"]).collect();
        assert_eq!(log, want);
    }
    let input = RunInput::<Notes>::update(line("x")).and_goto("b");
    let error = thread.invoke(input).await.unwrap_err().to_string();
    assert!(error.contains("cannot go anywhere besides"), "{error}");
    assert_eq!(thread.state().await.unwrap().unwrap().values.log.len(), 6);
}

#[tokio::test]
async fn questions_of_an_older_checkpoint_are_answered_by_the_ids_that_its_snapshot_shows() {
    let graph = StateGraph::new()
        .add_node("ask", ask)
        .add_edge(START, "ask")
        .add_node("after", step)
        .add_edge("ask", "after")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let old = thread.state().await.unwrap().unwrap();
    done(thread.resume("one").await);
    let back = thread.clone().at(old.checkpoint);
    let shown = back.state().await.unwrap().unwrap().interrupts[0]
        .id
        .clone();
    let ended = back.resume_each([(shown, "two")]).await;
    assert_eq!(done(ended).log, ["two", "after"]);
}

#[tokio::test]
async fn a_refused_answer_at_an_older_checkpoint_does_not_move_the_thread_back() {
    let graph = StateGraph::new()
        .add_node("ask", ask)
        .add_edge(START, "ask")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let old = thread.state().await.unwrap().unwrap().checkpoint;
    done(thread.resume("one").await);
    let bad = thread
        .clone()
        .at(old)
        .resume_each([(InterruptId::from("typo"), "x")])
        .await;
    assert!(bad.is_err());
    assert_eq!(thread.state().await.unwrap().unwrap().values.log, ["one"]);
}
