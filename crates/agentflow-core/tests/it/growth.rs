//! Lists that grow are stored by what was added, and come back as they were: from every
//! checkpoint, in every durability, after edits, forks, copies and pruning.

use std::sync::Arc;

use agentflow_core::checkpoint::{Checkpointer, MemoryCheckpointer};
use agentflow_core::state::MessageWrite;
use agentflow_core::{
    CompiledGraph, Durability, END, HistoryQuery, Journal, Namespace, NodeContext, NodeResult,
    Outcome, RunInput, RunOptions, START, State, StateGraph, StateUpdate,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::state_messages::Message;
use crate::state_rig::{folded, told};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Chat {
    #[state(reducer = messages)]
    messages: Vec<Message>,
    #[state(reducer = append)]
    log: Vec<String>,
    done: usize,
}

/// What a superstep does.
#[derive(Clone, Debug)]
enum Deed {
    /// Adds a message, or replaces the one with its number.
    Say(u8, usize),
    /// Removes what it has just said, and all else if it is told so.
    TakeBack(bool),
    Note(usize),
    Rewrite(usize),
    /// Asks; whoever answers may add a note.
    Pause(bool),
}

fn text(bytes: usize) -> String {
    "x".repeat(bytes)
}

fn message(number: u8, bytes: usize) -> Message {
    Message {
        id: Some(number.to_string()),
        text: text(bytes),
    }
}

impl Deed {
    fn update(&self, at: usize) -> ChatUpdate {
        let update = Chat::update().done(at + 1);
        match self {
            Self::Say(number, bytes) => update.messages([message(*number, *bytes)]),
            Self::TakeBack(all) => {
                let said = MessageWrite::from(message(255, 30));
                let gone = if *all {
                    MessageWrite::RemoveAll
                } else {
                    MessageWrite::remove("255")
                };
                update.messages([said, gone])
            }
            Self::Note(bytes) => update.log([format!("{at} {}", text(*bytes))]),
            Self::Rewrite(bytes) => update.overwrite_log(vec![text(*bytes)]),
            Self::Pause(_) => update,
        }
    }
}

/// A graph that does one after another.
fn doing(deeds: &Arc<Vec<Deed>>) -> StateGraph<Chat> {
    let (node, count) = (Arc::clone(deeds), deeds.len());
    let node = move |chat: Arc<Chat>, cx: NodeContext| {
        let deeds = Arc::clone(&node);
        async move {
            let deed = &deeds[chat.done];
            if let Deed::Pause(_) = deed {
                cx.interrupt::<bool>("go on?")?;
            }
            NodeResult::Ok(deed.update(chat.done))
        }
    };
    let more = move |chat: &Chat| if chat.done < count { "do" } else { END };
    StateGraph::new()
        .add_node("do", node)
        .add_conditional_edges(START, more, ["do", END])
        .add_conditional_edges("do", more, ["do", END])
}

fn kept(
    deeds: &Arc<Vec<Deed>>,
    store: &Arc<MemoryCheckpointer>,
    durability: Durability,
) -> CompiledGraph<Chat> {
    let options = RunOptions {
        durability,
        step_limit: u64::MAX,
        journal: Journal::Replies,
        ..RunOptions::default()
    };
    let graph = doing(deeds).compile_with(Arc::clone(store)).unwrap();
    graph.with_options(options)
}

/// The state after each number of deeds.
fn expected(deeds: &[Deed]) -> Vec<Chat> {
    let mut states = vec![Chat::default()];
    for (at, deed) in deeds.iter().enumerate() {
        let mut state = states[at].clone();
        if let Deed::Pause(true) = deed {
            state.log.push("told".to_owned());
        }
        states.push(folded(state, [deed.update(at)]).unwrap());
    }
    states
}

/// Runs a thread `t` without a pause.
async fn run(graph: &CompiledGraph<Chat>) {
    let outcome = graph.thread("t").invoke(Chat::default()).await.unwrap();
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
}

/// How many pieces the newest checkpoint has of a field.
async fn pieces(store: &MemoryCheckpointer, thread: &str, field: &str) -> usize {
    let stored = store.load(&thread.into(), &Namespace::root(), None).await;
    let values = stored.unwrap().unwrap().values;
    let named = values.iter().filter(|(name, _)| name.as_str() == field);
    named.count()
}

async fn check(deeds: Vec<Deed>, durability: Durability) {
    let (deeds, store) = (Arc::new(deeds), Arc::new(MemoryCheckpointer::new()));
    let expected = expected(&deeds);
    let mut outcome = None;
    for _ in 0..=deeds.len() {
        // Another process: nothing but the store is known.
        let graph = kept(&deeds, &store, durability);
        let thread = graph.thread("t");
        outcome = Some(match outcome {
            None => thread.invoke(Chat::default()).await.unwrap(),
            Some(Outcome::Done(_)) => break,
            Some(_) => {
                let state = thread.state().await.unwrap().unwrap();
                let tells = matches!(deeds[state.values.done], Deed::Pause(true));
                let mut answer = RunInput::answer(true).unwrap();
                if tells {
                    answer = answer.and_update(Chat::update().log(["told"]));
                }
                thread.invoke(answer).await.unwrap()
            }
        });
    }
    let last = expected.last().unwrap();
    assert!(matches!(outcome, Some(Outcome::Done(state)) if state == *last));
    let graph = kept(&deeds, &store, durability);
    let thread = graph.thread("t");
    let all = thread.snapshots(every()).await.unwrap();
    assert!(!all.is_empty(), "a run leaves a checkpoint");
    for snapshot in &all {
        let values = &snapshot.values;
        assert_eq!(values, &expected[values.done], "{durability:?}");
    }
    thread.copy_to("copy").await.unwrap();
    thread.prune(1).await.unwrap();
    for thread in ["t", "copy"] {
        let state = graph.thread(thread).state().await.unwrap().unwrap();
        assert_eq!(&state.values, last);
    }
    let wrong = graph.thread("copy").verify().await.unwrap();
    assert!(wrong.divergence.is_none(), "{wrong:?}");
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0..6_u8, 0..400_usize).prop_map(|(number, bytes)| Deed::Say(number, bytes)),
        4 => (0..400_usize).prop_map(Deed::Note),
        1 => any::<bool>().prop_map(Deed::TakeBack),
        1 => (0..400_usize).prop_map(Deed::Rewrite),
        2 => any::<bool>().prop_map(Deed::Pause),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_checkpoint_has_all_that_was_added_by_then(
        deeds in prop::collection::vec(deed(), 0..40),
        durability in prop_oneof![
            Just(Durability::Sync),
            Just(Durability::Async),
            Just(Durability::Exit),
        ],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(check(deeds, durability));
    }
}

