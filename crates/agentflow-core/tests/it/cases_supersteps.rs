//! The cases about what the tasks of a superstep write, and how it folds.

use std::sync::{Arc, Mutex};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    NodeContext, NodeResult, RunError, START, Send, State, StateGraph, StreamMode, Update, View,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cases_rig::{finished, history, journaled, results, standing, watched};
use crate::support::{Notes, NotesUpdate, done, line, step};

/// `a`, then `b` and `c` side by side, then `d`.
fn diamond(b: NotesUpdate, c: NotesUpdate) -> StateGraph<Notes> {
    let writes = |update: NotesUpdate| {
        move |_: Arc<Notes>, _: NodeContext| {
            let update = update.clone();
            async move { NodeResult::Ok(update) }
        }
    };
    StateGraph::new()
        .add_node("a", step)
        .add_node("b", writes(b))
        .add_node("c", writes(c))
        .add_node("d", step)
        .add_edge(START, "a")
        .add_edge("a", "b")
        .add_edge("a", "c")
        .add_edge("b", "d")
        .add_edge("c", "d")
}

#[tokio::test]
async fn c8_an_overwrite_wins_over_what_its_siblings_write() {
    let as_json = json!({ "log": { "__overwrite__": ["b"] } });
    let as_json = NotesUpdate::from_json(as_json.as_object().unwrap().clone()).unwrap();
    let typed = Notes::update().overwrite_log(vec!["b".to_owned()]);
    for (name, b, c) in [
        ("typed, first", typed.clone(), line("c")),
        ("typed, last", line("c"), typed),
        ("as JSON", as_json, line("c")),
    ] {
        let graph = diamond(b, c).compile().unwrap();
        let state = done(graph.thread("t").invoke(Notes::with(&["START"])).await);
        assert_eq!(state.log, ["b", "d"], "{name}");
    }
}

