//! What `wide_state` and `wide_dict` share: the graph's shape, its sizes, its input.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use agentflow_core::{CompiledGraph, END, Node, RunInput, START, State, StateGraph};
use serde_json::{Map, Value, json};

use super::{Bench, Failure, Measured, Wrong, done};
use crate::latency::Latencies;

/// A map in a channel. Nodes hand it on; they do not copy what is in it.
pub(super) type Item = Arc<BTreeMap<String, Arc<Value>>>;

/// How large a run is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Messages at which it ends, and the length of constant texts.
    pub(super) k: u64,
    outer_keys: usize,
    inner_keys: usize,
}

impl Size {
    /// None if the case has no such size; 300 unless said.
    pub(super) fn of(k: Option<u64>) -> Option<Self> {
        let (k, outer_keys, inner_keys) = match k {
            None | Some(300) => (300, 5, 5),
            Some(600) => (600, 3, 5),
            Some(1200) => (1200, 3, 3),
            Some(_) => return None,
        };
        Some(Self {
            k,
            outer_keys,
            inner_keys,
        })
    }

    /// The first message.
    pub(super) fn input(&self) -> Item {
        let key = |digit: usize| digit.to_string().repeat(10);
        let list = json!(["hi?".repeat(10), true, 1, 6_327_816_386_138_u64, null]);
        let lists = Value::from(vec![list; 5]);
        let inner = (0..self.inner_keys).map(|digit| (key(digit), lists.clone()));
        let inner = Arc::new(Value::Object(inner.collect::<Map<_, _>>()));
        let outer = (0..self.outer_keys).map(|digit| (key(digit), Arc::clone(&inner)));
        Arc::new(outer.collect())
    }

    pub(super) fn text(&self) -> String {
        "x".repeat(self.k as usize)
    }

    /// How many rounds it takes, and how many messages there are then.
    fn rounds(&self) -> (u64, u64) {
        let (mut rounds, mut messages, mut events, mut responses) = (0, 1, 0, 0);
        while messages <= self.k {
            events += messages;
            responses += events;
            messages += responses;
            rounds += 1;
        }
        (rounds, messages)
    }
}

/// The graph's six nodes, and their cycle.
pub(super) fn graph<S: State, N: Node<S>>(
    size: &Size,
    node: impl Fn(&str) -> N,
    messages: fn(&S) -> usize,
) -> StateGraph<S> {
    let k = size.k;
    let again = move |state: &S| {
        if messages(state) as u64 > k {
            END
        } else {
            "one"
        }
    };
    let mut graph = StateGraph::new();
    for name in ["one", "two", "three", "four", "five", "six"] {
        graph = graph.add_node(name, node(name));
    }
    graph
        .add_edge(START, "one")
        .add_edge("one", "two")
        .add_edge("two", "three")
        .add_edge("two", "four")
        .add_join(["three", "four"], "five")
        .add_edge("five", "six")
        .add_conditional_edges("six", again, ["one", END])
}

pub(super) async fn measure<S: State>(
    mut bench: Bench,
    graph: StateGraph<S>,
    n: u64,
    size: &Size,
    input: S::Update,
    messages: fn(&S) -> usize,
) -> Result<Measured, Failure> {
    let graph = bench.compile(graph).await?;
    let (rounds, want) = size.rounds();
    let invoke = async |graph: &CompiledGraph<S>, thread: String| -> Result<(), Failure> {
        let input = RunInput::update(input.clone());
        let found = messages(&done(graph.thread(thread).invoke(input).await?)?);
        if found as u64 == want {
            return Ok(());
        }
        Err(Wrong(format!("{found} messages instead of {want}")).into())
    };
    invoke(&graph, "warm-up".to_owned()).await?;
    let mut latencies = Latencies::of("invocation");
    bench.begin();
    for run in 0..n {
        let began = Instant::now();
        invoke(&graph, format!("t{run}")).await?;
        latencies.add(began.elapsed());
    }
    let measured = bench.end(size.k, 5 * rounds * n, 6 * rounds * n);
    Ok(Measured {
        latencies: Some(latencies),
        ..measured
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn each_size_takes_the_rounds_of_the_contract() {
        for (k, want) in [(300, 6), (600, 7), (1200, 7)] {
            assert_eq!(Size::of(Some(k)).unwrap().rounds().0, want, "{k}");
        }
    }
}
