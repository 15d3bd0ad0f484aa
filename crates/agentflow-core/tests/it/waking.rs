//! Who is woken, and who waits for a person all the same.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::{Checkpointer, MemoryCheckpointer};
use agentflow_core::{
    Budget, CompiledGraph, NodeContext, NodeError, NodeResult, Outcome, RunControl, RunError,
    RunOptions, START, StateGraph, StateUpdate, Thread, Timestamp,
};

use crate::support::{Diary, Hands, Notes, NotesUpdate, asked, done, line, step};

async fn mail(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    Ok(line(cx.wait_event::<String>("mail").await?))
}

/// `draft`, then `pay`, which notes that it ran.
fn paying(diary: &Diary) -> CompiledGraph<Notes> {
    StateGraph::new()
        .add_node("draft", step)
        .add_node("pay", diary.node())
        .add_edge(START, "draft")
        .add_edge("draft", "pay")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
}

async fn run(thread: &Thread<'_, Notes>) {
    let outcome = thread.invoke(Notes::default()).await.unwrap();
    assert!(
        matches!(outcome, Outcome::Interrupted { .. }),
        "{outcome:?}"
    );
}

/// An event comes, nobody is woken by it, and a person goes on.
async fn check_that_only_a_person_goes_on(name: &str, graph: &CompiledGraph<Notes>, diary: &Diary) {
    let thread = graph.thread("t");
    for _ in 0..2 {
        thread.deliver("newsletter", "hello").await.unwrap();
        assert!(graph.wake_due().await.unwrap().is_empty(), "{name}");
        assert_eq!(diary.read(), [""; 0], "{name}: nobody has approved it");
    }
    let log = done(thread.proceed().await).log;
    assert_eq!(log.last().map(String::as_str), Some("pay"), "{name}");
}

#[tokio::test]
async fn an_event_does_not_carry_a_thread_over_a_breakpoint() {
    let diary = Diary::default();
    for (name, graph) in [
        ("before", paying(&diary).interrupt_before(["pay"]).unwrap()),
        ("after", paying(&diary).interrupt_after(["draft"]).unwrap()),
    ] {
        diary.forget();
        run(&graph.thread("t")).await;
        check_that_only_a_person_goes_on(name, &graph, &diary).await;
    }
}

#[tokio::test]
async fn an_event_does_not_carry_on_a_thread_that_was_stopped_or_edited() {
    let diary = Diary::default();
    let graph = paying(&diary).with_options(RunOptions {
        budget: Budget {
            supersteps: Some(2),
            ..Budget::default()
        },
        ..RunOptions::default()
    });
    run(&graph.thread("t")).await;
    check_that_only_a_person_goes_on("a spent budget", &graph, &diary).await;

    diary.forget();
    let (graph, control) = (paying(&diary), RunControl::new());
    control.drain("deploying");
    run(&graph.thread("t").with_control(&control)).await;
    check_that_only_a_person_goes_on("a drain", &graph, &diary).await;

    diary.forget();
    let graph = paying(&diary).interrupt_before(["pay"]).unwrap();
    run(&graph.thread("t")).await;
    let update = StateUpdate::as_node("draft", line("edited"));
    graph.thread("t").update_state(update).await.unwrap();
    check_that_only_a_person_goes_on("an edit at a breakpoint", &graph, &diary).await;
}

#[tokio::test]
async fn an_event_for_a_sibling_does_not_carry_a_graph_inside_over_its_breakpoint() {
    let diary = Diary::default();
    let inner = StateGraph::new()
        .add_node("pay", diary.node())
        .add_edge(START, "pay")
        .compile()
        .unwrap()
        .interrupt_before(["pay"])
        .unwrap();
    let graph = StateGraph::new()
        .add_subgraph(
            "sub",
            inner,
            |_: &Notes| Notes::default(),
            |inner: Notes| Notes::update().log(inner.log),
        )
        .add_node("mail", mail)
        .add_edge(START, "sub")
        .add_edge(START, "mail")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    run(&thread).await;
    thread.deliver("mail", "hello").await.unwrap();
    graph.wake_due().await.unwrap();
    assert_eq!(diary.read(), [""; 0], "nobody has approved it");
    assert_eq!(done(thread.proceed().await).log, ["hello", "pay"]);
}

