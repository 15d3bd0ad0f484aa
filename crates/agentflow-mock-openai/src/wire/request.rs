//! What a client asks, as a request to our model.
//!
//! Strict about the form of what it reads. What a model of ours is never told (`seed`,
//! `tool_choice`, `logprobs` and the like) is not looked at.

use agentflow_llm::{ChatRequest, ResponseFormat, ToolSpec};
use serde_json::json;

use super::field::Field;
use super::message::message;
use crate::refusal::Refusal;

/// A request, and how its reply is to be delivered.
#[derive(Debug)]
pub(crate) struct WireRequest {
    pub(crate) request: ChatRequest,
    /// The model that is asked, under whose name the reply goes out.
    pub(crate) model: String,
    pub(crate) delivery: Delivery,
}

#[derive(Debug)]
pub(crate) enum Delivery {
    Whole,
    Streamed(UsagePlace),
}

/// Where a streamed reply tells what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UsagePlace {
    /// In the chunk with the reason for the end, as OpenRouter does unasked.
    WithFinish,
    /// In a chunk of its own without choices, as OpenAI does where it is asked to.
    OwnChunk,
}

impl WireRequest {
    pub(crate) fn read(body: &Field<'_>) -> Result<Self, Refusal> {
        let model = body.need("model")?.name()?;
        let messages = body.need("messages")?;
        let items = messages.list()?;
        if items.is_empty() {
            return Err(messages.wrong("must hold a message"));
        }
        let read: Result<Vec<_>, _> = items.iter().map(message).collect();
        let mut request = ChatRequest::new(read?).model(model);
        if let Some(tools) = body.get("tools")? {
            let tools: Result<Vec<_>, _> = tools.list()?.iter().map(tool).collect();
            request = request.tools(tools?);
        }
        let temperature = body.get("temperature")?;
        let temperature = temperature
            .map(|field| field.number(0.0, 2.0))
            .transpose()?;
        request.temperature = temperature.map(|number| number as f32);
        request.max_tokens = max_tokens(body)?;
        request.response_format = match body.get("response_format")? {
            Some(format) => response_format(&format)?,
            None => None,
        };
        if let Some(replies) = body.get("n")? {
            replies.whole_number(1, 1)?;
        }
        Ok(Self {
            request,
            model: model.to_owned(),
            delivery: delivery(body)?,
        })
    }
}

/// The newer name of the limit counts where both are given.
fn max_tokens(body: &Field<'_>) -> Result<Option<u32>, Refusal> {
    let newer = tokens(body.get("max_completion_tokens")?)?;
    let older = tokens(body.get("max_tokens")?)?;
    Ok(newer.or(older))
}

fn tokens(limit: Option<Field<'_>>) -> Result<Option<u32>, Refusal> {
    let limit = limit.map(|field| field.whole_number(1, u32::MAX.into()));
    Ok(limit.transpose()?.and_then(|limit| limit.try_into().ok()))
}

fn tool(field: &Field<'_>) -> Result<ToolSpec, Refusal> {
    let function = function_of(field)?;
    let description = function.get("description")?;
    let parameters = match function.get("parameters")? {
        Some(parameters) => parameters.object()?.clone().into(),
        None => json!({ "type": "object", "properties": {} }),
    };
    Ok(ToolSpec {
        name: function.need("name")?.name()?.to_owned(),
        description: match description {
            Some(description) => description.text()?.to_owned(),
            None => String::new(),
        },
        parameters,
    })
}

/// The function that a tool, or a call of one, is.
pub(super) fn function_of<'a>(field: &Field<'a>) -> Result<Field<'a>, Refusal> {
    let kind = field.need("type")?;
    if kind.text()? != "function" {
        return Err(kind.wrong("must be `function`"));
    }
    field.need("function")
}

fn response_format(format: &Field<'_>) -> Result<Option<ResponseFormat>, Refusal> {
    let kind = format.need("type")?;
    match kind.text()? {
        "text" => Ok(None),
        "json_object" => Ok(Some(ResponseFormat::JsonObject)),
        "json_schema" => {
            let schema = format.need("json_schema")?;
            Ok(Some(ResponseFormat::JsonSchema {
                name: schema.need("name")?.name()?.to_owned(),
                schema: schema.need("schema")?.object()?.clone().into(),
            }))
        }
        _ => Err(kind.wrong("must be `text`, `json_object` or `json_schema`")),
    }
}

fn delivery(body: &Field<'_>) -> Result<Delivery, Refusal> {
    let flag = |field: Option<Field<'_>>| field.map_or(Ok(false), |field| field.flag());
    let is_streamed = flag(body.get("stream")?)?;
    let tells_usage = match body.get("stream_options")? {
        Some(options) => flag(options.get("include_usage")?)?,
        None => false,
    };
    Ok(match (is_streamed, tells_usage) {
        (false, _) => Delivery::Whole,
        (true, false) => Delivery::Streamed(UsagePlace::WithFinish),
        (true, true) => Delivery::Streamed(UsagePlace::OwnChunk),
    })
}
