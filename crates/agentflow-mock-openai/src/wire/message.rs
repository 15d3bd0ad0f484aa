//! One message of a conversation, in our words.
//!
//! Of content in parts the texts and the pictures count; a model of ours hears nothing.

use agentflow_llm::{AssistantMessage, Image, ImageDetail, Message, ToolCall};

use super::field::Field;
use super::request::function_of;
use crate::refusal::Refusal;

pub(super) fn message(field: &Field<'_>) -> Result<Message, Refusal> {
    let role = field.need("role")?;
    Ok(match role.text()? {
        // The same under its newer name.
        "system" | "developer" => Message::system(words(field)?),
        "user" => Message::user_with_images(words(field)?, images(&field.need("content")?)?),
        "assistant" => assistant(field)?.into(),
        "tool" => Message::tool_result(field.need("tool_call_id")?.name()?, words(field)?),
        // Before there were ids, a function was answered by its name.
        "function" => Message::tool_result(field.need("name")?.name()?, words(field)?),
        _ => {
            return Err(role.wrong("must be `system`, `developer`, `user`, `assistant` or `tool`"));
        }
    })
}

fn assistant(field: &Field<'_>) -> Result<AssistantMessage, Refusal> {
    let mut said = AssistantMessage::default();
    if let Some(calls) = field.get("tool_calls")? {
        let calls: Result<Vec<_>, _> = calls.list()?.iter().map(call).collect();
        said.tool_calls = calls?;
    }
    said.text = match (field.get("content")?, field.get("refusal")?) {
        (Some(content), _) => Some(text_of(&content)?),
        (None, Some(refusal)) => Some(refusal.text()?.to_owned()),
        (None, None) if said.tool_calls.is_empty() => return Err(field_missing(field)),
        (None, None) => None,
    };
    if let Some(blocks) = field.get("reasoning_details")? {
        let blocks = blocks.list()?;
        said.reasoning = blocks.iter().map(|block| block.value().clone()).collect();
    }
    Ok(said)
}

fn field_missing(field: &Field<'_>) -> Refusal {
    match field.need("content") {
        Err(missing) => missing,
        Ok(content) => content.wrong("must be a string"),
    }
}

fn call(field: &Field<'_>) -> Result<ToolCall, Refusal> {
    let function = function_of(field)?;
    Ok(ToolCall::new(
        field.need("id")?.name()?,
        function.need("name")?.name()?,
        function.need("arguments")?.text()?,
    ))
}

fn words(field: &Field<'_>) -> Result<String, Refusal> {
    text_of(&field.need("content")?)
}

fn text_of(content: &Field<'_>) -> Result<String, Refusal> {
    if let Some(text) = content.value().as_str() {
        return Ok(text.to_owned());
    }
    if !content.value().is_array() {
        return Err(content.wrong("must be a string or a list of parts"));
    }
    let parts = content.list()?;
    let texts: Result<Vec<&str>, Refusal> = parts.iter().map(part).collect();
    Ok(texts?.concat())
}

fn images(content: &Field<'_>) -> Result<Vec<Image>, Refusal> {
    if content.value().is_string() {
        return Ok(Vec::new());
    }
    let mut images = Vec::new();
    for part in content.list()? {
        if part.need("type")?.text()? == "image_url" {
            images.push(image(&part.need("image_url")?)?);
        }
    }
    Ok(images)
}

fn image(field: &Field<'_>) -> Result<Image, Refusal> {
    let image = Image::url(field.need("url")?.name()?);
    Ok(match field.get("detail")? {
        None => image,
        Some(detail) => match detail.text()? {
            "low" => image.detail(ImageDetail::Low),
            "high" => image.detail(ImageDetail::High),
            "auto" => image.detail(ImageDetail::Auto),
            _ => return Err(detail.wrong("must be `auto`, `low` or `high`")),
        },
    })
}

fn part<'a>(part: &Field<'a>) -> Result<&'a str, Refusal> {
    match part.need("type")?.text()? {
        "text" => part.need("text")?.text(),
        "refusal" => part.need("refusal")?.text(),
        _ => Ok(""),
    }
}