#[tokio::test]
async fn c8_two_overwrites_of_one_superstep_are_an_error() {
    let both = || Notes::update().overwrite_log(vec!["me".to_owned()]);
    let graph = diamond(both(), both()).compile().unwrap();
    let error = graph
        .thread("t")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    let RunError::WriteConflict { writers, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(writers[..], ["b".into(), "c".into()]);
    assert!(error.to_string().contains("`log`"), "{error}");
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Joined {
    #[state(reducer = comma)]
    foo: String,
}

fn comma(value: &mut String, write: String) {
    if !value.is_empty() {
        value.push_str(", ");
    }
    value.extend([write]);
}

#[tokio::test]
async fn c9_a_node_that_writes_a_field_twice_has_both_folded_in_order() {
    let one = |_: Arc<Joined>, _: NodeContext| async {
        NodeResult::Ok(
            Joined::update()
                .foo("one.0".to_owned())
                .foo("one.1".to_owned()),
        )
    };
    let two = |_: Arc<Joined>, _: NodeContext| async {
        NodeResult::Ok(Joined::update().foo("two".to_owned()))
    };
    let graph = StateGraph::new()
        .add_node("one", one)
        .add_node("two", two)
        .add_edge(START, "one")
        .add_edge("one", "two")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(journaled());
    let input = || Joined {
        foo: "input".into(),
    };
    let one_wrote = json!({ "foo": { "$writes": ["one.0", "one.1"] } });
    let two_wrote = json!({ "foo": "two" });

    let state = finished(graph.thread("invoked").invoke(input()).await);
    assert_eq!(state.foo, "input, one.0, one.1, two");

    let updates = watched(&graph.thread("updates"), input(), StreamMode::Updates).await;
    let want = [
        json!({ "one": [{ "foo": "one.0" }, { "foo": "one.1" }] }),
        json!({ "two": two_wrote }),
    ];
    assert_eq!(
        updates.iter().map(|(_, it)| it).collect::<Vec<_>>(),
        want.iter().collect::<Vec<_>>()
    );

    let tasks = watched(&graph.thread("tasks"), input(), StreamMode::Tasks).await;
    let ends: Vec<_> = tasks
        .into_iter()
        .map(|(_, it)| it)
        .filter(|it| it.is_object())
        .collect();
    assert_eq!(
        ends,
        [json!({ "one": one_wrote }), json!({ "two": two_wrote })]
    );

    let thread = graph.thread("invoked");
    let kept: Vec<_> = history(&thread)
        .await
        .into_iter()
        .map(|it| it.tasks)
        .collect();
    assert_eq!(kept.len(), 4);
    assert_eq!(results(&kept[0]), []);
    assert_eq!(results(&kept[1]), [("two", Some(two_wrote))]);
    assert_eq!(results(&kept[2]), [("one", Some(one_wrote))]);
}

/// `baz` is what LangGraph has as a key of one node's private schema: a field that only a
/// view of it names, and the output leaves out.
#[derive(Clone, Debug, Default, PartialEq, State)]
struct Shared {
    #[state(reducer = add)]
    foo: i64,
    bar: String,
    baz: Option<String>,
}

#[derive(Clone, Debug, PartialEq, View)]
#[view(of = Shared)]
struct Public {
    foo: i64,
    bar: String,
}

#[derive(Clone, Debug, PartialEq, View)]
#[view(of = Shared)]
struct Private {
    baz: Option<String>,
}

// A key that the state does not have is dropped silently by LangGraph; here no node can
// write one, and JSON that names one is refused: what is misspelt must not pass.
#[tokio::test]
async fn c10_a_private_field_goes_from_node_to_node_and_not_into_the_output() {
    let node_1 = |seen: Arc<Public>, _: NodeContext| async move {
        assert_eq!(
            *seen,
            Public {
                foo: 1,
                bar: String::new()
            }
        );
        NodeResult::Ok(Shared::update().foo(1).baz("bar".to_owned()))
    };
    let node_2 = |seen: Arc<Private>, _: NodeContext| async move {
        let bar = seen.baz.clone().unwrap_or_default();
        NodeResult::Ok(Shared::update().foo(1).bar(bar))
    };
    let router = |state: &Shared| {
        let seen = Private::view(state);
        assert_eq!(
            seen,
            Private {
                baz: Some("bar".into())
            }
        );
        "node_2"
    };
    let graph = StateGraph::new()
        .add_node("node_1", node_1)
        .add_node("node_2", node_2)
        .add_edge(START, "node_1")
        .add_conditional_edges("node_1", router, ["node_2"])
        .with_output::<Public>()
        .compile()
        .unwrap();
    let input = Shared {
        foo: 1,
        ..Shared::default()
    };
    let output = finished(graph.thread("t").invoke(input).await);
    assert_eq!(
        output,
        Public {
            foo: 3,
            bar: "bar".into()
        }
    );
    let unknown = json!({ "something_else": 1 });
    assert!(SharedUpdate::from_json(unknown.as_object().unwrap().clone()).is_err());
}

/// Something that no store can hold.
#[derive(Clone, Default)]
struct Connection(Arc<Mutex<Vec<String>>>);

#[derive(Clone, Default, Serialize, Deserialize, State)]
struct Toolbox {
    #[state(reducer = append)]
    log: Vec<String>,
    #[state(untracked)]
    #[serde(skip)]
    connection: Option<Connection>,
}

#[tokio::test]
async fn c13_an_untracked_value_is_sent_within_the_process_and_never_reaches_the_store() {
    let open = |_: Arc<Toolbox>, _: NodeContext| async {
        NodeResult::Ok(
            Toolbox::update()
                .log(["open"])
                .connection(Connection::default()),
        )
    };
    let tool = |state: Arc<Toolbox>, _: NodeContext| async move {
        let Some(connection) = &state.connection else {
            return Ok(Toolbox::update().log(["not connected"]));
        };
        let mut used = connection.0.lock().unwrap();
        used.push("used".to_owned());
        NodeResult::Ok(Toolbox::update().log([format!("use {}", used.len())]))
    };
    let send = |state: &Toolbox| {
        let both = [state.clone(), state.clone()];
        both.map(|state| Send::new("tool", state))
    };
    let graph = StateGraph::new()
        .add_node("open", open)
        .add_node("tool", tool)
        .add_edge(START, "open")
        .add_conditional_edges("open", send, ["tool"]);
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = graph.compile_with(Arc::clone(&store)).unwrap();
    let state = graph.thread("t").invoke(Toolbox::default()).await.unwrap();
    let state = state.into_done().unwrap();
    assert_eq!(state.log, ["open", "use 1", "use 2"]);
    assert!(
        standing(&graph.thread("t"))
            .await
            .values
            .connection
            .is_none()
    );
    for snapshot in graph.thread("t").history(Default::default()).await.unwrap() {
        assert!(snapshot.fields.get("connection").is_none(), "{snapshot:?}");
        let payloads = snapshot
            .next
            .iter()
            .filter_map(|task| task.payload.as_ref());
        assert!(
            payloads
                .clone()
                .all(|payload| payload.get("connection").is_none())
        );
    }

    // Taken up again after a pause, the tool finds what the store kept.
    let graph = graph.interrupt_before(["tool"]).unwrap();
    let thread = graph.thread("paused");
    let outcome = thread.invoke(Toolbox::default()).await.unwrap();
    assert_eq!(outcome.interrupts().len(), 1);
    let state = thread.proceed().await.unwrap().into_done().unwrap();
    assert_eq!(state.log, ["open", "not connected", "not connected"]);
}
