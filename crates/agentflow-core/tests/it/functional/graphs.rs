//! What entrypoints have because they are graphs.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::functional::{EntryState, EntryUpdate, NoInput};
use agentflow_core::{
    EntryContext, Entrypoint, HistoryQuery, NodeContext, NodeResult, Outcome, RunError, RunInput,
    START, StateGraph, StreamKind, StreamMode, Update, WaitsFor,
};
use futures::StreamExt;
use serde_json::json;

use super::{asked, done, essay, told};
use crate::support::{self, Diary, Notes, NotesUpdate, line};

#[tokio::test]
async fn a_thread_shows_what_it_was_given_and_returned_and_nothing_returned_while_it_waits() {
    let workflow = essay(&Diary::default());
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = workflow.thread("t");
    for topic in ["tides", "winds"] {
        asked(thread.invoke(topic.to_owned()).await);
        let waiting = thread.state().await.unwrap().unwrap();
        assert_eq!(waiting.values.input().map(String::as_str), Some(topic));
        assert_eq!(waiting.values.output(), None, "{topic}");
        assert_eq!(waiting.next, ["essay".into()]);
        let long = done(thread.resume(0).await);
        let ended = thread.state().await.unwrap().unwrap();
        assert!(ended.is_done());
        assert_eq!(ended.values.output(), Some(&long));
        assert_eq!(ended.values.saved(), Some(&long));
    }
}

#[tokio::test]
async fn an_older_question_can_be_answered_another_way_on_a_branch_that_runs_its_own_tasks() {
    let diary = Diary::default();
    let workflow = essay(&diary)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = workflow.thread("t");
    asked(thread.invoke("tides".to_owned()).await);
    let waiting = thread.state().await.unwrap().unwrap().checkpoint;
    assert_eq!(done(thread.resume(0).await), "tides? long");
    assert_eq!(
        done(thread.clone().at(waiting).resume(1).await),
        "tides? short"
    );
    assert_eq!(diary.count("research"), 2);
    let history = thread.snapshots(HistoryQuery::default()).await.unwrap();
    let outputs = history.iter().filter(|shot| shot.values.output().is_some());
    assert_eq!(outputs.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_entrypoint_sleeps_and_waits_for_events_between_tasks() {
    let run = async |(): (), cx: EntryContext<String>| -> NodeResult<String> {
        cx.sleep_for(Duration::from_secs(60)).await?;
        let paid = cx.wait_event::<String>("paid").await?;
        cx.task("thank", &paid, |who| async move {
            NodeResult::Ok(format!("thanks, {who}"))
        })
        .await
    };
    let workflow = Entrypoint::new("waits", run);
    let clock = Arc::new(std::sync::Mutex::new(agentflow_core::Timestamp(0)));
    let workflow = workflow
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_clock(Stopped(Arc::clone(&clock)));
    let thread = workflow.thread("t");
    let sleeps = thread.invoke(()).await.unwrap();
    let waits_for = |outcome: &Outcome<Option<String>>| outcome.interrupts()[0].waits_for.clone();
    assert!(matches!(waits_for(&sleeps), WaitsFor::Time(_)));
    *clock.lock().unwrap() = agentflow_core::Timestamp(0).after(Duration::from_secs(61));
    let waits = thread.proceed().await.unwrap();
    assert_eq!(waits_for(&waits), WaitsFor::Event("paid".to_owned()));
    thread.deliver("paid", "Ada").await.unwrap();
    assert_eq!(done(thread.proceed().await), "thanks, Ada");
}

/// A clock that somebody else sets.
#[derive(Debug)]
struct Stopped(Arc<std::sync::Mutex<agentflow_core::Timestamp>>);

impl agentflow_core::Clock for Stopped {
    fn now(&self) -> agentflow_core::Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, _: Duration) -> futures::future::BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn watchers_see_tasks_as_those_of_a_graph_and_which_ones_had_finished() {
    let workflow = essay(&Diary::default());
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = workflow.thread("t");
    let updates = async |input: RunInput<EntryState<String, String>, String>| {
        let mut events = thread.stream(input, StreamMode::Updates);
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            if let StreamKind::Updated {
                node,
                update,
                cached,
            } = event.kind
            {
                seen.push((node.to_string(), update, cached));
            }
        }
        seen
    };
    let task = |name: &str, result: &str, cached| (name.to_owned(), json!(result), cached);
    let ran = |cached| {
        [
            task("research", "tides?", cached),
            task("draft", "tides? long", cached),
            task("draft", "tides? short", cached),
        ]
    };
    assert_eq!(updates("tides".to_owned().into()).await, ran(false));
    let resumed = updates(RunInput::answer(0).unwrap()).await;
    assert_eq!(resumed[..3], ran(true));
    let returned = json!({ "output": "tides? long", "saved": "tides? long" });
    assert_eq!(resumed[3..], [("essay".to_owned(), returned, false)]);
}

#[tokio::test]
async fn watchers_see_attempts_and_what_the_entrypoint_emits() {
    let run = async |(): (), cx: EntryContext<u32>| -> NodeResult<u32> {
        cx.emit("begins").await?;
        let fails = |()| async { Err::<u32, _>(std::io::Error::other("no")) };
        let failure = cx.try_task("fails", &(), fails).await?;
        cx.task("works", &failure.is_err(), |_| async { NodeResult::Ok(1) })
            .await
    };
    let workflow = Entrypoint::new("shows", run).compile().unwrap();
    let modes = [StreamMode::Tasks, StreamMode::Custom];
    let mut events = workflow.thread("t").stream((), modes);
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        match event.kind {
            StreamKind::TaskStarted {
                node,
                attempt,
                input,
                ..
            } if node.as_str() != "shows" => seen.push(format!("{node} {attempt} {input}")),
            StreamKind::TaskEnded {
                node,
                error: Some(error),
                ..
            } => {
                seen.push(format!("{node} failed: {error}"));
            }
            StreamKind::TaskEnded { node, .. } => seen.push(format!("{node} ended")),
            StreamKind::Custom { value, .. } => seen.push(value.to_string()),
            _ => {}
        }
    }
    let want = [
        "\"begins\"",
        "fails 1 null",
        "fails failed: no",
        "works 1 true",
        "works ended",
        "shows ended",
    ];
    assert_eq!(seen, want);
}

