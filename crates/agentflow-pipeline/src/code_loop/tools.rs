//! Carries out the model's calls, in their order, on files that are exactly those
//! the model last saw.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_llm::{Message, ToolBox, ToolCall};
use agentflow_tools::git::{CommitId, GitWorkTree};
use agentflow_tools::workspace_tools;

use super::state::CodeRound;
use super::submit::{SUBMIT, summary};
use crate::ask::shorten;
use crate::bench::Bench;
use crate::error::PipelineError;
use crate::event::PipelineEvent;
use crate::parts::Parts;
use crate::prompt;

/// Characters of a call and of its result that a watcher is shown.
const SHOWN_CHARS_MAX: usize = 160;

/// Carries out the calls of the model's last reply.
pub(super) struct UseTools {
    pub(super) parts: Parts,
    pub(super) bench: Bench,
}

impl Node<CodeRound> for UseTools {
    async fn run(&self, round: Arc<CodeRound>, cx: NodeContext) -> NodeResult<Command<CodeRound>> {
        let Some(Message::Assistant(said)) = round.messages.last() else {
            return Err(PipelineError::Missing {
                what: "call of a tool",
            }
            .into());
        };
        // A run that was killed in here left files half way: begin again from the tree.
        let checkout = self.bench.at(round.issue, &round.tree).await?;
        self.bench.begin_changes(round.issue);
        let tools = self.tools(&round, &checkout)?;
        let mut update = CodeRound::update();
        for call in &said.tool_calls {
            let answer = if call.name == SUBMIT {
                match summary(call) {
                    Ok(summary) if round.was_shown_its_change => {
                        update = update.submitted(Some(summary));
                        Message::tool_result(&call.id, "The change is handed in.")
                    }
                    Ok(_) => {
                        let base = CommitId::parse(&round.base_sha).map_err(PipelineError::from)?;
                        let diff = checkout.diff(&base).await.map_err(PipelineError::from)?;
                        update = update.was_shown_its_change(true);
                        Message::tool_result(&call.id, prompt::submit_checklist(&diff))
                    }
                    Err(problem) => Message::tool_result(&call.id, problem),
                }
            } else {
                tools.call(call).await.map_err(PipelineError::Tool)?
            };
            cx.emit(seen(&round.label, call, answer.text())).await?;
            update = update.messages([answer]);
        }
        let tree = self.bench.snapshot(round.issue, &checkout).await?;
        Ok(update.tree(tree.to_string()).into())
    }
}

impl UseTools {
    fn tools(&self, round: &CodeRound, checkout: &GitWorkTree) -> Result<ToolBox, PipelineError> {
        let workspace = self.bench.workspace(checkout)?;
        let options = self.bench.tool_options(round.issue)?;
        let sandbox = Arc::clone(&self.parts.sandbox);
        let tools = workspace_tools(&workspace, sandbox, &options);
        Ok(tools.into_iter().fold(ToolBox::new(), ToolBox::with_shared))
    }
}

/// A call as a watcher sees it.
fn seen(label: &str, call: &ToolCall, result: &str) -> PipelineEvent {
    let first_line = result.lines().next().unwrap_or_default();
    let failed_command = first_line.starts_with('[') && first_line != "[exit code 0]";
    PipelineEvent::Tool {
        label: label.to_owned(),
        tool: call.name.clone(),
        call: shorten(&call.arguments, SHOWN_CHARS_MAX),
        result: shorten(first_line, SHOWN_CHARS_MAX),
        ok: !first_line.starts_with("error: ") && !failed_command,
    }
}
