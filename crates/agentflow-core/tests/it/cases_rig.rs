//! What the cases share: runs as the events that they show, and threads as what their
//! checkpoints say.

use agentflow_core::{
    Durability, HistoryQuery, Journal, Outcome, RunError, RunInput, RunOptions, State,
    StateSnapshot, StreamKind, StreamMode, StreamModes, TaskSnapshot, Thread, View,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::support::Diary;

pub(crate) const ALL: [Durability; 3] = [Durability::Sync, Durability::Async, Durability::Exit];

/// Folds strings together.
pub(crate) fn concat(value: &mut String, write: String) {
    value.extend([write]);
}

/// Runs that store their supersteps like this.
pub(crate) fn durable(durability: Durability) -> RunOptions {
    RunOptions {
        durability,
        ..RunOptions::default()
    }
}

/// Runs whose history shows what tasks wrote.
pub(crate) fn journaled() -> RunOptions {
    RunOptions {
        journal: Journal::Replies,
        ..RunOptions::default()
    }
}

/// The final state of a run that is done.
pub(crate) fn finished<O: std::fmt::Debug>(outcome: Result<Outcome<O>, RunError>) -> O {
    match outcome.unwrap() {
        Outcome::Done(state) => state,
        paused => panic!("expected an end: {paused:?}"),
    }
}

/// The state of a run that pauses, with what it asks.
pub(crate) fn paused<O: std::fmt::Debug>(outcome: Result<Outcome<O>, RunError>) -> (O, Vec<Value>) {
    let outcome = outcome.unwrap();
    let asked = outcome.interrupts().into_iter();
    let asked = asked.map(|asked| asked.payload.clone()).collect();
    match outcome {
        Outcome::Interrupted { state, .. } => (state, asked),
        done => panic!("expected a pause: {done:?}"),
    }
}

/// What a run of the outermost graph shows of its tasks: `{node: update}`, with
/// `cached` beside it where the task was done before, `{"asks": question}` and
/// `{"pauses": where}`.
pub(crate) async fn updates<S, I, O>(
    thread: &Thread<'_, S, I, O>,
    input: impl Into<RunInput<S, I>>,
) -> Vec<Value>
where
    S: State,
    I: 'static,
    O: View<S> + Clone + Unpin + 'static,
{
    let modes = StreamModes::from(StreamMode::Updates).without_subgraphs();
    let events = watched(thread, input, modes).await;
    events.into_iter().map(|(_, event)| event).collect()
}

/// What a run shows, each event with the graph that it happened in.
pub(crate) async fn watched<S, I, O>(
    thread: &Thread<'_, S, I, O>,
    input: impl Into<RunInput<S, I>>,
    modes: impl Into<StreamModes>,
) -> Vec<(String, Value)>
where
    S: State,
    I: 'static,
    O: View<S> + Clone + Unpin + 'static,
{
    let events = thread.stream(input, modes);
    events
        .map(|event| (event.namespace.to_string(), shown(event.kind)))
        .collect()
        .await
}

/// An event as short JSON.
pub(crate) fn shown(kind: StreamKind) -> Value {
    match kind {
        StreamKind::Updated {
            node,
            update,
            cached: false,
        } => json!({ node.as_str(): update }),
        StreamKind::Updated { node, update, .. } => {
            json!({ node.as_str(): update, "cached": true })
        }
        StreamKind::Interrupted { interrupt } if interrupt.is_pause() => {
            json!({ "pauses": format!("{} {}", interrupt.key, interrupt.node) })
        }
        StreamKind::Interrupted { interrupt } => json!({ "asks": interrupt.payload }),
        StreamKind::TaskEnded { node, result, .. } => json!({ node.as_str(): result }),
        StreamKind::Values { values } => values,
        other => json!(format!("{other:?}")),
    }
}

/// All of a thread's checkpoints, newest first.
pub(crate) async fn history<S: State, I, O>(thread: &Thread<'_, S, I, O>) -> Vec<StateSnapshot<S>> {
    thread.snapshots(HistoryQuery::default()).await.unwrap()
}

/// Where a thread stands.
pub(crate) async fn standing<S: State, I, O>(thread: &Thread<'_, S, I, O>) -> StateSnapshot<S> {
    thread.state().await.unwrap().unwrap()
}

/// The nodes that run next.
pub(crate) fn next<S>(snapshot: &StateSnapshot<S>) -> Vec<&str> {
    snapshot.next.iter().map(|node| node.as_str()).collect()
}

/// What finished tasks wrote, by node.
pub(crate) fn results(tasks: &[TaskSnapshot]) -> Vec<(&str, Option<Value>)> {
    let results = tasks.iter();
    results
        .map(|task| (task.node.as_str(), task.result.clone()))
        .collect()
}

/// Work that notes whether it was `finished` or, dropped before, `cancelled`.
pub(crate) struct Work {
    diary: Diary,
    end: &'static str,
}

impl Work {
    pub(crate) fn begun(diary: &Diary) -> Self {
        Self {
            diary: diary.clone(),
            end: "cancelled",
        }
    }

    pub(crate) fn finished(mut self) {
        self.end = "finished";
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.diary.note(self.end);
    }
}
