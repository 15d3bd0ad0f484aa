//! What is asked for, and how it is to be done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An issue as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueContent {
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Who wrote it.
    pub author: String,
    /// What people said to it, oldest first: author and text.
    pub comments: Vec<(String, String)>,
}

/// What an issue asks for, in the model's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Analysis {
    /// What is to be done, in a sentence.
    pub summary: String,
    /// What kind of work it is.
    pub kind: WorkKind,
    /// What must be true in the end.
    pub requirements: Vec<String>,
    /// How one sees that it is.
    #[serde(default)]
    pub acceptance: Vec<String>,
    /// What must be known first, if anything: one question to the issue's author.
    #[serde(default)]
    pub question: Option<String>,
}

/// What kind of work an issue asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkKind {
    /// Something does not do what it should.
    Bug,
    /// Something new.
    Feature,
    /// The same, better made.
    Refactoring,
    /// Words only.
    Docs,
    /// Somebody asks.
    Question,
}

/// A question to the issue's author and the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clarification {
    /// What was asked.
    pub question: String,
    /// What was answered.
    pub answer: String,
}

/// How the work is to be done, in the model's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The steps, at most seven.
    pub steps: Vec<PlanStep>,
    /// Tests to write or change.
    #[serde(default)]
    pub tests: Vec<String>,
    /// How much can go wrong.
    #[serde(default)]
    pub risk: Risk,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    /// What is done.
    pub what: String,
    /// The files it touches.
    #[serde(default)]
    pub files: Vec<String>,
}

/// How much can go wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Little.
    Low,
    /// Some.
    #[default]
    Medium,
    /// Much.
    High,
}
