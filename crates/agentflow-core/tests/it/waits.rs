//! Waits that outlive the process: for a moment, and for an event.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use agentflow_core::checkpoint::{Checkpointer, MemoryCheckpointer};
use agentflow_core::{
    CompiledGraph, NodeContext, NodeError, NodeResult, Outcome, RetryPolicy, RunControl, RunError,
    START, StateGraph, Timestamp, WaitsFor,
};

use crate::support::{Call, Diary, Hands, Notes, NotesUpdate, Tampered, asked, done, line};

fn graph<F, Fut>(clock: &Hands, store: &Arc<MemoryCheckpointer>, node: F) -> CompiledGraph<Notes>
where
    F: Fn(Arc<Notes>, NodeContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = NodeResult<NotesUpdate>> + Send + 'static,
{
    StateGraph::new()
        .add_node("n", node)
        .add_edge(START, "n")
        .compile_with(Arc::clone(store))
        .unwrap()
        .with_clock(clock.clone())
}

fn waits_for(outcome: Outcome<Notes>) -> WaitsFor {
    match outcome {
        Outcome::Interrupted { interrupt, .. } => interrupt.waits_for,
        Outcome::Done(state) => panic!("expected a wait: {state:?}"),
    }
}

#[tokio::test]
async fn a_sleeping_thread_is_woken_at_its_time_by_whoever_looks() {
    let (clock, store) = (Hands::default(), Arc::new(MemoryCheckpointer::new()));
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.sleep_for(Duration::from_micros(100)).await?;
        cx.sleep_for(Duration::from_micros(50)).await?;
        Ok(line("awake"))
    };
    let first = graph(&clock, &store, node);
    clock.to(1_000);
    let slept = first.thread("t").invoke(Notes::default()).await.unwrap();
    assert_eq!(waits_for(slept), WaitsFor::Time(Timestamp(1_100)));
    drop(first);
    let second = graph(&clock, &store, node);
    clock.to(1_099);
    assert!(second.wake_due().await.unwrap().is_empty(), "too early");
    clock.to(1_120);
    let woken = second.wake_due().await.unwrap();
    assert_eq!(woken.len(), 1);
    let (thread, ended) = woken.into_iter().next().unwrap();
    assert_eq!(thread.as_str(), "t");
    assert_eq!(
        waits_for(ended.unwrap()),
        WaitsFor::Time(Timestamp(1_170)),
        "the first sleep is over, the second begins when it is reached"
    );
    assert!(second.wake_due().await.unwrap().is_empty());
    clock.to(1_170);
    let (_, ended) = second.wake_due().await.unwrap().remove(0);
    assert_eq!(done(ended).log, ["awake"]);
    assert!(second.wake_due().await.unwrap().is_empty(), "done is done");
}

#[tokio::test]
async fn without_a_store_a_sleep_waits_in_memory() {
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.sleep_for(Duration::from_secs(1)).await?;
        Ok(line("awake"))
    };
    let graph = StateGraph::new()
        .add_node("n", node)
        .add_edge(START, "n")
        .compile()
        .unwrap()
        .with_clock(Hands::default());
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["awake"]
    );
}

async fn mail(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    let first: String = cx.wait_event("mail").await?;
    let second: String = cx.wait_event("mail").await?;
    Ok(line(first).log([second]))
}

#[tokio::test]
async fn events_are_taken_in_their_order_each_by_one_wait_also_if_they_came_first() {
    let (clock, store) = (Hands::default(), Arc::new(MemoryCheckpointer::new()));
    let graph = graph(&clock, &store, mail);
    let thread = graph.thread("t");
    thread.deliver("mail", "early").await.unwrap();
    thread.deliver("other", "nobody's").await.unwrap();
    let asked = thread.invoke(Notes::default()).await.unwrap();
    assert_eq!(waits_for(asked), WaitsFor::Event("mail".into()));
    assert!(
        graph.wake_due().await.unwrap().is_empty(),
        "what it has seen wakes it not"
    );
    for _ in 0..2 {
        thread.deliver_once("key", "mail", "late").await.unwrap();
    }
    let (_, ended) = graph.wake_due().await.unwrap().remove(0);
    assert_eq!(done(ended).log, ["early", "late"]);
    // The rest waits for the next run.
    thread.deliver("mail", "third").await.unwrap();
    let asked = thread.invoke(Notes::default()).await.unwrap();
    assert_eq!(waits_for(asked), WaitsFor::Event("mail".into()));
    thread.deliver("mail", "fourth").await.unwrap();
    assert_eq!(
        done(thread.proceed().await).log,
        ["early", "late", "third", "fourth"]
    );
}

#[tokio::test]
async fn an_event_that_a_task_was_given_is_still_its_own_after_a_crash() {
    let (clock, store) = (Hands::default(), Arc::new(MemoryCheckpointer::new()));
    let diary = Diary::default();
    let noted = diary.clone();
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        let diary = noted.clone();
        async move {
            let mail: String = cx.wait_event("mail").await?;
            diary.note(mail.clone());
            if diary.count(&mail) == 1 {
                return Err(NodeError::fatal(std::io::Error::other("dies")));
            }
            Ok(line(mail))
        }
    };
    let graph = graph(&clock, &store, node);
    let thread = graph.thread("t");
    thread.deliver("mail", "one").await.unwrap();
    thread.deliver("mail", "two").await.unwrap();
    thread.invoke(Notes::default()).await.unwrap_err();
    assert_eq!(done(thread.proceed().await).log, ["one"]);
    assert_eq!(diary.read(), ["one", "one"]);
}

