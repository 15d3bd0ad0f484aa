//! One `[[reply]]` of a script file: its form on disk and the reply it stands for.

use std::time::Duration;

use serde::Deserialize;
use toml::{Spanned, Table, Value};

use super::error::{ReplyProblem, ScriptError, ScriptPlace};
use super::failure::{Failure, FailureForm};
use super::reply::ScriptedReply;
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
    pub(super) label: Option<String>,
    pub(super) turn: Option<usize>,
    text: Option<String>,
    #[serde(default)]
    call: Vec<CallForm>,
    #[serde(default)]
    prompt_contains: Vec<String>,
    usage: Option<UsageForm>,
    #[serde(default)]
    delay_ms: u64,
    error: Option<FailureForm>,
    #[serde(default)]
    breaks_off: bool,
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
    delay: Duration,
    outcome: Outcome,
}

#[derive(Clone, Debug)]
enum Outcome {
    Says(Said),
    /// Says all of it, and then fails instead of ending.
    BreaksOff(Said, Failure),
    Fails(Failure),
}

#[derive(Clone, Debug)]
struct Said {
    /// Its calls have no ids yet.
    message: AssistantMessage,
    usage: Option<Usage>,
}

impl ReplyForm {
    pub(super) fn into_entry(
        self,
        place: ScriptPlace,
        number: usize,
    ) -> Result<Entry, ReplyProblem> {
        let is_blank = |label: &String| label.trim().is_empty();
        if self.label.as_ref().is_some_and(is_blank) {
            return Err(ReplyProblem::NoLabel);
        }
        let says_something = self.text.is_some() || !self.call.is_empty();
        let calls = self.call.into_iter().map(CallForm::into_call);
        let mut message = AssistantMessage::tool_calls(calls.collect::<Result<Vec<_>, _>>()?);
        message.text = self.text;
        let said = Said {
            message,
            usage: self.usage.map(UsageForm::into_usage),
        };
        let failure = self.error.map(FailureForm::into_failure).transpose()?;
        let outcome = match (says_something, self.breaks_off, failure) {
            (true, false, None) => Outcome::Says(said),
            (true, true, failure) => {
                Outcome::BreaksOff(said, failure.unwrap_or_else(Failure::broken_off))
            }
            (true, false, Some(_)) => return Err(ReplyProblem::SaysAndFails),
            (false, false, Some(failure)) => Outcome::Fails(failure),
            (false, true, _) => return Err(ReplyProblem::NothingToBreakOff),
            (false, false, None) => return Err(ReplyProblem::SaysNothing),
        };
        Ok(Entry {
            place,
            number,
            prompt_contains: self.prompt_contains,
            delay: Duration::from_millis(self.delay_ms),
            outcome,
        })
    }
}

impl Entry {
    /// That this reply cannot be used.
    pub(super) fn refused(self, label: String, problem: ReplyProblem) -> ScriptError {
        ScriptError::Reply {
            place: self.place,
            number: self.number,
            label,
            problem,
        }
    }

    /// The reply; `occasion` makes the ids of its calls, so that the same request always gets
    /// the same ids.
    pub(super) fn reply(&self, occasion: &str) -> ScriptedReply {
        let reply = match &self.outcome {
            Outcome::Says(said) => said.reply(occasion),
            Outcome::BreaksOff(said, failure) => {
                said.reply(occasion).then_fails(failure.to_error())
            }
            Outcome::Fails(failure) => failure.to_error().into(),
        };
        reply.after(self.delay)
    }
}

impl Said {
    fn reply(&self, occasion: &str) -> ScriptedReply {
        let mut message = self.message.clone();
        for (index, call) in message.tool_calls.iter_mut().enumerate() {
            call.id = call_id(occasion, index);
        }
        let reply = ScriptedReply::from(message);
        self.usage.into_iter().fold(reply, ScriptedReply::usage)
    }
}

impl CallForm {
    fn into_call(self) -> Result<ToolCall, ReplyProblem> {
        let arguments = match self.arguments {
            None => "{}".to_owned(),
            Some(Value::Table(table)) => object(table).to_string(),
            // Raw text lets a script show how broken JSON is handled.
            Some(Value::String(raw)) => raw,
            Some(_) => return Err(ReplyProblem::Arguments { tool: self.tool }),
        };
        Ok(ToolCall::new("", self.tool, arguments))
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

/// Other characters than these are refused by some providers, should the conversation go on
/// with a real model.
fn call_id(occasion: &str, index: usize) -> String {
    let occasion = occasion.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_");
    format!("call_{occasion}_{index}")
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
