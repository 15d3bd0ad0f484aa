//! Runs that stop before their graph does: by a budget, a drain, or a cancel.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Budget, BudgetLimit, Clock, Durability, NodeContext, NodeResult, Outcome, PauseReason,
    RunControl, RunError, RunOptions, START, Spend, StateGraph, WaitsFor,
};

use crate::support::{Diary, Hands, Notes, done, line, row};

fn reason(outcome: &Outcome<Notes>) -> &PauseReason {
    match outcome {
        Outcome::Interrupted { interrupt, .. } => match &interrupt.waits_for {
            WaitsFor::Proceed(reason) => reason,
            other => panic!("expected a pause: {other:?}"),
        },
        Outcome::Done(state) => panic!("expected a pause: {state:?}"),
    }
}

fn log(outcome: &Outcome<Notes>) -> &[String] {
    match outcome {
        Outcome::Interrupted { state, .. } | Outcome::Done(state) => &state.log,
    }
}

#[tokio::test]
async fn a_run_that_has_spent_its_budget_pauses_with_what_it_has_and_can_go_on() {
    let clock = Hands::default();
    let hands = clock.clone();
    let spends = move |_: Arc<Notes>, cx: NodeContext| {
        cx.spend(Spend::tokens(60));
        cx.spend(Spend::cost_micros(7));
        hands.to(hands.now().after(Duration::from_secs(10)).0);
        std::future::ready(NodeResult::Ok(line(cx.node().as_str())))
    };
    let budgets = [
        (
            BudgetLimit::Supersteps,
            Budget {
                supersteps: Some(3),
                ..Budget::default()
            },
        ),
        (
            BudgetLimit::Tokens,
            Budget {
                tokens: Some(100),
                ..Budget::default()
            },
        ),
        (
            BudgetLimit::Cost,
            Budget {
                cost_micros: Some(14),
                ..Budget::default()
            },
        ),
        (
            BudgetLimit::Wall,
            Budget {
                wall: Some(Duration::from_secs(15)),
                ..Budget::default()
            },
        ),
    ];
    for (limit, budget) in budgets {
        let mut graph = StateGraph::new();
        for node in ["a", "b", "c"] {
            graph = graph.add_node(node, spends.clone());
        }
        let graph = graph.add_edge(START, "a").add_sequence(["a", "b", "c"]);
        let graph = graph
            .compile_with(MemoryCheckpointer::new())
            .unwrap()
            .with_clock(clock.clone())
            .with_options(RunOptions {
                budget,
                ..RunOptions::default()
            });
        let thread = graph.thread("t");
        let paused = thread.invoke(Notes::default()).await.unwrap();
        assert_eq!(reason(&paused), &PauseReason::BudgetSpent(limit), "{limit}");
        assert_eq!(log(&paused), ["a", "b"], "{limit}");
        assert_eq!(done(thread.proceed().await).log, ["a", "b", "c"], "{limit}");
    }
}

#[tokio::test]
async fn a_drained_run_pauses_after_its_superstep_in_every_durability_also_inside() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let control = RunControl::new();
        let stop = control.clone();
        let inner = StateGraph::new()
            .add_node("i1", move |_: Arc<Notes>, _: NodeContext| {
                stop.drain("deploying");
                std::future::ready(NodeResult::Ok(line("i1")))
            })
            .add_node("i2", |_: Arc<Notes>, _: NodeContext| async {
                NodeResult::Ok(line("i2"))
            })
            .add_edge(START, "i1")
            .add_edge("i1", "i2")
            .compile()
            .unwrap();
        let graph = row(&["last"])
            .add_subgraph(
                "sub",
                inner,
                |_| Notes::default(),
                |inner| Notes::update().log(inner.log),
            )
            .add_edge("last", "sub")
            .compile_with(MemoryCheckpointer::new())
            .unwrap()
            .with_options(RunOptions {
                durability,
                ..RunOptions::default()
            });
        let thread = graph.thread("t");
        let paused = thread
            .clone()
            .with_control(&control)
            .invoke(Notes::default())
            .await;
        let paused = paused.unwrap();
        assert_eq!(reason(&paused), &PauseReason::Drained("deploying".into()));
        assert_eq!(
            done(thread.proceed().await).log,
            ["last", "i1", "i2"],
            "{durability:?}"
        );
    }
}

