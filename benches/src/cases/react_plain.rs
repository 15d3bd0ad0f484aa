//! `react_plain`: the work of `react_agent` in two nodes over plain maps.

use std::sync::Arc;
use std::time::Instant;

use agentflow_core::{CompiledGraph, END, NodeContext, NodeResult, START, State, StateGraph};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Bench, Failure, Measured, Wrong, done};
use crate::content::{found, query};
use crate::latency::Latencies;

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Talk {
    round: u64,
    #[state(reducer = append)]
    messages: Vec<Value>,
}

impl Talk {
    fn last(&self) -> &Value {
        self.messages.last().unwrap_or(&Value::Null)
    }
}

/// What the model says in round `round` of `k`.
fn said(round: u64, k: u64, query: &str) -> TalkUpdate {
    if round == k {
        let answer = "answer".repeat(100);
        let message = json!({ "id": "ai-final", "role": "assistant", "content": answer });
        return Talk::update().messages([message]);
    }
    let call = json!({
        "id": format!("call-{round:032}"),
        "name": "look",
        "args": { "query": query },
    });
    let message = json!({
        "id": format!("ai-{round:033}"),
        "role": "assistant",
        "content": "",
        "tool_calls": [call],
    });
    Talk::update().round(round + 1).messages([message])
}

async fn tools(talk: Arc<Talk>, _: NodeContext) -> NodeResult<TalkUpdate> {
    let call = &talk.last()["tool_calls"][0];
    let id = call["id"].as_str().unwrap_or_default();
    let message = json!({
        "id": format!("tool-{id}"),
        "role": "tool",
        "tool_call_id": id,
        "content": found(call["args"]["query"].as_str().unwrap_or_default()),
    });
    Ok(Talk::update().messages([message]))
}

fn graph(k: u64) -> StateGraph<Talk> {
    let query: Arc<str> = query().into();
    let agent = move |talk: Arc<Talk>, _: NodeContext| {
        let query = Arc::clone(&query);
        async move { NodeResult::Ok(said(talk.round, k, &query)) }
    };
    let route = |talk: &Talk| {
        if talk.last()["tool_calls"].is_array() {
            "tools"
        } else {
            END
        }
    };
    StateGraph::new()
        .add_node("agent", agent)
        .add_node("tools", tools)
        .add_edge(START, "agent")
        .add_conditional_edges("agent", route, ["tools", END])
        .add_edge("tools", "agent")
}

pub(crate) async fn run(mut bench: Bench, n: u64, k: u64) -> Result<Measured, Failure> {
    let graph = bench.compile(graph(k)).await?;
    invoke(&graph, "warm-up".to_owned(), k).await?;
    let mut latencies = Latencies::of("invocation");
    bench.begin();
    for run in 0..n {
        let began = Instant::now();
        invoke(&graph, format!("t{run}"), k).await?;
        latencies.add(began.elapsed());
    }
    let steps = n * (2 * k + 1);
    Ok(Measured {
        latencies: Some(latencies),
        ..bench.end(k, steps, steps)
    })
}

async fn invoke(graph: &CompiledGraph<Talk>, thread: String, k: u64) -> Result<(), Failure> {
    let input = Talk {
        round: 0,
        messages: vec![json!({ "id": "h0", "role": "user", "content": "hi?" })],
    };
    let talk = done(graph.thread(thread).invoke(input).await?)?;
    if talk.messages.len() as u64 == 2 * k + 2 && talk.last()["id"] == "ai-final" {
        return Ok(());
    }
    Err(Wrong(format!("{} messages", talk.messages.len())).into())
}
