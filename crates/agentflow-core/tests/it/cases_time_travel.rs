//! The cases about going on from older checkpoints.

use std::sync::Arc;

use agentflow_core::checkpoint::{CheckpointSource, MemoryCheckpointer};
use agentflow_core::{
    CheckpointId, CompiledGraph, NodeContext, NodeResult, START, StateGraph, StateUpdate, Thread,
};

use crate::cases_rig::{history, next, standing};
use crate::support::{Diary, Notes, NotesUpdate, asked, done, line};

/// A row of nodes that note that they run and append their names. Those whose names
/// begin with `ask` ask for what they append.
fn row(names: &[&str], diary: &Diary) -> StateGraph<Notes> {
    let node = |diary: Diary| {
        move |_: Arc<Notes>, cx: NodeContext| {
            let name = cx.node().to_string();
            diary.note(name.clone());
            async move {
                if !name.starts_with("ask") {
                    return Ok(line(name));
                }
                let answer: String = cx.interrupt(format!("{name}?"))?;
                NodeResult::Ok(line(format!("{name}: {answer}")))
            }
        }
    };
    let graph = names.iter().fold(StateGraph::new(), |graph, name| {
        graph.add_node(*name, node(diary.clone()))
    });
    let ends = std::iter::once(&START).chain(names).zip(names);
    ends.fold(graph, |graph, (from, to)| graph.add_edge(*from, *to))
}

fn stored(graph: StateGraph<Notes>) -> CompiledGraph<Notes> {
    graph.compile_with(MemoryCheckpointer::new()).unwrap()
}

/// The oldest checkpoint after which this node runs.
async fn before(thread: &Thread<'_, Notes>, node: &str) -> CheckpointId {
    let all = history(thread).await;
    let found = all.iter().rev().find(|it| next(it) == [node]);
    found
        .unwrap_or_else(|| panic!("nothing stands before `{node}`"))
        .checkpoint
}

/// What ran since the last look.
fn ran(diary: &Diary, seen: &mut usize) -> Vec<String> {
    let all = diary.read();
    let new = all[*seen..].to_vec();
    *seen = all.len();
    new
}

#[tokio::test]
async fn c49_to_go_on_from_the_last_checkpoint_changes_nothing() {
    let diary = Diary::default();
    let graph = stored(row(&["a", "b"], &diary));
    let thread = graph.thread("t");
    let state = done(thread.invoke(Notes::default()).await);
    let all = history(&thread).await;
    let again = thread.clone().at(all[0].checkpoint).proceed().await;
    assert_eq!(done(again), state);
    assert_eq!(history(&thread).await.len(), all.len());
    assert_eq!(diary.read(), ["a", "b"]);
}

#[tokio::test]
async fn c49_a_replay_from_before_an_answered_question_asks_it_each_time() {
    let (diary, mut seen) = (Diary::default(), 0);
    let graph = stored(row(&["a", "ask", "b"], &diary));
    let thread = graph.thread("t");
    assert_eq!(asked(thread.invoke(Notes::default()).await), ["ask?"]);
    assert_eq!(
        done(thread.resume("hello").await).log,
        ["a", "ask: hello", "b"]
    );
    let before_ask = before(&thread, "ask").await;
    ran(&diary, &mut seen);
    for _ in 0..3 {
        assert_eq!(
            asked(thread.clone().at(before_ask).proceed().await),
            ["ask?"]
        );
        assert_eq!(ran(&diary, &mut seen), ["ask"]);
    }
    assert_eq!(
        done(thread.resume("again").await).log,
        ["a", "ask: again", "b"]
    );
}

#[tokio::test]
async fn c50_a_fork_between_two_questions_asks_only_the_second() {
    let (diary, mut seen) = (Diary::default(), 0);
    let graph = stored(row(&["ask_1", "ask_2"], &diary));
    let thread = graph.thread("t");
    assert_eq!(asked(thread.invoke(Notes::default()).await), ["ask_1?"]);
    assert_eq!(asked(thread.resume("one").await), ["ask_2?"]);
    assert_eq!(
        done(thread.resume("two").await).log,
        ["ask_1: one", "ask_2: two"]
    );

    let between = thread.clone().at(before(&thread, "ask_2").await);
    ran(&diary, &mut seen);
    between
        .update_state(StateUpdate::new(line("forked")))
        .await
        .unwrap();
    assert_eq!(asked(thread.proceed().await), ["ask_2?"]);
    assert_eq!(ran(&diary, &mut seen), ["ask_2"]);
    let state = done(thread.resume("other").await);
    assert_eq!(state.log, ["ask_1: one", "forked", "ask_2: other"]);

    let first = thread.clone().at(before(&thread, "ask_1").await);
    ran(&diary, &mut seen);
    assert_eq!(asked(first.proceed().await), ["ask_1?"]);
    assert_eq!(ran(&diary, &mut seen), ["ask_1"]);
    assert_eq!(standing(&thread).await.values.log, [""; 0]);
}

