//! Our request in the protocol's words.
//!
//! Borrows everything: a transcript can be long, and it is written straight to the wire.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::address::Dialect;
use super::routing::ProviderRouting;
use super::wire_content::{Breakpoint, WireContent};
use crate::{AssistantMessage, ChatRequest, Message, ResponseFormat, ToolCall, ToolSpec};

#[derive(Debug, Serialize)]
pub(super) struct WireRequest<'a> {
    pub(super) model: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    models: &'a [String],
    messages: Vec<WireMessage<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<WireTool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<WireFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<Routing<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

/// Others than OpenRouter tell what a streamed reply cost only if they are asked to.
#[derive(Debug, Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl<'a> WireRequest<'a> {
    /// `models` are the client's own, never empty. A model named by the request is asked alone.
    pub(super) fn new(
        request: &'a ChatRequest,
        models: &'a [String],
        dialect: Dialect,
        wishes: &'a ProviderRouting,
    ) -> Self {
        let (model, fallbacks) = match (&request.model, dialect) {
            (Some(model), _) => (model, &[][..]),
            (None, Dialect::Plain) => (&models[0], &[][..]),
            (None, Dialect::OpenRouter) => (&models[0], &models[1..]),
        };
        let breakpoint = |place: usize| match dialect {
            Dialect::OpenRouter if request.cache_breakpoints.contains(&place) => Breakpoint::Here,
            _ => Breakpoint::NotHere,
        };
        let messages = request.messages.iter().enumerate();
        let messages = messages.map(|(place, said)| WireMessage::new(said, breakpoint(place)));
        let format = request.response_format.as_ref();
        let needs_schema = matches!(format, Some(ResponseFormat::JsonSchema { .. }));
        Self {
            model,
            models: fallbacks,
            messages: messages.collect(),
            tools: request.tools.iter().map(WireTool::new).collect(),
            temperature: request.temperature,
            max_tokens: request.max_tokens,
            response_format: format.map(WireFormat::new),
            provider: match dialect {
                Dialect::Plain => None,
                Dialect::OpenRouter => Routing::new(wishes, needs_schema),
            },
            stream: false,
            stream_options: None,
        }
    }

    /// The same request for a reply that comes while it is written.
    pub(super) fn streamed(mut self, dialect: Dialect) -> Self {
        self.stream = true;
        self.stream_options = (dialect == Dialect::Plain).then_some(StreamOptions {
            include_usage: true,
        });
        self
    }
}

#[derive(Debug, Serialize)]
struct Routing<'a> {
    #[serde(flatten)]
    wishes: &'a ProviderRouting,
    /// Schemas are a matter of the endpoint, not of the model: ask only those that keep to them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    require_parameters: bool,
}

impl<'a> Routing<'a> {
    /// `None` if there is nothing to wish for.
    fn new(wishes: &'a ProviderRouting, require_parameters: bool) -> Option<Self> {
        let has_wishes = *wishes != ProviderRouting::default();
        (has_wishes || require_parameters).then_some(Self {
            wishes,
            require_parameters,
        })
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "role", rename_all = "snake_case")]
enum WireMessage<'a> {
    System {
        content: WireContent<'a>,
    },
    User {
        content: WireContent<'a>,
    },
    Assistant {
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<WireContent<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<WireCall<'a>>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        reasoning_details: &'a [Value],
    },
    Tool {
        tool_call_id: &'a str,
        content: WireContent<'a>,
    },
}

impl<'a> WireMessage<'a> {
    fn new(message: &'a Message, breakpoint: Breakpoint) -> Self {
        let plain = |text| WireContent::new(text, &[], breakpoint);
        match message {
            Message::System { text, .. } => Self::System {
                content: plain(text),
            },
            Message::User { text, images, .. } => Self::User {
                content: WireContent::new(text, images, breakpoint),
            },
            Message::Assistant(said) => Self::assistant(said, plain),
            Message::Tool {
                call_id, content, ..
            } => Self::Tool {
                tool_call_id: call_id,
                content: plain(content),
            },
        }
    }

    fn assistant(said: &'a AssistantMessage, content: impl Fn(&'a str) -> WireContent<'a>) -> Self {
        // A message without words needs tool calls, or servers refuse it.
        let or_empty = said.tool_calls.is_empty().then_some("");
        Self::Assistant {
            content: said.text.as_deref().or(or_empty).map(content),
            tool_calls: said.tool_calls.iter().map(WireCall::new).collect(),
            reasoning_details: &said.reasoning,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "function")]
struct WireCall<'a> {
    id: &'a str,
    function: WireFunction<'a>,
}

#[derive(Debug, Serialize)]
struct WireFunction<'a> {
    name: &'a str,
    arguments: Cow<'a, str>,
}

impl<'a> WireCall<'a> {
    fn new(call: &'a ToolCall) -> Self {
        Self {
            id: &call.id,
            function: WireFunction {
                name: &call.name,
                arguments: sendable(&call.arguments),
            },
        }
    }
}

/// Servers refuse a whole conversation for one broken call in its past, so broken arguments
/// travel as a text inside an object: the model still sees what it wrote.
fn sendable(arguments: &str) -> Cow<'_, str> {
    match serde_json::from_str::<BTreeMap<String, IgnoredAny>>(arguments) {
        Ok(_) => arguments.into(),
        Err(_) if ["", "null"].contains(&arguments.trim()) => "{}".into(),
        Err(_) => json!({ "invalid_json": arguments }).to_string().into(),
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "function")]
struct WireTool<'a> {
    function: &'a ToolSpec,
}

impl<'a> WireTool<'a> {
    fn new(function: &'a ToolSpec) -> Self {
        Self { function }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WireFormat<'a> {
    JsonObject,
    JsonSchema { json_schema: WireSchema<'a> },
}

#[derive(Debug, Serialize)]
struct WireSchema<'a> {
    name: &'a str,
    strict: bool,
    schema: &'a Value,
}

impl<'a> WireFormat<'a> {
    fn new(format: &'a ResponseFormat) -> Self {
        match format {
            ResponseFormat::JsonObject => Self::JsonObject,
            ResponseFormat::JsonSchema { name, schema } => Self::JsonSchema {
                json_schema: WireSchema {
                    name,
                    strict: true,
                    schema,
                },
            },
        }
    }
}