#[tokio::test]
async fn a_thread_that_has_passed_its_breakpoint_is_woken_by_its_event() {
    let graph = StateGraph::new()
        .add_node("mail", mail)
        .add_edge(START, "mail")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .interrupt_before(["mail"])
        .unwrap();
    let thread = graph.thread("t");
    run(&thread).await;
    asked(thread.proceed().await);
    thread.deliver("other", "nobody's").await.unwrap();
    assert!(graph.wake_due().await.unwrap().is_empty());
    thread.deliver("mail", "hello").await.unwrap();
    let (_, ended) = graph.wake_due().await.unwrap().remove(0);
    assert_eq!(done(ended).log, ["hello"]);
}

#[tokio::test]
async fn a_breakpoint_that_is_new_does_not_stop_a_superstep_that_had_begun() {
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = || {
        StateGraph::new()
            .add_node("mail", mail)
            .add_edge(START, "mail")
    };
    let old = graph().compile_with(Arc::clone(&store)).unwrap();
    asked(old.thread("t").invoke(Notes::default()).await);
    let new = graph().compile_with(store).unwrap();
    let new = new.interrupt_before(["mail"]).unwrap();
    new.thread("t").deliver("mail", "hello").await.unwrap();
    let (_, ended) = new.wake_due().await.unwrap().remove(0);
    assert_eq!(done(ended).log, ["hello"]);
}

#[tokio::test]
async fn an_event_that_nobody_waits_for_runs_no_node_again() {
    let diary = Diary::default();
    let noted = diary.clone();
    let ask = move |_: Arc<Notes>, cx: NodeContext| {
        noted.note("asks");
        let answer = cx.interrupt::<String>("?");
        std::future::ready(answer.map(line))
    };
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = StateGraph::new()
        .add_node("ask", ask)
        .add_edge(START, "ask")
        .compile_with(Arc::clone(&store))
        .unwrap();
    let thread = graph.thread("t");
    for name in ["never run", "asks", "done"] {
        thread.deliver("newsletter", "hello").await.unwrap();
        assert!(graph.wake_due().await.unwrap().is_empty(), "{name}");
        let due = store.due(Timestamp(i64::MAX), 10).await.unwrap();
        assert!(due.is_empty(), "{name}: it is looked at once");
        match name {
            "never run" => drop(asked(thread.invoke(Notes::default()).await)),
            "asks" => drop(done(thread.resume("yes").await)),
            _ => {}
        }
    }
    assert_eq!(diary.read(), ["asks", "asks"]);
}

#[tokio::test]
async fn an_event_that_was_taken_keeps_no_thread_awake() {
    let (clock, store) = (Hands::default(), Arc::new(MemoryCheckpointer::new()));
    let diary = Diary::default();
    let noted = diary.clone();
    let nap = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.sleep_until(Timestamp(100)).await?;
        Ok(line("nap"))
    };
    let again = move |state: Arc<Notes>, cx: NodeContext| {
        noted.note("waits");
        mail(state, cx)
    };
    let graph = StateGraph::new()
        .add_node("first", mail)
        .add_node("nap", nap)
        .add_node("again", again)
        .add_edge(START, "first")
        .add_edge("first", "nap")
        .add_edge("first", "again")
        .compile_with(store)
        .unwrap()
        .with_clock(clock.clone());
    let thread = graph.thread("t");
    thread.deliver("mail", "one").await.unwrap();
    asked(thread.invoke(Notes::default()).await);
    clock.to(100);
    for _ in 0..3 {
        graph.wake_due().await.unwrap();
    }
    assert_eq!(
        diary.read(),
        ["waits", "waits"],
        "once at its start, once when it was woken"
    );
    thread.deliver("mail", "two").await.unwrap();
    let (_, ended) = graph.wake_due().await.unwrap().remove(0);
    assert_eq!(done(ended).log, ["one", "two", "nap"]);
}

