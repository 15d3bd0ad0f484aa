//! One line of a cassette: what was asked and what came of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::CassetteError;
use super::fault::FaultForm;
use super::secrets::Secrets;
use crate::{ChatReply, ChatRequest, ReplyEvent};

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    /// The cassette's format.
    pub(super) cassette: u32,
    /// The name of the model that was recorded.
    #[serde(default)]
    pub(super) model: String,
}

/// Any other line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Exchange {
    /// Which request of its cassette, from 1. Lines stand in the order in which replies ended.
    pub(super) asked: u64,
    pub(super) request: Value,
    #[serde(flatten)]
    pub(super) answer: Answer,
}

/// What came of a request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Reply(ChatReply),
    Error(FaultForm),
    Stream(Streamed),
}

/// A reply that was read while it was written: as far as somebody read, or until it failed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Streamed {
    pub(super) events: Vec<ReplyEvent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<FaultForm>,
}

/// A request as cassettes keep it: without secrets, and without the ids of messages, which no
/// model sees and which are others in every run.
pub(super) fn request_form(
    request: &ChatRequest,
    secrets: &Secrets,
) -> Result<Value, CassetteError> {
    let mut form = secrets.hidden_in(request)?;
    let messages = form.get_mut("messages").and_then(Value::as_array_mut);
    for message in messages.into_iter().flatten() {
        if let Value::Object(fields) = message {
            fields.remove("id");
        }
    }
    Ok(form)
}