#[tokio::test]
async fn what_is_stored_of_a_list_is_at_most_twice_what_was_added() {
    const BYTES: usize = 1024;
    for count in [10, 100, 1_000] {
        let deeds = Arc::new(vec![Deed::Note(BYTES); count]);
        let store = Arc::new(MemoryCheckpointer::new());
        let graph = kept(&deeds, &store, Durability::Sync);
        run(&graph).await;
        let mut bytes = 0;
        for checkpoint in graph.thread("t").history(every()).await.unwrap() {
            let id = Some(checkpoint.id);
            let stored = store.load(&"t".into(), &Namespace::root(), id).await;
            let stored = stored.unwrap().unwrap();
            if stored.checkpoint.fields.get("log") == id {
                let mut values = stored.values.iter().rev();
                let newest = values.find(|(name, _)| name.as_str() == "log");
                bytes += newest.map_or(0, |(_, value)| value.len());
            }
        }
        let added = count * BYTES;
        assert!(
            (added..=2 * added).contains(&bytes),
            "{bytes} of {count} notes"
        );
    }
}

fn every() -> HistoryQuery {
    HistoryQuery {
        limit: u32::MAX,
        ..HistoryQuery::default()
    }
}

#[tokio::test]
async fn an_edit_of_a_list_that_has_pieces_adds_to_them_or_replaces_them() {
    let deeds = Arc::new(vec![Deed::Note(300), Deed::Note(10), Deed::Note(10)]);
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = kept(&deeds, &store, Durability::Sync);
    let thread = graph.thread("t");
    run(&graph).await;
    assert_eq!(pieces(&store, "t", "log").await, 3);
    let more = StateUpdate::as_node("do", Chat::update().log(["more"]));
    let before = thread.update_state(more).await.unwrap();
    assert_eq!(pieces(&store, "t", "log").await, 4);
    let instead = Chat::update().overwrite_log(vec!["instead".to_owned()]);
    let instead = StateUpdate::as_node("do", instead);
    thread.update_state(instead).await.unwrap();
    assert_eq!(pieces(&store, "t", "log").await, 1);
    let state = async |thread: &agentflow_core::Thread<'_, Chat, Chat, Chat>| {
        let state = thread.state().await.unwrap().unwrap();
        state.values.log
    };
    assert_eq!(state(&thread).await, ["instead"]);
    let forked = thread.clone().at(before).fork().await.unwrap();
    assert_eq!(state(&thread).await.len(), 4);
    let more = StateUpdate::as_node("do", Chat::update().log(["on the fork"]));
    thread.update_state(more).await.unwrap();
    assert_eq!(state(&thread).await[3..], ["more", "on the fork"]);
    assert_eq!(state(&thread.clone().at(forked)).await.len(), 4);
}

#[tokio::test]
async fn what_several_supersteps_added_is_one_piece_where_they_are_stored_at_once() {
    let deeds = vec![
        Deed::Say(0, 300),
        Deed::Pause(false),
        Deed::Say(1, 10),
        Deed::Say(2, 10),
        Deed::Say(0, 20),
    ];
    for (durability, want) in [(Durability::Sync, 4), (Durability::Exit, 2)] {
        let (deeds, store) = (Arc::new(deeds.clone()), Arc::new(MemoryCheckpointer::new()));
        let graph = kept(&deeds, &store, durability);
        let asked = graph.thread("t").invoke(Chat::default()).await.unwrap();
        assert_eq!(asked.interrupts().len(), 1);
        let done = graph.thread("t").resume(true).await.unwrap();
        assert!(matches!(done, Outcome::Done(_)), "{done:?}");
        assert_eq!(pieces(&store, "t", "messages").await, want);
        let state = graph.thread("t").state().await.unwrap().unwrap();
        let messages = [message(0, 20), message(1, 10), message(2, 10)];
        assert_eq!(state.values.messages, messages, "{durability:?}");
    }
}

/// The same list as another build has it, which folds it otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Last {
    log: Vec<String>,
    done: usize,
}

#[tokio::test]
async fn a_list_in_pieces_that_does_not_grow_any_more_is_an_error_that_says_what_to_do() {
    let deeds = Arc::new(vec![Deed::Note(300), Deed::Note(10)]);
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = kept(&deeds, &store, Durability::Sync);
    run(&graph).await;
    let last = |_: Arc<Last>, _: NodeContext| async { NodeResult::Ok(()) };
    let other = StateGraph::new()
        .add_node("do", last)
        .add_edge(START, "do")
        .compile_with(store)
        .unwrap();
    let error = other.thread("t").state().await.unwrap_err();
    let said = told(&error);
    assert!(said.contains("raise the state's version"), "{said}");
}
