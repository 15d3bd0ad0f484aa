//! Effects that happen once, and the keys that make them so elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agentflow_core::{
    Command, Durability, NodeContext, NodeError, NodeFailure, NodeResult, RetryPolicy, RunOptions,
    START, StateGraph,
};

use crate::support::{Call, Diary, Notes, Tampered, asked, crash, done, line};

const ALL: [Durability; 3] = [Durability::Sync, Durability::Async, Durability::Exit];

/// Notes an effect, returns how often it happened.
async fn effect(cx: &NodeContext, diary: &Diary) -> NodeResult<usize> {
    cx.once("effect", || async {
        diary.note("effect");
        NodeResult::Ok(diary.count("effect"))
    })
    .await
}

fn durable(durability: Durability) -> RunOptions {
    RunOptions {
        durability,
        ..RunOptions::default()
    }
}

#[tokio::test(start_paused = true)]
async fn an_effect_is_not_repeated_by_another_attempt() {
    for durability in ALL {
        let diary = Diary::default();
        let noted = diary.clone();
        let node = move |_: Arc<Notes>, cx: NodeContext| {
            let diary = noted.clone();
            async move {
                let count = effect(&cx, &diary).await?;
                if cx.attempt() < 3 {
                    return Err(NodeError::failed("later"));
                }
                Ok(line(format!("{count} in attempt {}", cx.attempt())))
            }
        };
        let graph = StateGraph::new()
            .add_node("a", node)
            .add_edge(START, "a")
            .retry("a", RetryPolicy::default())
            .compile_with(Tampered::new())
            .unwrap()
            .with_options(durable(durability));
        let state = done(graph.thread("t").invoke(Notes::default()).await);
        assert_eq!(
            (&state.log[0][..], diary.count("effect")),
            ("1 in attempt 3", 1)
        );
    }
}

#[tokio::test]
async fn an_effect_is_not_repeated_after_a_question() {
    for durability in ALL {
        let diary = Diary::default();
        let noted = diary.clone();
        let node = move |_: Arc<Notes>, cx: NodeContext| {
            let diary = noted.clone();
            async move {
                let count = effect(&cx, &diary).await?;
                NodeResult::Ok(line(format!("{count} {}", cx.interrupt::<String>("?")?)))
            }
        };
        let graph = StateGraph::new().add_node("a", node).add_edge(START, "a");
        let graph = graph
            .compile_with(Tampered::new())
            .unwrap()
            .with_options(durable(durability));
        let thread = graph.thread("t");
        asked(thread.invoke(Notes::default()).await);
        assert_eq!(
            done(thread.resume("yes").await).log,
            ["1 yes"],
            "{durability:?}"
        );
        assert_eq!(diary.count("effect"), 1, "{durability:?}");
    }
}

#[tokio::test]
async fn an_effect_is_not_repeated_after_a_crash() {
    for durability in ALL {
        let (diary, crashes) = (Diary::default(), Arc::new(AtomicU32::new(1)));
        let noted = diary.clone();
        let node = move |_: Arc<Notes>, cx: NodeContext| {
            let (diary, crashes) = (noted.clone(), crashes.swap(0, Ordering::Relaxed));
            async move {
                let count = effect(&cx, &diary).await?;
                if crashes == 1 {
                    std::future::pending::<()>().await;
                }
                NodeResult::Ok(line(count.to_string()))
            }
        };
        let graph = StateGraph::new().add_node("a", node).add_edge(START, "a");
        let graph = graph
            .compile_with(Tampered::new())
            .unwrap()
            .with_options(durable(durability));
        let thread = graph.thread("t");
        crash(thread.invoke(Notes::default())).await;
        assert_eq!(done(thread.proceed().await).log, ["1"], "{durability:?}");
        assert_eq!(diary.count("effect"), 1, "{durability:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_effect_whose_record_was_refused_is_recorded_later_and_not_repeated() {
    let (diary, store) = (Diary::default(), Tampered::new());
    let noted = diary.clone();
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        let diary = noted.clone();
        async move { NodeResult::Ok(line(effect(&cx, &diary).await?.to_string())) }
    };
    let graph = StateGraph::new()
        .add_node("a", node)
        .add_edge(START, "a")
        .retry("a", RetryPolicy::default())
        .compile_with(store.clone())
        .unwrap();
    store.refuse(Call::SaveRecords, 0, 2);
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["1"]
    );
    assert_eq!(diary.count("effect"), 1);
}

