//! How long a field's value stays.

use std::sync::{Arc, Mutex};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::state::{Lifetime, Surveyed};
use agentflow_core::{
    CheckpointId, HistoryQuery, NodeContext, NodeResult, START, State, StateGraph, Update,
};

use crate::state_rig::{folded, place, stored, told};

/// A value that no format can hold, and that cannot be printed either.
#[derive(Clone, Default)]
struct Handle(Arc<Mutex<Vec<String>>>);

#[derive(Clone, Default, State)]
struct Errand {
    done: u32,
    #[state(reducer = append, ephemeral)]
    inbox: Vec<String>,
    #[state(ephemeral)]
    hint: Option<String>,
    #[state(untracked)]
    handle: Handle,
    #[state(untracked, reducer = keep_first)]
    first: Option<Handle>,
}

fn keep_first(value: &mut Option<Handle>, write: Option<Handle>) {
    if value.is_none() {
        *value = write;
    }
}

#[test]
fn the_derive_says_how_long_each_field_lives() {
    let lifetimes: Vec<_> = Errand::FIELDS
        .iter()
        .map(|spec| (spec.name, spec.lifetime, spec.is_stored()))
        .collect();
    assert_eq!(
        lifetimes,
        [
            ("done", Lifetime::Kept, true),
            ("inbox", Lifetime::Ephemeral, true),
            ("hint", Lifetime::Ephemeral, true),
            ("handle", Lifetime::Untracked, false),
            ("first", Lifetime::Untracked, false),
        ]
    );
    const { assert!(Errand::HAS_EPHEMERAL && !Errand::CAN_REFUSE) };
    const { assert!(!crate::support::Notes::HAS_EPHEMERAL) };
}

#[test]
fn an_ephemeral_field_that_nobody_wrote_is_reset() {
    let full = Errand {
        done: 1,
        inbox: vec!["a letter".to_owned()],
        hint: Some("look left".to_owned()),
        ..Errand::default()
    };
    for (update, inbox, hint) in [
        (Errand::update(), &[][..], None),
        (
            Errand::update().hint("right".to_owned()),
            &[],
            Some("right"),
        ),
        (
            Errand::update().inbox(["more"]),
            &["a letter", "more"],
            None,
        ),
    ] {
        let mut surveyed = Surveyed::default();
        update.survey(&mut surveyed).unwrap();
        let mut state = full.clone();
        state.apply(update, &surveyed).unwrap();
        for (field, spec) in Errand::FIELDS.iter().enumerate() {
            if spec.lifetime == Lifetime::Ephemeral && !surveyed.is_written(field) {
                state.reset_field(field);
            }
        }
        assert_eq!(state.done, 1);
        assert_eq!(
            (&state.inbox[..], state.hint.as_deref()),
            (
                &inbox.iter().map(ToString::to_string).collect::<Vec<_>>()[..],
                hint
            )
        );
    }
}

#[test]
#[should_panic(expected = "only an ephemeral field is reset")]
fn a_field_that_is_kept_cannot_be_reset() {
    Errand::default().reset_field(place::<Errand>("done"));
}

#[test]
fn an_untracked_write_is_folded_but_neither_stored_nor_shown() {
    let handle = Handle::default();
    handle.0.lock().unwrap().push("opened".to_owned());
    let update = Errand::update()
        .done(1)
        .handle(handle.clone())
        .first(Some(handle));
    assert_eq!(
        format!("{update:?}"),
        "ErrandUpdate { done: [Put(1)], inbox: [], hint: [], handle: [1 untracked], first: [1 untracked] }"
    );
    assert_eq!(update.describe().unwrap(), [("done", vec![1.into()])]);
    assert!(!update.is_empty());

    let seen = |state: &Errand| state.handle.0.lock().unwrap().len();
    let here = folded(Errand::default(), [update.clone()]).unwrap();
    assert_eq!((here.done, seen(&here), here.first.is_some()), (1, 1, true));
    let elsewhere = folded(Errand::default(), [stored(&update)]).unwrap();
    assert_eq!(
        (elsewhere.done, seen(&elsewhere), elsewhere.first.is_some()),
        (1, 0, false)
    );
}

#[test]
fn json_cannot_write_an_untracked_field() {
    let fields = serde_json::json!({ "handle": 1 });
    let error = ErrandUpdate::from_json(fields.as_object().unwrap().clone()).unwrap_err();
    assert_eq!(
        told(&error),
        "field `handle` of `Errand` does not decode as JSON: the field is untracked, so only a \
         node can write it"
    );
}

async fn open(_: Arc<Errand>, _: NodeContext) -> NodeResult<ErrandUpdate> {
    let handle = Handle::default();
    handle.0.lock().unwrap().push("opened".to_owned());
    Ok(Errand::update().handle(handle))
}

async fn count(errand: Arc<Errand>, _: NodeContext) -> NodeResult<ErrandUpdate> {
    let seen = errand.handle.0.lock().unwrap().len();
    Ok(Errand::update().done(u32::try_from(seen).unwrap()))
}

#[tokio::test]
async fn an_untracked_value_goes_from_node_to_node_but_not_into_the_store() {
    let graph = StateGraph::new()
        .add_node("open", open)
        .add_node("count", count)
        .add_edge(START, "open")
        .add_edge("open", "count")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let done = thread.invoke(Errand::default()).await.unwrap().into_done();
    assert_eq!(done.map(|errand| errand.done), Some(1));
    let read_back = thread.state().await.unwrap().unwrap().values;
    assert_eq!(
        (read_back.done, read_back.handle.0.lock().unwrap().len()),
        (1, 0)
    );
}

async fn letter(_: Arc<Errand>, _: NodeContext) -> NodeResult<ErrandUpdate> {
    Ok(Errand::update().inbox(["a letter"]))
}

#[tokio::test]
async fn an_ephemeral_field_that_holds_nothing_is_not_stored_again() {
    let graph = StateGraph::new()
        .add_node("letter", letter)
        .add_node("a", count)
        .add_node("b", count)
        .add_node("c", count)
        .add_sequence([START, "letter", "a", "b", "c"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let _ = thread.invoke(Errand::default()).await.unwrap();
    let history = thread.history(HistoryQuery::default()).await.unwrap();
    let fields = &history[0].fields;
    assert_eq!(history[0].id, CheckpointId(6));
    // The input writes both in 2. Then one is written in 3, and the other is forgotten.
    assert_eq!(
        (fields.get("hint"), fields.get("inbox")),
        (Some(CheckpointId(3)), Some(CheckpointId(4)))
    );
}
