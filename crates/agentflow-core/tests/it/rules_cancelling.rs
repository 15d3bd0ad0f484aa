//! Runs that somebody ends from outside.

use std::sync::Arc;

use agentflow_core::{
    Durability, NodeContext, NodeResult, RunControl, RunError, START, StateGraph,
};

use crate::rules_rig::{durable, names, state};
use crate::support::{Diary, Notes, Tampered, done, row};

#[tokio::test]
async fn a_run_that_is_cancelled_at_any_moment_goes_on_and_repeats_nothing() {
    for polls in 0..40 {
        let (diary, control) = (Diary::default(), RunControl::new());
        let graph = StateGraph::new()
            .add_node("a", diary.node())
            .add_node("b", diary.node())
            .add_node("c", diary.node())
            .add_edge(START, "a")
            .add_edge(START, "b")
            .add_join(["a", "b"], "c")
            .compile_with(Tampered::new())
            .unwrap();
        let thread = graph.thread("t");
        let controlled = thread.clone().with_control(&control);
        let mut run = Box::pin(controlled.invoke(Notes::default()));
        let mut ended = None;
        for _ in 0..polls {
            if let std::task::Poll::Ready(outcome) = futures::poll!(run.as_mut()) {
                ended = Some(outcome);
                break;
            }
        }
        control.cancel("enough");
        let ended = match ended {
            Some(ended) => ended,
            None => run.await,
        };
        let ended = match ended {
            Err(RunError::Cancelled { .. }) => thread.proceed().await,
            ended => ended,
        };
        assert_eq!(done(ended).log, ["a", "b", "c"], "after {polls} polls");
        let counts = ["a", "b", "c"].map(|node| diary.count(node));
        assert_eq!(counts, [1, 1, 1], "after {polls} polls");
    }
}

#[tokio::test]
async fn a_cancelled_run_waits_for_the_store_to_have_what_is_owed_to_it() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let control = RunControl::new();
        let asks_to_stop = control.clone();
        let last = move |_: Arc<Notes>, _: NodeContext| {
            asks_to_stop.cancel("no longer needed");
            std::future::pending::<NodeResult<()>>()
        };
        let store = Tampered::new();
        let graph = row(&["a", "b"])
            .add_node("last", last)
            .add_edge("b", "last")
            .compile_with(store.clone())
            .unwrap();
        let graph = durable(graph, durability);
        let thread = graph.thread("t").with_control(&control);
        let cancelled = thread.invoke(Notes::default()).await;
        let Err(RunError::Cancelled { reason, .. }) = cancelled else {
            panic!("{durability:?}: {cancelled:?}")
        };
        assert_eq!(reason, "no longer needed");
        let left = state(&thread).await;
        assert_eq!(left.values.log, ["a", "b"], "{durability:?}");
        assert_eq!(names(&left), ["last"], "{durability:?}");
    }
}