/// Sleeps 10 µs; then it fails if the thread is a bad one.
async fn fails_if_bad(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    cx.sleep_for(Duration::from_micros(10)).await?;
    if cx.thread().as_str().starts_with("bad") {
        return Err(NodeError::failed(std::io::Error::other("no")));
    }
    Ok(line("awake"))
}

fn failing(clock: &Hands) -> CompiledGraph<Notes> {
    StateGraph::new()
        .add_node("n", fails_if_bad)
        .add_edge(START, "n")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_clock(clock.clone())
}

#[tokio::test]
async fn threads_that_fail_do_not_keep_others_asleep() {
    let clock = Hands::default();
    let graph = failing(&clock);
    for n in 0..100 {
        run(&graph.thread(format!("bad{n}"))).await;
    }
    clock.to(1);
    run(&graph.thread("good")).await;
    clock.to(100);
    let mut woken = Vec::new();
    for _ in 0..2 {
        let looked = graph.wake_due().await.unwrap();
        woken.extend(looked.into_iter().map(|(thread, _)| thread));
    }
    assert_eq!((woken.len(), woken[100].as_str()), (101, "good"));
}

#[tokio::test]
async fn a_thread_that_fails_is_tried_again_after_waits_that_double() {
    const SECOND: i64 = 1_000_000;
    let clock = Hands::default();
    let graph = failing(&clock);
    run(&graph.thread("bad")).await;
    let mut tried = Vec::new();
    for second in 1..=4_000 {
        clock.to(10 + second * SECOND);
        let woken = graph.wake_due().await.unwrap();
        if let Some((_, ended)) = woken.into_iter().next() {
            assert!(
                matches!(ended, Err(RunError::NodeFailed { .. })),
                "{ended:?}"
            );
            tried.push(second);
        }
    }
    let expected = [
        1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_624, 2_224, 2_824, 3_424,
    ];
    assert_eq!(tried, expected, "in seconds; no wait is longer than 10 min");
}

#[tokio::test]
async fn a_woken_thread_has_what_its_waker_gives_it() {
    let clock = Hands::default();
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.sleep_until(Timestamp(10)).await?;
        Ok(line(cx.context::<String>()?.as_str()))
    };
    let graph = StateGraph::new()
        .add_node("n", node)
        .add_node("after", step)
        .add_edge(START, "n")
        .add_edge("n", "after")
        .needs_context::<String>()
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_clock(clock.clone());
    let equipped = |name: &str| {
        graph
            .thread(name)
            .with_context::<String>("context".to_owned())
    };
    run(&equipped("t")).await;
    clock.to(10);
    let (_, ended) = graph.wake_due().await.unwrap().remove(0);
    assert!(
        matches!(ended, Err(RunError::NoContext { .. })),
        "{ended:?}"
    );
    clock.to(2_000_000);
    let control = RunControl::new();
    let woken = graph
        .wake_due_with(|thread| {
            // Its run is stopped after the superstep that it was woken for.
            control.drain("enough");
            let thread = thread.with_context::<String>("context".to_owned());
            thread.with_metadata("by", "waker").with_control(&control)
        })
        .await
        .unwrap();
    assert_eq!(woken.len(), 1);
    let (_, ended) = woken.into_iter().next().unwrap();
    assert_eq!(asked(ended), ["enough"]);
    let stands = graph.thread("t").state().await.unwrap().unwrap();
    assert_eq!(
        (stands.values.log, &stands.metadata["by"]),
        (vec!["context".to_owned()], &"waker".into())
    );
}
