//! What is asked of a model.
//!
//! Names no provider and no transport; a field that only one provider understands does not
//! belong here.

use agentflow_core::ThreadId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Message, ToolSpec};

/// Low, because code and verdicts should vary little, and not zero, because some models then
/// repeat themselves without end.
const TEMPERATURE_DEFAULT: f32 = 0.1;

/// One request to a chat model.
///
/// ```
/// use agentflow_llm::{ChatRequest, Message};
///
/// let request = ChatRequest::new([Message::system("You review diffs."), Message::user("+ x")])
///     .label("review/1")
///     .max_tokens(800);
/// assert_eq!(request.prompt(), "+ x");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The conversation so far, oldest first.
    pub messages: Vec<Message>,
    /// What the model may call; empty for words only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolSpec>,
    /// The model to ask; `None` leaves the choice to the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// From 0 (always the likeliest word) to 2, 0.1 by default; `None` for the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// The longest reply, in tokens; `None` for the model's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// The form of the reply; `None` for free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat>,
    /// Places in `messages`, from 0, after which the provider may cache; see
    /// [`ChatRequest::cache_up_to`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cache_breakpoints: Vec<usize>,
    /// What the request is for, such as `code/2`.
    ///
    /// Seen by tracing, scripts and cost reports; never sent to the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The thread that asks, and that is charged for the reply by a
    /// [`Budget`](crate::Budget); never sent to the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadId>,
}

impl ChatRequest {
    /// A request with that conversation and the defaults for everything else.
    pub fn new(messages: impl IntoIterator<Item = Message>) -> Self {
        Self {
            messages: messages.into_iter().collect(),
            tools: Vec::new(),
            model: None,
            temperature: Some(TEMPERATURE_DEFAULT),
            max_tokens: None,
            response_format: None,
            cache_breakpoints: Vec::new(),
            label: None,
            thread: None,
        }
    }

    /// A request of one user message.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new([Message::user(text)])
    }

    /// Offers these tools to the model, instead of any named before.
    #[must_use]
    pub fn tools(mut self, tools: impl IntoIterator<Item = ToolSpec>) -> Self {
        self.tools = tools.into_iter().collect();
        self
    }

    /// Asks this model and no other.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// How much the wording may vary, 0 to 2.
    #[must_use]
    pub fn temperature(mut self, temperature: f32) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// The longest reply, in tokens.
    #[must_use]
    pub fn max_tokens(mut self, tokens: u32) -> Self {
        self.max_tokens = Some(tokens);
        self
    }

    /// The form the reply must have.
    #[must_use]
    pub fn response_format(mut self, format: ResponseFormat) -> Self {
        self.response_format = Some(format);
        self
    }

    /// Lets the provider keep what it has read of the first `count` messages, for requests that
    /// begin with the same ones: cached tokens cost a tenth to a half.
    ///
    /// Models of Anthropic and Google behind OpenRouter want to be told where; Anthropic takes
    /// up to four such places. Others cache by themselves, and are not told. The last of those
    /// messages has to have a text.
    #[must_use]
    pub fn cache_up_to(mut self, count: usize) -> Self {
        self.cache_breakpoints.extend(count.checked_sub(1));
        self
    }

    /// Says what the request is for, such as `code/2`.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says which thread asks.
    #[must_use]
    pub fn thread(mut self, thread: impl Into<ThreadId>) -> Self {
        self.thread = Some(thread.into());
        self
    }

    /// The text of the last user message; empty if there is none.
    #[must_use]
    pub fn prompt(&self) -> &str {
        let mut newest_first = self.messages.iter().rev();
        newest_first
            .find(|message| matches!(message, Message::User { .. }))
            .map_or("", Message::text)
    }

    /// How often the model has already spoken in this conversation.
    #[must_use]
    pub fn turn(&self) -> usize {
        let spoken = |message: &&Message| matches!(message, Message::Assistant(_));
        self.messages.iter().filter(spoken).count()
    }
}

/// The form a reply must have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Any JSON object.
    JsonObject,
    /// JSON that fits a schema, held to strictly where the provider can.
    ///
    /// Providers then want every object of the schema to require all its properties and to
    /// allow no others.
    JsonSchema {
        /// A name for the schema: letters, digits, `_` and `-`, at most 64.
        name: String,
        /// The JSON schema.
        schema: Value,
    },
}