#[tokio::test]
async fn two_tasks_that_wait_for_one_name_get_an_event_each() {
    let store = Arc::new(MemoryCheckpointer::new());
    let one = |_: Arc<Notes>, cx: NodeContext| async move {
        let mail: String = cx.wait_event("mail").await?;
        NodeResult::Ok(line(format!("{} has {mail}", cx.node())))
    };
    let graph = StateGraph::new()
        .add_node("a", one)
        .add_node("b", one)
        .add_edge(START, "a")
        .add_edge(START, "b")
        .compile_with(store)
        .unwrap();
    let thread = graph.thread("t");
    let _waits = thread.invoke(Notes::default()).await.unwrap();
    thread.deliver("mail", "one").await.unwrap();
    let _waits = thread.proceed().await.unwrap();
    thread.deliver("mail", "two").await.unwrap();
    assert_eq!(done(thread.proceed().await).log, ["a has one", "b has two"]);
}

#[tokio::test]
async fn a_waker_runs_until_it_is_asked_to_stop_and_tells_what_it_woke() {
    let (clock, store) = (Hands::default(), Arc::new(MemoryCheckpointer::new()));
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.sleep_until(Timestamp(500)).await?;
        Ok(line("awake"))
    };
    let graph = graph(&clock, &store, node);
    let _slept = graph.thread("t").invoke(Notes::default()).await.unwrap();
    clock.to(500);
    let (control, mut woken) = (RunControl::new(), Vec::new());
    let stop = control.clone();
    graph
        .keep_waking(Duration::from_secs(1), &control, |(thread, ended)| {
            woken.push((thread, done(ended).log));
            stop.drain("enough");
        })
        .await
        .unwrap();
    assert_eq!(woken, [("t".into(), vec!["awake".to_owned()])]);
}

#[tokio::test]
async fn an_event_whose_record_could_not_be_stored_is_given_to_the_next_attempt() {
    let (store, clock) = (Tampered::new(), Hands::default());
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        NodeResult::Ok(line(cx.wait_event::<String>("mail").await?))
    };
    let graph = StateGraph::new()
        .add_node("n", node)
        .retry("n", RetryPolicy::default())
        .add_edge(START, "n")
        .compile_with(store.clone())
        .unwrap()
        .with_clock(clock.clone());
    let thread = graph.thread("t");
    thread.deliver("mail", "hello").await.unwrap();
    store.refuse(Call::SaveRecords, 0, 1);
    let ended = thread.invoke(Notes::default()).await.unwrap();
    if let Outcome::Interrupted { .. } = ended {
        let woken = graph.wake_due().await.unwrap();
        assert_eq!(
            woken.len(),
            1,
            "an event waits for it, and it is never woken"
        );
    }
}

#[tokio::test]
async fn an_event_whose_record_could_not_be_stored_is_given_to_no_sibling() {
    let (store, clock) = (Tampered::new(), Hands::default());
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        let mail: String = cx.wait_event("mail").await?;
        NodeResult::Ok(line(format!("{} has {mail}", cx.node())))
    };
    let graph = StateGraph::new()
        .add_node("a", node)
        .add_node("b", node)
        .retry_all(RetryPolicy::default())
        .add_edge(START, "a")
        .add_edge(START, "b")
        .compile_with(store.clone())
        .unwrap()
        .with_clock(clock.clone());
    let thread = graph.thread("t");
    thread.deliver("mail", "one").await.unwrap();
    thread.deliver("mail", "two").await.unwrap();
    store.refuse(Call::SaveRecords, 0, 1);
    assert_eq!(
        done(thread.invoke(Notes::default()).await).log,
        ["a has one", "b has two"]
    );
    assert_eq!(store.events(&"t".into()).await.unwrap(), []);
}

#[tokio::test]
async fn an_event_that_a_graph_inside_was_given_is_nobody_elses_in_a_later_run() {
    let (fails, taken) = (
        Arc::new(AtomicBool::new(true)),
        Arc::new(AtomicBool::new(false)),
    );
    let (first, flag) = (Arc::clone(&fails), Arc::clone(&taken));
    let takes = move |_: Arc<Notes>, cx: NodeContext| {
        let (first, flag) = (Arc::clone(&first), Arc::clone(&flag));
        async move {
            let mail: String = cx.wait_event("mail").await?;
            flag.store(true, Ordering::SeqCst);
            if first.load(Ordering::SeqCst) {
                // It is stopped before it has replied.
                std::future::pending::<()>().await;
            }
            NodeResult::Ok(line(mail))
        }
    };
    let inner = StateGraph::new()
        .add_node("takes", takes)
        .add_edge(START, "takes")
        .compile()
        .unwrap();
    // In a later run it looks for the event before the graph inside is loaded.
    let first = Arc::clone(&fails);
    let looks = move |_: Arc<Notes>, cx: NodeContext| {
        let (first, taken) = (Arc::clone(&first), Arc::clone(&taken));
        async move {
            if !first.load(Ordering::SeqCst) {
                return NodeResult::Ok(line(cx.wait_event::<String>("mail").await?));
            }
            while !taken.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
            Err(NodeError::failed(std::io::Error::other("not now")))
        }
    };
    let graph = StateGraph::new()
        .add_node("looks", looks)
        .add_subgraph(
            "sub",
            inner,
            |_: &Notes| Notes::default(),
            |inner: Notes| Notes::update().log(inner.log),
        )
        .add_edge(START, "looks")
        .add_edge(START, "sub")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    thread.deliver("mail", "one").await.unwrap();
    let ended = thread.invoke(Notes::default()).await;
    assert!(
        matches!(ended, Err(RunError::NodeFailed { .. })),
        "{ended:?}"
    );
    fails.store(false, Ordering::SeqCst);
    asked(thread.proceed().await);
    thread.deliver("mail", "two").await.unwrap();
    let (_, ended) = graph.wake_due().await.unwrap().remove(0);
    assert_eq!(done(ended).log, ["two", "one"]);
}