#[tokio::test]
async fn an_effect_whose_record_was_refused_is_recorded_as_its_run_fails() {
    let (diary, store) = (Diary::default(), Tampered::new());
    let noted = diary.clone();
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        let diary = noted.clone();
        async move { NodeResult::Ok(line(effect(&cx, &diary).await?.to_string())) }
    };
    let graph = StateGraph::new()
        .add_node("a", node)
        .add_edge(START, "a")
        .compile_with(store.clone())
        .unwrap();
    let thread = graph.thread("t");
    store.refuse(Call::SaveRecords, 0, 1);
    assert!(thread.invoke(Notes::default()).await.is_err());
    assert_eq!(done(thread.proceed().await).log, ["1"]);
    assert_eq!(diary.count("effect"), 1);
}

#[tokio::test]
async fn an_effect_that_fails_is_not_recorded() {
    let diary = Diary::default();
    let noted = diary.clone();
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        let diary = noted.clone();
        async move {
            let failing = || async {
                diary.note("tried");
                Err::<u32, _>(std::io::Error::other("refused"))
            };
            let first = cx.once("effect", failing).await;
            assert!(first.is_err());
            let second = cx
                .once("effect", || async { Ok::<_, std::io::Error>(2) })
                .await?;
            NodeResult::Ok(Notes::update_n(second))
        }
    };
    let graph = StateGraph::new()
        .add_node("a", node)
        .add_edge(START, "a")
        .compile()
        .unwrap();
    assert_eq!(done(graph.thread("t").invoke(Notes::default()).await).n, 2);
    assert_eq!(diary.count("tried"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_the_same_for_every_attempt_and_run_of_a_task_and_for_nothing_else() {
    let (diary, store) = (Diary::default(), Tampered::new());
    let noted = diary.clone();
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        noted.note(cx.idempotency_key("pay"));
        noted.note(cx.idempotency_key("mail"));
        async move {
            if cx.attempt() == 1 {
                return Err(NodeError::failed("again"));
            }
            NodeResult::Ok(line(cx.interrupt::<String>("?")?))
        }
    };
    let graph = StateGraph::new()
        .add_node("a", node)
        .add_edge(START, "a")
        .retry("a", RetryPolicy::default())
        .compile_with(store)
        .unwrap();
    asked(graph.thread("t").invoke(Notes::default()).await);
    done(graph.thread("t").resume("x").await);
    let same_task: Vec<String> = diary.read();
    assert_eq!(same_task.len(), 8);
    for pair in same_task.chunks(2) {
        assert_eq!(pair, &same_task[..2]);
    }
    asked(graph.thread("t").invoke(Notes::default()).await);
    asked(graph.thread("other").invoke(Notes::default()).await);
    let all: std::collections::BTreeSet<String> = diary.read().into_iter().collect();
    assert_eq!(all.len(), 2 * 3, "two names, in three tasks");
}

#[tokio::test(start_paused = true)]
async fn a_task_knows_nothing_of_the_attempts_and_handlers_before_it() {
    let run = async |fails: bool| {
        let (diary, key) = (Diary::default(), |cx: &NodeContext| {
            cx.idempotency_key("pay")
        });
        let (tried, handled, noted) = (diary.clone(), diary.clone(), diary.clone());
        let first = move |_: Arc<Notes>, cx: NodeContext| {
            tried.note(key(&cx));
            let failed = || NodeError::failed("no");
            std::future::ready(if fails { Err(failed()) } else { Ok(line("a")) })
        };
        let handler = move |_: Arc<Notes>, _: NodeFailure, cx: NodeContext| {
            handled.note(key(&cx));
            std::future::ready(NodeResult::Ok(Command::<Notes>::goto("then")))
        };
        let then = move |_: Arc<Notes>, cx: NodeContext| {
            noted.note(format!("{} {} {}", cx.attempt(), cx.step(), key(&cx)));
            std::future::ready(NodeResult::Ok(line("b")))
        };
        let graph = StateGraph::new()
            .add_node("first", first)
            .add_node("then", then)
            .add_edge(START, "first")
            .add_edge("first", "then")
            .retry("first", RetryPolicy::default())
            .on_error("first", handler)
            .compile()
            .unwrap();
        done(graph.thread("t").invoke(Notes::default()).await);
        diary.read()
    };
    let good = run(false).await;
    let bad = run(true).await;
    assert_eq!(bad.first(), good.first());
    assert_eq!(bad.last(), good.last());
    let handler = &bad[bad.len() - 2];
    assert_ne!(handler, &good[0], "the effects of the handler are its own");
}
