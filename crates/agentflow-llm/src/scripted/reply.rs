//! One reply given to a scripted model in code.

use std::time::Duration;

use futures::stream;
use serde_json::Value;

use crate::reply_stream::events_of;
use crate::{
    AssistantMessage, ChatReply, ChatRequest, FinishReason, ModelError, ReplyEvent, ReplyStream,
    ToolCall, Usage,
};

/// The name a scripted model answers under.
pub(crate) const MODEL: &str = "scripted";

/// What a [`ScriptedModel`](crate::ScriptedModel) answers to one request: words, tool calls,
/// both, or an error.
///
/// ```
/// use agentflow_llm::{ScriptedModel, ScriptedReply};
/// use serde_json::json;
///
/// let model = ScriptedModel::replies([
///     ScriptedReply::call("read_file", json!({"path": "src/lib.rs"})),
///     ScriptedReply::from("done"),
/// ]);
/// ```
#[derive(Debug)]
pub struct ScriptedReply {
    answer: Result<AssistantMessage, ModelError>,
    usage: Option<Usage>,
    finish: Option<FinishReason>,
    delay: Duration,
    breaks_off: Option<ModelError>,
}

/// What a request gets.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) delay: Duration,
    pub(super) reply: Result<ChatReply, ModelError>,
    /// Why the reply is not given to its end.
    pub(super) breaks_off: Option<ModelError>,
}

impl ScriptedReply {
    /// Calls one tool and says nothing.
    #[must_use]
    pub fn call(tool: impl Into<String>, arguments: Value) -> Self {
        Self::from(AssistantMessage::default()).and_call(tool, arguments)
    }

    /// Calls one tool more. The call's id is made when the reply is given. An error stays one.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write `json!({…})` in place"
    )]
    pub fn and_call(mut self, tool: impl Into<String>, arguments: Value) -> Self {
        if let Ok(message) = &mut self.answer {
            let call = ToolCall::new("", tool, arguments.to_string());
            message.tool_calls.push(call);
        }
        self
    }

    /// What the reply is said to cost, instead of an estimate from its length and no price.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }

    /// Why it is said to end, such as a refusal, instead of what follows from the message.
    ///
    /// ```
    /// use agentflow_llm::{FinishReason, ScriptedReply};
    ///
    /// let cut_off = ScriptedReply::from("{\"approved\": tr").finish(FinishReason::Length);
    /// ```
    #[must_use]
    pub fn finish(mut self, reason: FinishReason) -> Self {
        self.finish = Some(reason);
        self
    }

    /// Gives it after that time only, as the tokio runtime counts it.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Fails before its end: who reads it as a stream sees all of the message and then the
    /// error, who asks for the whole gets the error.
    #[must_use]
    pub fn then_fails(mut self, error: ModelError) -> Self {
        self.breaks_off = Some(error);
        self
    }

    /// The reply as the answer to `request`, the `nth` of its model.
    pub(super) fn given(self, nth: usize, request: &ChatRequest) -> Answer {
        let reply = self.answer.map(|mut message| {
            for (index, call) in message.tool_calls.iter_mut().enumerate() {
                if call.id.is_empty() {
                    call.id = format!("call_{nth}_{index}");
                }
            }
            let mut reply = chat_reply(message, self.usage, request);
            reply.finish = self.finish.unwrap_or(reply.finish);
            reply
        });
        Answer {
            delay: self.delay,
            reply,
            breaks_off: self.breaks_off,
        }
    }

    fn new(answer: Result<AssistantMessage, ModelError>) -> Self {
        Self {
            answer,
            usage: None,
            finish: None,
            delay: Duration::ZERO,
            breaks_off: None,
        }
    }
}

impl Answer {
    /// A reply that is given at once, or an error.
    pub(super) fn at_once(reply: Result<ChatReply, ModelError>) -> Self {
        Self {
            delay: Duration::ZERO,
            reply,
            breaks_off: None,
        }
    }

    pub(super) async fn complete(self) -> Result<ChatReply, ModelError> {
        wait(self.delay).await;
        match self.breaks_off {
            Some(error) => self.reply.and(Err(error)),
            None => self.reply,
        }
    }

    /// Word by word.
    pub(super) async fn stream(self) -> Result<ReplyStream, ModelError> {
        wait(self.delay).await;
        let reply = self.reply?;
        let events = events_of(&reply, |text| text.split_inclusive(' ').collect());
        let last = match self.breaks_off {
            Some(error) => Err(error),
            None => Ok(ReplyEvent::Done { reply }),
        };
        let events = events.into_iter().map(Ok).chain([last]);
        let events: Vec<_> = events.collect();
        ReplyStream::new(stream::iter(events)).begun().await
    }
}

/// Without a delay no runtime is needed.
async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

/// A scripted answer costs nothing unless it is said to.
fn chat_reply(message: AssistantMessage, usage: Option<Usage>, request: &ChatRequest) -> ChatReply {
    let usage = usage.unwrap_or_else(|| Usage {
        cost_micro_usd: Some(0),
        ..Usage::estimated(request, &message)
    });
    ChatReply::new(MODEL, message, usage)
}

impl From<AssistantMessage> for ScriptedReply {
    fn from(message: AssistantMessage) -> Self {
        Self::new(Ok(message))
    }
}

impl From<&str> for ScriptedReply {
    fn from(text: &str) -> Self {
        AssistantMessage::text(text).into()
    }
}

impl From<String> for ScriptedReply {
    fn from(text: String) -> Self {
        AssistantMessage::text(text).into()
    }
}

impl From<ToolCall> for ScriptedReply {
    fn from(call: ToolCall) -> Self {
        AssistantMessage::tool_calls([call]).into()
    }
}

impl From<ModelError> for ScriptedReply {
    fn from(error: ModelError) -> Self {
        Self::new(Err(error))
    }
}
