//! What a model may call: the trait, its description, its answers.
//!
//! A tool knows nothing of calls, ids or conversations; `tool_box` does. A tool sets its own
//! time limit.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::BoxError;
use crate::schema::schema_of;

/// Something a model may call. Most are made with [`tool_fn`](crate::tool_fn).
#[async_trait]
pub trait Tool: Send + Sync {
    /// What the model is told about the tool. Must not change while the tool is in use.
    fn spec(&self) -> ToolSpec;

    /// Does what the model asked for; `arguments` is a JSON object.
    ///
    /// # Errors
    /// [`ToolError`], whose variant says who has to act: the model or us.
    async fn call(&self, arguments: Value) -> Result<ToolOutput, ToolError>;
}

/// What a model is told about a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// What the model calls it by: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does and when to use it, for the model to read.
    pub description: String,
    /// The JSON schema of its arguments, an object.
    pub parameters: Value,
}

impl ToolSpec {
    /// Describes a tool whose arguments are `A`.
    ///
    /// The schema is written out in one piece, because not every provider follows `$ref`.
    /// `A` must be a struct; use an empty one for a tool without parameters.
    pub fn of<A: JsonSchema>(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            parameters: schema_of::<A>(),
        }
    }
}

/// What a tool answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// What the model sees.
    pub text: String,
}

impl<T: Into<String>> From<T> for ToolOutput {
    fn from(text: T) -> Self {
        Self { text: text.into() }
    }
}

/// Why a tool did not do what it was asked, by who has to act.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// The model's mistake; it is told and may call again.
    #[error("{problem}")]
    Arguments {
        /// What is wrong with the arguments, written for the model.
        problem: String,
    },
    /// The world's answer, such as a file that is not there; the model sees it and goes on.
    #[error("{observation}")]
    Failed {
        /// What happened, written for the model.
        observation: String,
    },
    /// Our own fault or broken infrastructure; no other call would help, so the run stops.
    #[error("tool cannot work: {what}")]
    Fatal {
        /// What was being done.
        what: String,
        /// Why it failed.
        source: BoxError,
    },
}

impl ToolError {
    /// The model's mistake, in words for the model.
    pub fn arguments(problem: impl Into<String>) -> Self {
        Self::Arguments {
            problem: problem.into(),
        }
    }

    /// The world's answer, in words for the model.
    pub fn failed(observation: impl Into<String>) -> Self {
        Self::Failed {
            observation: observation.into(),
        }
    }

    /// Our own fault, which the model must not be asked to work around.
    pub fn fatal(what: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self::Fatal {
            what: what.into(),
            source: source.into(),
        }
    }
}