/// A row of nodes inside of the only node of another graph.
fn nested(names: &[&str], diary: &Diary) -> (CompiledGraph<Notes>, CompiledGraph<Notes>) {
    let inner = row(names, diary).compile().unwrap();
    let gives = |inner: Notes| Notes::update().log(inner.log);
    let outer = StateGraph::new()
        .add_subgraph("sub", inner.clone(), Notes::clone, gives)
        .add_edge(START, "sub");
    (stored(outer), inner)
}

#[tokio::test]
async fn c55_an_answer_at_the_newest_checkpoint_by_its_number_goes_on_inside() {
    let (diary, mut seen) = (Diary::default(), 0);
    let (graph, _) = nested(&["step_a", "ask_human", "step_b"], &diary);
    let thread = graph.thread("t");
    assert_eq!(asked(thread.invoke(Notes::default()).await), ["ask_human?"]);
    let stands = standing(&thread).await;
    ran(&diary, &mut seen);
    let state = done(thread.clone().at(stands.checkpoint).resume("answer").await);
    assert_eq!(state.log, ["step_a", "ask_human: answer", "step_b"]);
    assert_eq!(ran(&diary, &mut seen), ["ask_human", "step_b"]);
    let forks = history(&thread).await.into_iter();
    assert_eq!(
        forks
            .filter(|it| it.source == CheckpointSource::Fork)
            .count(),
        0
    );
}

// A graph inside runs with the one around it: where LangGraph is invoked with a checkpoint
// of the child, ours is made to stand there and the thread goes on.
#[tokio::test]
async fn c57_a_graph_inside_goes_on_from_an_older_checkpoint_of_its_own() {
    for (name, update) in [("replay", None), ("fork", Some(line("changed")))] {
        let (diary, mut seen) = (Diary::default(), 0);
        let (graph, inner) = nested(&["step_a", "ask_1", "ask_2"], &diary);
        let thread = graph.thread("t");
        assert_eq!(asked(thread.invoke(Notes::default()).await), ["ask_1?"]);
        assert_eq!(asked(thread.resume("one").await), ["ask_2?"]);
        let place = standing(&thread).await.tasks[0].inner.clone();
        let child = thread.inside(&inner, place);
        let older = child.clone().at(before(&child, "ask_1").await);
        ran(&diary, &mut seen);

        let changed: &[&str] = match update {
            None => {
                older.fork().await.unwrap();
                &[]
            }
            Some(update) => {
                older.update_state(StateUpdate::new(update)).await.unwrap();
                &["changed"]
            }
        };
        assert_eq!(asked(thread.proceed().await), ["ask_1?"], "{name}");
        assert_eq!(ran(&diary, &mut seen), ["ask_1"], "{name}");
        assert_eq!(asked(thread.resume("uno").await), ["ask_2?"], "{name}");
        let state = done(thread.resume("dos").await);
        let want = [&["step_a"], changed, &["ask_1: uno", "ask_2: dos"]].concat();
        assert_eq!(state.log, want, "{name}");
        assert_eq!(diary.count("step_a"), 1, "{name}");
    }
}

#[tokio::test]
async fn c58_an_update_that_writes_nothing_is_an_update_and_no_copy() {
    for (name, source) in [
        ("update", CheckpointSource::Update),
        ("copy", CheckpointSource::Fork),
    ] {
        let (diary, mut seen) = (Diary::default(), 0);
        let graph = stored(row(&["a", "ask", "b"], &diary));
        let thread = graph.thread("t");
        assert_eq!(asked(thread.invoke(Notes::default()).await), ["ask?"]);
        done(thread.resume("first").await);
        let before_ask = before(&thread, "ask").await;
        let older = thread.clone().at(before_ask);
        let parent = older.state().await.unwrap().unwrap().parent;
        let nothing = match source {
            CheckpointSource::Update => StateUpdate::new(NotesUpdate::default()),
            _ => StateUpdate::copy(),
        };
        older.update_state(nothing).await.unwrap();
        let stands = standing(&thread).await;
        assert_eq!(
            (stands.source, next(&stands)),
            (source, vec!["ask"]),
            "{name}"
        );
        let on = if name == "copy" {
            parent
        } else {
            Some(before_ask)
        };
        assert_eq!(stands.parent, on, "{name}");
        ran(&diary, &mut seen);
        assert_eq!(asked(thread.proceed().await), ["ask?"], "{name}");
        assert_eq!(ran(&diary, &mut seen), ["ask"], "{name}");
        assert_eq!(
            done(thread.resume("second").await).log,
            ["a", "ask: second", "b"]
        );
    }
}
