//! One `[[reply]]` of a script file: its form on disk and the reply it stands for.

use serde::Deserialize;
use toml::{Spanned, Table, Value};

use super::error::{ReplyProblem, ScriptPlace};
use crate::{AssistantMessage, ToolCall, Usage};

/// A whole script file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileForm {
    #[serde(default)]
    pub(super) reply: Vec<Spanned<ReplyForm>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplyForm {
    pub(super) label: String,
    pub(super) turn: Option<usize>,
    text: Option<String>,
    #[serde(default)]
    call: Vec<CallForm>,
    #[serde(default)]
    prompt_contains: Vec<String>,
    usage: Option<UsageForm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallForm {
    tool: String,
    arguments: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct UsageForm {
    prompt_tokens: u64,
    completion_tokens: u64,
    cost_micro_usd: u64,
}

/// A reply ready to be given.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) place: ScriptPlace,
    pub(super) number: usize,
    pub(super) prompt_contains: Vec<String>,
    pub(super) message: AssistantMessage,
    pub(super) usage: Option<Usage>,
}

impl ReplyForm {
    pub(super) fn into_entry(
        self,
        turn: usize,
        place: ScriptPlace,
        number: usize,
    ) -> Result<Entry, ReplyProblem> {
        if self.label.trim().is_empty() {
            return Err(ReplyProblem::NoLabel);
        }
        if self.text.is_none() && self.call.is_empty() {
            return Err(ReplyProblem::SaysNothing);
        }
        let calls = self.call.into_iter().enumerate();
        let calls = calls.map(|(index, call)| call.into_call(call_id(&self.label, turn, index)));
        let mut message = AssistantMessage::tool_calls(calls.collect::<Result<Vec<_>, _>>()?);
        message.text = self.text;
        Ok(Entry {
            place,
            number,
            prompt_contains: self.prompt_contains,
            message,
            usage: self.usage.map(UsageForm::into_usage),
        })
    }
}

impl CallForm {
    fn into_call(self, id: String) -> Result<ToolCall, ReplyProblem> {
        let arguments = match self.arguments {
            None => "{}".to_owned(),
            Some(Value::Table(table)) => object(table).to_string(),
            // Raw text lets a script show how broken JSON is handled.
            Some(Value::String(raw)) => raw,
            Some(_) => return Err(ReplyProblem::Arguments { tool: self.tool }),
        };
        Ok(ToolCall::new(id, self.tool, arguments))
    }
}

impl UsageForm {
    fn into_usage(self) -> Usage {
        Usage {
            cost_micro_usd: Some(self.cost_micro_usd),
            ..Usage::tokens(self.prompt_tokens, self.completion_tokens)
        }
    }
}

/// The same call always has the same id. Other characters than these are refused by some
/// providers, should the conversation go on with a real model.
fn call_id(label: &str, turn: usize, index: usize) -> String {
    let label = label.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_");
    format!("call_{label}_{turn}_{index}")
}

fn object(table: Table) -> serde_json::Value {
    let fields = table.into_iter().map(|(name, value)| (name, json(value)));
    serde_json::Value::Object(fields.collect())
}

fn json(value: Value) -> serde_json::Value {
    match value {
        Value::String(text) => text.into(),
        Value::Integer(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::Boolean(yes) => yes.into(),
        Value::Datetime(time) => time.to_string().into(),
        Value::Array(items) => items.into_iter().map(json).collect(),
        Value::Table(table) => object(table),
    }
}
