//! `fanout_to_subgraph`: each send runs a whole graph of twelve supersteps.

use std::sync::Arc;
use std::time::Instant;

use agentflow_core::{
    CompiledGraph, END, NodeContext, NodeResult, START, SendTo, State, StateGraph,
};
use serde::{Deserialize, Serialize};

use super::{Bench, Failure, Measured, Wrong, done};
use crate::content::content;
use crate::latency::Latencies;

const GENERATE_JOKE: SendTo<String> = SendTo::new("generate_joke");

/// How a joke ends that was bumped as often as it has to be.
const BUMPED: &str = " a a a a a a a a a a";

/// Supersteps of the graph inside.
const INNER_STEPS: u64 = 12;

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Evening {
    subjects: Vec<String>,
    #[state(reducer = append)]
    jokes: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Comedian {
    subject: String,
    jokes: Vec<String>,
}

impl Comedian {
    fn joke(&self) -> &str {
        self.jokes.first().map_or("", String::as_str)
    }
}

async fn edit(comedian: Arc<Comedian>, _: NodeContext) -> NodeResult<ComedianUpdate> {
    let subject = format!("{} - hohoho", comedian.subject);
    Ok(Comedian::update().subject(subject))
}

async fn generate(comedian: Arc<Comedian>, _: NodeContext) -> NodeResult<ComedianUpdate> {
    let joke = format!("Joke about {}", comedian.subject);
    Ok(Comedian::update().jokes(vec![joke]))
}

async fn bump(comedian: Arc<Comedian>, _: NodeContext) -> NodeResult<ComedianUpdate> {
    let joke = format!("{} a", comedian.joke());
    Ok(Comedian::update().jokes(vec![joke]))
}

fn graph() -> Result<StateGraph<Evening>, Failure> {
    let again = |comedian: &Comedian| match comedian.joke().ends_with(BUMPED) {
        true => END,
        false => "bump",
    };
    let comedian = StateGraph::new()
        .add_node("edit", edit)
        .add_node("generate", generate)
        .add_node("bump", bump)
        .add_edge(START, "edit")
        .add_sequence(["edit", "generate", "bump"])
        .add_conditional_edges("bump", again, ["bump", END])
        .compile()?;
    let takes = |subject: &String| Comedian {
        subject: subject.clone(),
        jokes: Vec::new(),
    };
    let gives = |comedian: Comedian| Evening::update().jokes(comedian.jokes);
    let sends = |evening: &Evening| {
        let subjects = evening.subjects.iter().cloned();
        subjects
            .map(|subject| GENERATE_JOKE.send(subject))
            .collect::<Vec<_>>()
    };
    Ok(StateGraph::new()
        .add_send_subgraph(GENERATE_JOKE, comedian, takes, gives)
        .add_conditional_edges(START, sends, [GENERATE_JOKE.name()]))
}

pub(crate) async fn run(mut bench: Bench, n: u64, k: u64) -> Result<Measured, Failure> {
    let graph = bench.compile(graph()?).await?;
    let subjects: Vec<String> = (0..k).map(content).collect();
    invoke(&graph, "warm-up".to_owned(), &subjects).await?;
    let mut latencies = Latencies::of("invocation");
    bench.begin();
    for run in 0..n {
        let began = Instant::now();
        invoke(&graph, format!("t{run}"), &subjects).await?;
        latencies.add(began.elapsed());
    }
    let measured = bench.end(k, n * (1 + INNER_STEPS * k), n * (k + INNER_STEPS * k));
    Ok(Measured {
        latencies: Some(latencies),
        ..measured
    })
}

async fn invoke(
    graph: &CompiledGraph<Evening>,
    thread: String,
    subjects: &[String],
) -> Result<(), Failure> {
    let input = Evening {
        subjects: subjects.to_vec(),
        jokes: Vec::new(),
    };
    let evening = done(graph.thread(thread).invoke(input).await?)?;
    let want = |(joke, subject): (&String, &String)| {
        *joke == format!("Joke about {subject} - hohoho{BUMPED}")
    };
    if evening.jokes.len() == subjects.len() && evening.jokes.iter().zip(subjects).all(want) {
        return Ok(());
    }
    Err(Wrong(format!("{} jokes", evening.jokes.len())).into())
}
