//! `growing_messages`: a conversation that a message of 1 KiB joins in every superstep.

use std::sync::Arc;
use std::time::Instant;

use agentflow_core::{END, NodeContext, NodeResult, RunInput, START, State, StateGraph};
use agentflow_llm::Message;
use serde::{Deserialize, Serialize};

use super::{Bench, Failure, Measured, Wrong, done};
use crate::args::{Args, Backend};
use crate::content::Note;
use crate::latency::Entries;

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Notes {
    count: u64,
    #[state(reducer = append)]
    messages: Vec<Note>,
    n: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Chat {
    count: u64,
    #[state(reducer = messages)]
    messages: Vec<Message>,
    n: u64,
}

/// None for a variant that is not there.
pub(crate) async fn run(bench: Bench, args: &Args) -> Result<Option<Measured>, Failure> {
    match args.variant.as_deref() {
        None | Some("add") => plain(bench, args.n).await.map(Some),
        Some("messages") => by_id(bench, args.n).await.map(Some),
        Some(_) => Ok(None),
    }
}

async fn plain(bench: Bench, n: u64) -> Result<Measured, Failure> {
    let said: Arc<[Note]> = (0..n.max(WARM_UP)).map(Note::number).collect();
    let entries = Entries::default();
    let noted = entries.clone();
    let chat = move |notes: Arc<Notes>, _: NodeContext| {
        noted.note();
        let said = Arc::clone(&said);
        async move {
            let next = said[notes.count as usize].clone();
            NodeResult::Ok(Notes::update().count(notes.count + 1).messages([next]))
        }
    };
    let again = |notes: &Notes| if notes.count < notes.n { "chat" } else { END };
    let graph = StateGraph::new()
        .add_node("chat", chat)
        .add_edge(START, "chat")
        .add_conditional_edges("chat", again, ["chat", END]);
    let input = |n| Notes {
        n,
        ..Notes::default()
    };
    measure(bench, graph, n, &entries, input, |notes| {
        notes.messages.len()
    })
    .await
}

async fn by_id(bench: Bench, n: u64) -> Result<Measured, Failure> {
    let said: Arc<[Message]> = (0..n.max(WARM_UP))
        .map(|i| message(Note::number(i)))
        .collect();
    let entries = Entries::default();
    let noted = entries.clone();
    let talk = move |chat: Arc<Chat>, _: NodeContext| {
        noted.note();
        let said = Arc::clone(&said);
        async move {
            let next = said[chat.count as usize].clone();
            NodeResult::Ok(Chat::update().count(chat.count + 1).messages([next]))
        }
    };
    let again = |chat: &Chat| if chat.count < chat.n { "chat" } else { END };
    let graph = StateGraph::new()
        .add_node("chat", talk)
        .add_edge(START, "chat")
        .add_conditional_edges("chat", again, ["chat", END]);
    let input = |n| Chat {
        n,
        ..Chat::default()
    };
    measure(bench, graph, n, &entries, input, |chat| chat.messages.len()).await
}

fn message(note: Note) -> Message {
    let message = if note.role == "user" {
        Message::user(note.content)
    } else {
        Message::assistant(note.content)
    };
    message.with_id(note.id)
}

/// Messages of the warm-up.
const WARM_UP: u64 = 5;

async fn measure<S: State>(
    mut bench: Bench,
    graph: StateGraph<S>,
    n: u64,
    entries: &Entries,
    input: impl Fn(u64) -> S,
    messages: impl Fn(&S) -> usize,
) -> Result<Measured, Failure> {
    let check = |state: &S| match messages(state) {
        found if found as u64 == n => Ok(()),
        found => Err(Wrong(format!("{found} messages"))),
    };
    let graph = bench.compile(graph).await?;
    let warm_up = input(WARM_UP).into_update();
    done(
        graph
            .thread("warm-up")
            .invoke(RunInput::update(warm_up))
            .await?,
    )?;
    entries.expect(n);
    let input = RunInput::update(input(n).into_update());
    bench.begin();
    let outcome = graph.thread("t").invoke(input).await?;
    let measured = bench.end(1, n, n);
    check(&done(outcome)?)?;
    let latencies = entries.latencies("superstep");
    let (first, last) = latencies.deciles();
    let measured = Measured {
        latencies: Some(latencies),
        ..measured
    };
    let measured = measured
        .noted("first_decile_us", first)
        .noted("last_decile_us", last);
    if bench.backend == Backend::None {
        return Ok(measured);
    }
    let began = Instant::now();
    let stored = graph.thread("t").state().await?;
    let read_back = began.elapsed();
    let stored = stored.ok_or_else(|| Wrong("nothing is stored".to_owned()))?;
    check(&stored.values)?;
    Ok(measured.noted("read_back_ms", read_back.as_secs_f64() * 1e3))
}
