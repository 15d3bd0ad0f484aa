//! Understands what the issue asks for.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};

use crate::ask::ask_json;
use crate::event::{Phase, PipelineEvent};
use crate::parts::Parts;
use crate::prompt;
use crate::state::{Analysis, CodeAgentState};

/// Has the model say what the issue asks for.
pub(crate) struct Analyse {
    pub(crate) parts: Parts,
}

impl Node<CodeAgentState> for Analyse {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        cx.emit(PipelineEvent::Phase {
            phase: Phase::Analyse,
            iteration: 0,
        })
        .await?;
        let label = format!("analyse/{}", state.clarifications.len() + 1);
        let model = &*self.parts.model;
        let answered = ask_json::<Analysis>(model, &cx, &label, prompt::analyse(&state)).await?;
        Ok(CodeAgentState::update()
            .analysis(answered.value)
            .usage(answered.usage)
            .into())
    }
}

impl Analyse {
    /// Where to go with an analysis: to the author, as long as the policy has
    /// questions left; else on.
    pub(crate) fn next(questions_max: u32, state: &CodeAgentState) -> &'static str {
        let asks = state
            .analysis
            .as_ref()
            .is_some_and(|analysis| analysis.question.is_some());
        let asked = u32::try_from(state.clarifications.len()).unwrap_or(u32::MAX);
        if asks && asked < questions_max {
            "clarify"
        } else {
            "baseline"
        }
    }
}
