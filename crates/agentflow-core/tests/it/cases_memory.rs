//! The cases about what graphs inside remember, and how they are stored.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    CompiledGraph, Durability, END, HistoryQuery, NodeContext, NodeResult, Persistence, START,
    State, StateGraph, StateUpdate, StreamMode,
};
use serde_json::{Value, json};

use crate::cases_rig::{concat, durable, finished, history, paused, watched};

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Key {
    my_key: String,
}

fn key(my_key: &str) -> Key {
    Key {
        my_key: my_key.into(),
    }
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Grown {
    #[state(reducer = concat)]
    my_key: String,
    my_other_key: String,
}

/// A graph that keeps its state as long as the thread.
fn inner() -> CompiledGraph<Grown, GrownUpdate> {
    let inner_1 = |grown: Arc<Grown>, _: NodeContext| async move {
        let update = Grown::update().my_key(" got here".to_owned());
        NodeResult::Ok(update.my_other_key(grown.my_key.clone()))
    };
    let inner_2 = |_: Arc<Grown>, _: NodeContext| async {
        NodeResult::Ok(Grown::update().my_key(" and there".to_owned()))
    };
    StateGraph::new()
        .add_node("inner_1", inner_1)
        .add_node("inner_2", inner_2)
        .add_sequence([START, "inner_1", "inner_2"])
        .with_input::<GrownUpdate>()
        .compile()
        .unwrap()
        .with_persistence(Persistence::PerThread)
}

/// A graph that goes through the one inside until it was there twice.
fn around(inner: CompiledGraph<Grown, GrownUpdate>, durability: Durability) -> CompiledGraph<Key> {
    // An update: what the graph has besides stays as it is.
    let takes = |key: &Key| Grown::update().my_key(key.my_key.clone());
    let gives = |grown: Grown| Key::update().my_key(grown.my_key);
    let again = |key: &Key| {
        if key.my_key.matches("there").count() < 2 {
            "inner"
        } else {
            END
        }
    };
    StateGraph::new()
        .add_subgraph("inner", inner, takes, gives)
        .add_edge(START, "inner")
        .add_conditional_edges("inner", again, ["inner", END])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(durable(durability))
}

// LangGraph stores a run of `exit` once, at its end, with all graphs inside. Ours stores
// the graph around before one inside begins, because the checkpoints inside say on which
// one outside they stand: three here, and two inside.
#[tokio::test]
async fn c39_a_graph_that_lives_as_long_as_the_thread_has_one_place_and_adds_to_its_state() {
    for (durability, count) in [
        (Durability::Sync, 4),
        (Durability::Async, 4),
        (Durability::Exit, 3),
    ] {
        let graph = around(inner(), durability);
        let thread = graph.thread("t");
        let both = " got here and there";
        let inside = |event: Value| ("inner".to_owned(), event);
        let outside = |times: usize| {
            (
                String::new(),
                json!({ "inner": { "my_key": both.repeat(times) } }),
            )
        };
        let inner_1 = |other: String| {
            inside(json!({ "inner_1": { "my_key": " got here", "my_other_key": other } }))
        };
        let inner_2 = inside(json!({ "inner_2": { "my_key": " and there" } }));
        assert_eq!(
            watched(&thread, key(""), StreamMode::Updates).await,
            [
                inner_1(String::new()),
                inner_2.clone(),
                outside(1),
                inner_1(both.repeat(2)),
                inner_2,
                outside(3),
            ],
            "{durability:?}"
        );
        let outer = thread.history(HistoryQuery::default()).await.unwrap();
        assert_eq!(outer.len(), count, "{durability:?}");
    }
}

#[tokio::test]
async fn c40_a_graph_inside_is_stored_as_the_one_around_it_is() {
    for (durability, counts) in [
        (Durability::Sync, (4, 8)),
        (Durability::Async, (4, 8)),
        (Durability::Exit, (3, 2)),
    ] {
        let inner = inner();
        let graph = around(inner.clone(), durability);
        let thread = graph.thread("t");
        finished(thread.invoke(key("")).await);
        let outer = thread.history(HistoryQuery::default()).await.unwrap();
        let inside = thread.inside(&inner, "inner".into());
        let inside = inside.history(HistoryQuery::default()).await.unwrap();
        assert_eq!((outer.len(), inside.len()), counts, "{durability:?}");
    }
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Stateful {
    #[state(reducer = add)]
    sub_counter: i64,
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Stateless {
    #[state(reducer = add)]
    other_sub_counter: i64,
}

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Counter {
    parent_counter: i64,
}

#[tokio::test]
async fn c42_a_node_calls_a_graph_that_remembers_and_one_that_does_not() {
    let two = |_: Arc<Stateful>, _: NodeContext| async {
        NodeResult::Ok(Stateful::update().sub_counter(2))
    };
    let three = |_: Arc<Stateless>, _: NodeContext| async {
        NodeResult::Ok(Stateless::update().other_sub_counter(3))
    };
    let stateful = StateGraph::new()
        .add_node("subgraph_node", two)
        .add_edge(START, "subgraph_node")
        .compile()
        .unwrap()
        .with_persistence(Persistence::PerThread);
    let stateless = StateGraph::new()
        .add_node("other_subgraph_node", three)
        .add_edge(START, "other_subgraph_node")
        .compile()
        .unwrap();
    let parent = move |state: Arc<Counter>, cx: NodeContext| {
        let (stateful, stateless) = (stateful.clone(), stateless.clone());
        async move {
            let input = Stateful {
                sub_counter: state.parent_counter,
            };
            let first: Stateful = cx.invoke(&stateful, input).await?;
            let input = Stateless {
                other_sub_counter: first.sub_counter,
            };
            let second: Stateless = cx.invoke(&stateless, input).await?;
            NodeResult::Ok(Counter::update().parent_counter(second.other_sub_counter))
        }
    };
    let graph = StateGraph::new()
        .add_node("parent_node", parent)
        .add_edge(START, "parent_node")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("invoked");
    for want in [5, 7] {
        let state = finished(thread.invoke(Counter::default()).await);
        assert_eq!(state.parent_counter, want);
    }
    let thread = graph.thread("watched");
    for (called, want) in [("parent_node:2.1.0#1", 5), ("parent_node:5.4.0#1", 7)] {
        let place = |name: &str, event| (name.to_owned(), event);
        let subgraph = json!({ "subgraph_node": { "sub_counter": 2 } });
        let other = json!({ "other_subgraph_node": { "other_sub_counter": 3 } });
        let parent = json!({ "parent_node": { "parent_counter": want } });
        assert_eq!(
            watched(&thread, Counter::default(), StreamMode::Updates).await,
            [
                place("parent_node", subgraph),
                place(called, other),
                place("", parent)
            ]
        );
    }
}

#[tokio::test]
async fn c42_a_graph_that_remembers_does_so_over_a_pause_an_update_and_a_replay() {
    let two = |_: Arc<Stateful>, _: NodeContext| async {
        NodeResult::Ok(Stateful::update().sub_counter(2))
    };
    let inner = StateGraph::new()
        .add_node("two", two)
        .add_edge(START, "two")
        .compile()
        .unwrap()
        .with_persistence(Persistence::PerThread);
    let asks = |_: Arc<Counter>, cx: NodeContext| async move {
        cx.interrupt::<bool>("go on?")?;
        NodeResult::Ok(())
    };
    let gives = |inner: Stateful| Counter::update().parent_counter(inner.sub_counter);
    let graph = StateGraph::new()
        .add_node("asks", asks)
        .add_subgraph("inner", inner, |_| Stateful::default(), gives)
        .add_sequence([START, "asks", "inner"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    for want in [2, 4] {
        paused(thread.invoke(Counter::default()).await);
        let state = finished(thread.resume(true).await);
        assert_eq!(state.parent_counter, want);
    }
    let asks = || StateUpdate::as_node("asks", CounterUpdate::default());
    thread.update_state(asks()).await.unwrap();
    assert_eq!(finished(thread.proceed().await).parent_counter, 6);
    // As of where it is replayed from, and from then on with what came of that.
    let all = history(&thread).await;
    let second = all
        .iter()
        .find(|it| it.values.parent_counter == 4 && !it.next.is_empty());
    let second = second.unwrap().checkpoint;
    let replayed = finished(thread.clone().at(second).proceed().await);
    assert_eq!(replayed.parent_counter, 6);
    thread.update_state(asks()).await.unwrap();
    assert_eq!(finished(thread.proceed().await).parent_counter, 8);
}
