//! Asks the issue's author and waits, for days if need be.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};

use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent};
use crate::parts::Parts;
use crate::question::Question;
use crate::state::{Clarification, CodeAgentState};

/// Posts the question on the issue and pauses the run.
pub(crate) struct Clarify {
    pub(crate) parts: Parts,
}

impl Node<CodeAgentState> for Clarify {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        let question = state
            .analysis
            .as_ref()
            .and_then(|analysis| analysis.question.clone())
            .ok_or(PipelineError::Missing { what: "question" })?;
        let url = cx.once("ask", || self.post(&state, &cx, &question)).await?;
        let ask = Question::Clarify {
            issue: state.issue_number,
            question: question.clone(),
            url,
        };
        let answer: String = cx.interrupt(ask)?;
        Ok(CodeAgentState::update()
            .clarifications([Clarification { question, answer }])
            .into())
    }
}

impl Clarify {
    async fn post(
        &self,
        state: &CodeAgentState,
        cx: &NodeContext,
        question: &str,
    ) -> NodeResult<Option<String>> {
        cx.emit(PipelineEvent::Phase {
            phase: Phase::Clarify,
            iteration: 0,
        })
        .await?;
        let number = state.issue_number;
        let author = state
            .issue
            .as_ref()
            .map(|issue| issue.author.as_str())
            .unwrap_or_default();
        let repo = self.parts.github.repo(self.parts.repo.clone());
        let key = format!("issue-{number}-question-{}", state.clarifications.len() + 1);
        let body = format!("@{author} before I start: {question}");
        let comment = repo.create_issue_comment_once(number, &key, &body).await;
        let comment = comment.map_err(PipelineError::from)?;
        cx.emit(PipelineEvent::Asked {
            question: question.to_owned(),
        })
        .await?;
        Ok(comment.html_url)
    }
}