#[tokio::test]
async fn a_drain_in_the_last_superstep_is_a_normal_end() {
    let control = RunControl::new();
    let asks = control.clone();
    let graph = StateGraph::new()
        .add_node("a", move |_: Arc<Notes>, _: NodeContext| {
            asks.drain("late");
            std::future::ready(NodeResult::Ok(line("a")))
        })
        .add_edge(START, "a")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let outcome = graph
        .thread("t")
        .with_control(&control)
        .invoke(Notes::default())
        .await;
    assert_eq!(done(outcome).log, ["a"]);
}

#[tokio::test]
async fn a_cancelled_run_drops_its_tasks_keeps_what_finished_and_can_go_on() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let (control, diary) = (RunControl::new(), Diary::default());
        let (stop, noted) = (control.clone(), diary.clone());
        let graph = StateGraph::new()
            .add_node("quick", diary.node())
            .add_node("slow", move |_: Arc<Notes>, cx: NodeContext| {
                let (stop, diary) = (stop.clone(), noted.clone());
                async move {
                    diary.note("slow begins");
                    if diary.count("slow begins") == 1 {
                        tokio::task::yield_now().await;
                        stop.cancel("shutting down");
                        std::future::pending::<()>().await;
                    }
                    NodeResult::Ok(line(cx.node().as_str()))
                }
            })
            .add_edge(START, "quick")
            .add_edge(START, "slow")
            .compile_with(MemoryCheckpointer::new())
            .unwrap()
            .with_options(RunOptions {
                durability,
                ..RunOptions::default()
            });
        let thread = graph.thread("t");
        let cancelled = thread
            .clone()
            .with_control(&control)
            .invoke(Notes::default())
            .await;
        let Err(RunError::Cancelled { reason, .. }) = cancelled else {
            panic!("{durability:?}: expected a cancelled run: {cancelled:?}")
        };
        assert_eq!(reason, "shutting down");
        assert_eq!(
            done(thread.proceed().await).log,
            ["quick", "slow"],
            "{durability:?}"
        );
        assert_eq!(
            diary.count("quick"),
            1,
            "{durability:?}: what finished is kept"
        );
    }
}

#[tokio::test]
async fn a_superstep_of_too_many_tasks_is_refused_before_it_begins() {
    let sends = |_: &Notes| {
        (0..11_u32)
            .map(|part| agentflow_core::Send::new("w", part))
            .collect::<Vec<_>>()
    };
    let graph = StateGraph::new()
        .add_node("a", |_: Arc<Notes>, _: NodeContext| async {
            NodeResult::Ok(line("a"))
        })
        .add_send_node("w", |_: Arc<u32>, _: NodeContext| async {
            NodeResult::Ok(line("w"))
        })
        .add_edge(START, "a")
        .add_conditional_edges("a", sends, ["w"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let limited = graph.clone().with_options(RunOptions {
        tasks_max: 10,
        ..RunOptions::default()
    });
    let error = limited
        .thread("t")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("11 tasks, and may have 10"),
        "{error}"
    );
    assert_eq!(done(graph.thread("t").proceed().await).log.len(), 12);
}

#[tokio::test]
async fn a_budget_of_no_supersteps_is_spent_at_once() {
    let mut options = RunOptions::default();
    options.budget.supersteps = Some(0);
    let graph = row(&["a", "b"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(options);
    let ended = graph.thread("t").invoke(Notes::default()).await.unwrap();
    assert!(matches!(ended, Outcome::Interrupted { .. }), "{ended:?}");
}
