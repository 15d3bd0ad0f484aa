//! A chunk of a streamed reply, as the protocol writes it.
//!
//! Only the form; `assembly` says what many of them mean.

use serde::Deserialize;
use serde_json::Value;

use super::wire_reply::Content;
use super::wire_usage::WireUsage;

#[derive(Debug, Deserialize)]
pub(super) struct WireChunk {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) choices: Option<Vec<WireDeltaChoice>>,
    pub(super) usage: Option<WireUsage>,
    pub(super) error: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WireDeltaChoice {
    #[serde(default)]
    pub(super) index: u32,
    pub(super) delta: Option<WireDelta>,
    pub(super) finish_reason: Option<String>,
    pub(super) native_finish_reason: Option<String>,
    pub(super) error: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WireDelta {
    pub(super) content: Option<Content>,
    pub(super) refusal: Option<String>,
    /// As OpenRouter names it.
    pub(super) reasoning: Option<String>,
    /// As vLLM, DeepSeek and llama.cpp name it.
    pub(super) reasoning_content: Option<String>,
    pub(super) reasoning_details: Option<Vec<Value>>,
    pub(super) tool_calls: Option<Vec<WireCallDelta>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WireCallDelta {
    pub(super) index: Option<u64>,
    pub(super) id: Option<String>,
    pub(super) function: Option<WireFunctionDelta>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WireFunctionDelta {
    pub(super) name: Option<String>,
    pub(super) arguments: Option<Value>,
}
