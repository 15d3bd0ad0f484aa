//! Asks the model what to do next.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_llm::{ChatRequest, Message, ToolBox, ToolSpec};
use agentflow_tools::workspace_tools;

use super::state::{CodeRound, CodeRoundUpdate};
use super::submit;
use crate::ask::tell;
use crate::bench::Bench;
use crate::error::PipelineError;
use crate::parts::Parts;
use crate::prompt;

/// Asks the model for its next reply.
pub(super) struct AskModel {
    pub(super) parts: Parts,
    pub(super) bench: Bench,
}

impl Node<CodeRound> for AskModel {
    async fn run(&self, round: Arc<CodeRound>, cx: NodeContext) -> NodeResult<Command<CodeRound>> {
        let request = ChatRequest::new(round.messages.clone())
            .tools(self.tools(&round).await?)
            .label(&round.label);
        let reply =
            self.parts
                .model
                .complete(request)
                .await
                .map_err(|source| PipelineError::Model {
                    label: round.label.clone(),
                    source: Box::new(source),
                })?;
        tell(&cx, &round.label, reply.text(), reply.usage).await;
        let update = CodeRound::update().messages([Message::Assistant(reply.message)]);
        Ok(update.turns(1).usage(reply.usage).into())
    }
}

impl AskModel {
    async fn tools(&self, round: &CodeRound) -> Result<Vec<ToolSpec>, PipelineError> {
        let checkout = self.bench.at(round.issue, &round.tree).await?;
        let workspace = self.bench.workspace(&checkout)?;
        let options = self.bench.tool_options(round.issue)?;
        let sandbox = Arc::clone(&self.parts.sandbox);
        let tools = workspace_tools(&workspace, sandbox, &options);
        let tools = tools.into_iter().fold(ToolBox::new(), ToolBox::with_shared);
        let mut specs = tools.specs();
        specs.push(submit::spec());
        Ok(specs)
    }
}

/// Tells a model that talks instead of working to go on.
pub(super) async fn nudge(_: Arc<CodeRound>, _: NodeContext) -> NodeResult<CodeRoundUpdate> {
    Ok(CodeRound::update()
        .messages([Message::user(prompt::NUDGE)])
        .nudges(1))
}