#[tokio::test]
async fn an_entrypoint_runs_inside_a_node_and_its_question_is_the_nodes() {
    let diary = Diary::default();
    let inner = essay(&diary).compile().unwrap();
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        let inner = inner.clone();
        async move {
            let essay = cx.invoke(&inner, "tides".to_owned()).await?;
            NodeResult::<NotesUpdate>::Ok(line(essay.unwrap_or_default()))
        }
    };
    let graph = StateGraph::new().add_node("a", node).add_edge(START, "a");
    let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
    let asks = support::asked(graph.thread("t").invoke(Notes::default()).await);
    assert_eq!(asks, ["which?"]);
    let log = support::done(graph.thread("t").resume(1).await).log;
    assert_eq!(log, ["tides? short"]);
    assert_eq!(diary.read(), ["research", "long", "short"]);
}

#[tokio::test]
async fn an_entrypoint_calls_another() {
    let diary = Diary::default();
    let inner = essay(&diary).compile().unwrap();
    let run = move |topic: String, cx: EntryContext<String>| {
        let inner = inner.clone();
        async move {
            let essay = cx.invoke(&inner, topic).await?.unwrap_or_default();
            cx.task("print", &essay, |essay| async move {
                NodeResult::Ok(essay + ".")
            })
            .await
        }
    };
    let workflow = Entrypoint::new("outer", run);
    let workflow = workflow.compile_with(MemoryCheckpointer::new()).unwrap();
    assert_eq!(
        asked(workflow.thread("t").invoke("tides".to_owned()).await),
        "which?"
    );
    assert_eq!(done(workflow.thread("t").resume(0).await), "tides? long.");
    assert_eq!(diary.read(), ["research", "long", "short"]);
}

#[tokio::test]
async fn an_entrypoint_without_an_input_says_so() {
    let workflow = essay(&Diary::default()).compile().unwrap();
    let empty = RunInput::update(EntryState::update());
    let failed = workflow.thread("t").invoke(empty).await;
    let Err(RunError::NodeFailed { source, .. }) = &failed else {
        panic!("expected a failure: {failed:?}");
    };
    assert!(source.is::<NoInput>());
    assert!(told(failed).contains("call `invoke` with one"));
}

#[tokio::test]
async fn a_name_that_no_node_can_have_is_refused() {
    let run = async |n: u32, _: EntryContext<u32>| -> NodeResult<u32> { Ok(n) };
    let refused = Entrypoint::new("END", run).compile().unwrap_err();
    assert!(refused.to_string().contains("END"), "{refused}");
}

#[test]
fn updates_are_made_from_json_and_told_as_json() {
    type Written = EntryUpdate<String, u32>;
    let plain = json!({ "input": "tides", "saved": { "__overwrite__": 4 } });
    let update = Written::from_json(plain.as_object().unwrap().clone()).unwrap();
    let described = [
        ("input", vec![json!("tides")]),
        ("saved", vec![json!({ "__overwrite__": 4 })]),
    ];
    assert_eq!(update.describe().unwrap(), described);
    let stored = serde_json::to_string(&update).unwrap();
    let read: Written = serde_json::from_str(&stored).unwrap();
    assert_eq!(read.describe().unwrap(), described);
    for (plain, says) in [
        (json!({ "inptu": 1 }), "did you mean `input`?"),
        (
            json!({ "output": "four" }),
            "field `output` of `EntryState`, a `u32`",
        ),
    ] {
        let refused = Written::from_json(plain.as_object().unwrap().clone()).unwrap_err();
        let told = format!("{refused}: {:?}", std::error::Error::source(&refused));
        assert!(told.contains(says), "{told}");
    }
}
