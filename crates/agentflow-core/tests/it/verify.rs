//! Changed graphs held against what threads have recorded.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Command, CompiledGraph, DivergenceKind, END, Journal, NodeContext, NodeResult, RunOptions,
    START, StateGraph,
};

use crate::support::{Notes, done, row, step};

fn graph(
    store: &Arc<MemoryCheckpointer>,
    rounds: u32,
    change: impl FnOnce(StateGraph<Notes>) -> StateGraph<Notes>,
) -> CompiledGraph<Notes> {
    let count = |_: Arc<Notes>, _: NodeContext| async {
        NodeResult::Ok(Command::update(Notes::update().n(1)).and_goto("aside"))
    };
    let graph = StateGraph::new()
        .add_node("count", count)
        .add_node("aside", step)
        .add_edge(START, "count")
        .add_conditional_edges(
            "count",
            move |notes: &Notes| if notes.n < rounds { "count" } else { END },
            ["count", END],
        );
    change(graph)
        .compile_with(Arc::clone(store))
        .unwrap()
        .with_options(RunOptions {
            journal: Journal::Replies,
            ..RunOptions::default()
        })
}

#[tokio::test]
async fn a_graph_that_goes_the_same_way_is_verified_and_another_is_told_where_it_parts() {
    let store = Arc::new(MemoryCheckpointer::new());
    let recorded = graph(&store, 3, |graph| graph);
    let ended = done(recorded.thread("t").invoke(Notes::default()).await);
    assert_eq!((ended.n, ended.log.len()), (3, 3));
    let same = recorded.thread("t").verify().await.unwrap();
    assert_eq!(
        (same.supersteps, same.unrecorded, same.divergence),
        (5, 0, None)
    );

    let longer = graph(&store, 4, |graph| graph)
        .thread("t")
        .verify()
        .await
        .unwrap();
    let parts = longer.divergence.unwrap();
    assert_eq!(parts.step.0, 3, "where it would count on");
    assert_eq!(
        parts.kind,
        DivergenceKind::Next {
            recorded: vec!["aside".into()],
            now: vec!["aside".into(), "count".into()],
        }
    );

    let without = StateGraph::new()
        .add_node("other", step)
        .add_edge(START, "other")
        .compile_with(Arc::clone(&store))
        .unwrap();
    let parts = without
        .thread("t")
        .verify()
        .await
        .unwrap()
        .divergence
        .unwrap();
    assert_eq!(parts.step.0, 0);
    assert!(
        matches!(parts.kind, DivergenceKind::Next { .. }),
        "{parts:?}"
    );
}

#[tokio::test]
async fn supersteps_without_records_are_counted_and_passed_over() {
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = graph(&store, 2, |graph| graph).with_options(RunOptions::default());
    done(graph.thread("t").invoke(Notes::default()).await);
    let verified = graph.thread("t").verify().await.unwrap();
    assert!(verified.unrecorded > 0, "{verified:?}");
    assert_eq!(verified.divergence, None);
}

#[tokio::test]
async fn another_reducer_is_told_by_the_field_that_it_changes() {
    use agentflow_core::State;
    use serde::{Deserialize, Serialize};
    fn twice(value: &mut u32, write: u32) {
        *value += 2 * write;
    }
    #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    struct Doubled {
        last: Option<String>,
        #[state(reducer = append)]
        log: Vec<String>,
        #[state(reducer = twice)]
        n: u32,
    }
    async fn count(_: Arc<Doubled>, _: NodeContext) -> NodeResult<DoubledUpdate> {
        Ok(Doubled::update().n(1))
    }
    async fn aside(_: Arc<Doubled>, _: NodeContext) -> NodeResult<()> {
        Ok(())
    }
    let store = Arc::new(MemoryCheckpointer::new());
    let recorded = graph(&store, 2, |graph| graph);
    done(recorded.thread("t").invoke(Notes::default()).await);
    let doubled = StateGraph::new()
        .add_node("count", count)
        .add_node("aside", aside)
        .add_edge(START, "count")
        .add_conditional_edges(
            "count",
            |state: &Doubled| if state.n < 2 { "count" } else { END },
            ["count", END],
        )
        .compile_with(store)
        .unwrap();
    let parts = doubled
        .thread("t")
        .verify()
        .await
        .unwrap()
        .divergence
        .unwrap();
    assert_eq!(
        parts.kind,
        DivergenceKind::Field {
            name: "n".to_owned()
        }
    );
}

#[tokio::test]
async fn a_history_from_before_a_declared_rename_is_verified_under_the_new_name() {
    let store = Arc::new(MemoryCheckpointer::new());
    let options = RunOptions {
        journal: Journal::Replies,
        ..RunOptions::default()
    };
    let old = row(&["a", "b"])
        .compile_with(Arc::clone(&store))
        .unwrap()
        .with_options(options);
    done(old.thread("t").invoke(Notes::default()).await);
    assert_eq!(
        old.thread("t").verify().await.unwrap().divergence,
        None,
        "control"
    );
    let new = row(&["a", "z"])
        .rename_node("b", "z")
        .compile_with(store)
        .unwrap();
    assert_eq!(new.thread("t").verify().await.unwrap().divergence, None);
}
