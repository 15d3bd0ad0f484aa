//! The cases about what checkpoints a run makes, and what they hold.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agentflow_core::checkpoint::{Checkpointer, MemoryCheckpointer};
use agentflow_core::{
    CheckpointId, Durability, END, HistoryQuery, Namespace, NodeContext, NodeResult, START, State,
    StateGraph, TaskSnapshot,
};
use serde_json::json;

use crate::cases_rig::{ALL, durable, finished, history, journaled, next, standing};
use crate::support::{Notes, asked, done, line, row, step};

#[derive(Clone, Debug, Default, PartialEq, State)]
struct Switched {
    #[state(reducer = add)]
    myval: i64,
    otherval: bool,
}

type Entry = (
    CheckpointId,
    Option<CheckpointId>,
    i64,
    Switched,
    Vec<String>,
    Vec<TaskSnapshot>,
);

#[tokio::test]
async fn c16_a_replay_from_an_older_checkpoint_leaves_the_history_as_it_was() {
    let switch = Arc::new(AtomicBool::new(false));
    let node = move |_: Arc<Switched>, _: NodeContext| {
        let on = !switch.fetch_xor(true, Ordering::Relaxed);
        let update = Switched::update()
            .myval(if on { 2 } else { 1 })
            .otherval(on);
        async move { NodeResult::Ok(update) }
    };
    let after = |here: &'static str, other: &'static str| {
        move |state: &Switched| match state {
            Switched { myval, .. } if *myval > 3 => END,
            Switched { otherval: true, .. } => other,
            _ => here,
        }
    };
    let graph = StateGraph::new()
        .add_node("one", node.clone())
        .add_node("two", node)
        .add_edge(START, "one")
        .add_conditional_edges("one", after("one", "two"), ["one", "two", END])
        .add_conditional_edges("two", after("two", "one"), ["one", "two", END])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(journaled());
    let thread = graph.thread("t");
    let entries = async || -> Vec<Entry> {
        let all = history(&thread).await.into_iter();
        all.map(|it| {
            let next = next(&it).into_iter().map(str::to_owned).collect();
            (
                it.checkpoint,
                it.parent,
                it.step.0,
                it.values,
                next,
                it.tasks,
            )
        })
        .collect()
    };

    let input = Switched {
        myval: 1,
        otherval: false,
    };
    let state = finished(thread.invoke(input).await);
    assert_eq!(
        state,
        Switched {
            myval: 4,
            otherval: false
        }
    );
    let before = entries().await;
    assert_eq!(before.len(), 4);
    assert_eq!((&before[0].3, &before[3].3), (&state, &Switched::default()));

    let state = finished(thread.clone().at(before[1].0).proceed().await);
    assert_eq!(
        state,
        Switched {
            myval: 5,
            otherval: true
        }
    );
    let after = entries().await;
    assert_eq!(after.len(), before.len() + 2, "the fork and one superstep");
    assert_eq!(after[2..], before);
    assert_eq!(
        after[1].1,
        Some(before[1].0),
        "the fork goes on from what was replayed"
    );
}

#[tokio::test]
async fn c24_a_pause_after_every_node_makes_no_checkpoint_of_its_own() {
    for (durability, counts) in [
        (Durability::Sync, [3, 4, 5]),
        (Durability::Async, [3, 4, 5]),
        (Durability::Exit, [1, 2, 3]),
    ] {
        let graph = row(&["step_1", "step_2", "step_3"])
            .compile_with(MemoryCheckpointer::new())
            .unwrap()
            .with_options(durable(durability))
            .interrupt_after_all();
        let thread = graph.thread("t");
        let mut seen = Vec::new();
        for turn in 0..3 {
            let outcome = match turn {
                0 => thread.invoke(Notes::default()).await,
                _ => thread.proceed().await,
            };
            assert_eq!(outcome.unwrap().interrupts().len(), usize::from(turn < 2));
            let stands = standing(&thread).await;
            let count = history(&thread).await.len();
            seen.push((next(&stands).join(" "), count));
        }
        let [first, second, third] = counts;
        let want = [("step_2", first), ("step_3", second), ("", third)];
        assert_eq!(
            seen,
            want.map(|(next, count)| (next.to_owned(), count)),
            "{durability:?}"
        );
    }
}

#[tokio::test]
async fn c25_every_checkpoint_of_a_run_carries_what_the_caller_attached() {
    let asks = |_: Arc<Notes>, cx: NodeContext| async move {
        NodeResult::Ok(line(cx.interrupt::<String>("?")?))
    };
    let graph = row(&["one"])
        .add_node("two", asks)
        .add_node("three", step)
        .add_sequence(["one", "two", "three"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t").with_metadata("test_config_1", "foo");
    let thread = thread.with_metadata("test_config_2", 2);
    let want: BTreeMap<_, _> = [
        ("test_config_1".into(), json!("foo")),
        ("test_config_2".into(), json!(2)),
    ]
    .into();
    asked(thread.invoke(Notes::default()).await);
    let check = async |count: usize| {
        let checkpoints = thread.history(HistoryQuery::default()).await.unwrap();
        assert_eq!(checkpoints.len(), count);
        assert!(
            checkpoints.iter().all(|it| it.metadata == want),
            "{checkpoints:?}"
        );
    };
    check(3).await;
    done(thread.resume("answer").await);
    check(5).await;
}

// How LangGraph's delta channels lie in the store is not seen here: what a field that is
// appended to holds is the same however it is stored.
#[tokio::test]
async fn c26_an_appended_field_keeps_its_items_over_a_restart_in_whatever_way_it_is_stored() {
    let mut stored = Vec::new();
    for durability in ALL {
        let store = Arc::new(MemoryCheckpointer::new());
        for turn in 0..5 {
            // Another process each time: nothing is shared but the store.
            let graph = row(&["a", "b"]).compile_with(Arc::clone(&store)).unwrap();
            let graph = graph.with_options(durable(durability));
            let input = Notes::with(&[&format!("turn {turn}")]);
            let state = done(graph.thread("t").invoke(input).await);
            assert_eq!(state.log.len(), (turn + 1) * 3, "{durability:?}");
            assert_eq!(state.log[..3], ["turn 0", "a", "b"]);
        }
        let head = store
            .load(&"t".into(), &Namespace::root(), None)
            .await
            .unwrap();
        stored.push(head.unwrap().values);
    }
    assert_eq!(stored[0], stored[1]);
    assert_eq!(stored[0], stored[2]);
}
