//! `react_agent`: the library's agent, with a model that calls a tool `k` times.

use std::time::Instant;

use agentflow_core::CompiledGraph;
use agentflow_llm::{
    AgentState, AssistantMessage, ChatModel, ChatReply, ChatRequest, Message, ModelError, ToolBox,
    ToolCall, Usage, agent, tool_fn,
};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Bench, Failure, Measured, Wrong, done};
use crate::content::{found, query};
use crate::latency::Latencies;

/// More than the tool answers, so that nothing of it is cut.
const OUTPUT_BYTES_MAX: usize = 64 * 1024;

#[derive(Deserialize, JsonSchema)]
struct Look {
    query: String,
}

/// Calls a tool in the first `k` rounds, and answers then.
#[derive(Debug)]
struct Rounds {
    k: u64,
    /// The arguments of every call, as JSON.
    arguments: String,
}

#[async_trait]
impl ChatModel for Rounds {
    fn name(&self) -> &str {
        "rounds"
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let round = request.turn() as u64;
        let mut message = if round < self.k {
            let call = format!("call-{round:032}");
            AssistantMessage::tool_calls([ToolCall::new(call, "look", self.arguments.as_str())])
        } else {
            AssistantMessage::text("answer".repeat(100))
        };
        message.id = Some(format!("ai-{round:033}"));
        Ok(ChatReply::new("rounds", message, Usage::default()))
    }
}

pub(crate) async fn run(mut bench: Bench, n: u64, k: u64) -> Result<Measured, Failure> {
    let model = Rounds {
        k,
        arguments: json!({ "query": query() }).to_string(),
    };
    let look = tool_fn("look", "Looks something up.", |look: Look| async move {
        Ok(found(&look.query))
    });
    let tools = ToolBox::new().output_bytes_max(OUTPUT_BYTES_MAX).with(look);
    let graph = bench.compile(agent(model, tools)).await?;
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

async fn invoke(graph: &CompiledGraph<AgentState>, thread: String, k: u64) -> Result<(), Failure> {
    let input = AgentState::of([Message::user("hi?")]);
    let messages = done(graph.thread(thread).invoke(input).await?)?.messages;
    let last = messages.last().map_or("", Message::text);
    if messages.len() as u64 == 2 * k + 2 && last.starts_with("answer") {
        return Ok(());
    }
    Err(Wrong(format!("{} messages, the last is {last:?}", messages.len())).into())
}
