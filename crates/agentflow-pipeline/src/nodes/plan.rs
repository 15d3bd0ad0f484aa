//! Plans the work, and has a person look at the plan where the policy says so.

use std::sync::Arc;

use agentflow_core::{Command, END, Node, NodeContext, NodeResult};

use crate::ask::ask_json;
use crate::bench::Bench;
use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent};
use crate::parts::Parts;
use crate::prompt;
use crate::question::{Decision, Question};
use crate::state::{CodeAgentState, Feedback, Plan, RunStatus};

/// Steps of a plan that count; a longer one is a wish.
const STEPS_MAX: usize = 7;

/// Files of the repository that the planner is shown.
const FILES_MAX: usize = 800;

/// Has the model plan the work.
pub(crate) struct MakePlan {
    pub(crate) parts: Parts,
    pub(crate) bench: Bench,
}

impl Node<CodeAgentState> for MakePlan {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        cx.emit(PipelineEvent::Phase {
            phase: Phase::Plan,
            iteration: 0,
        })
        .await?;
        let files = self
            .bench
            .files(state.issue_number, &state.tree, FILES_MAX)
            .await?;
        let label = format!("plan/{}", state.plans + 1);
        let model = &*self.parts.model;
        let answered = ask_json::<Plan>(model, &cx, &label, prompt::plan(&state, &files)).await?;
        let mut plan = answered.value;
        plan.steps.truncate(STEPS_MAX);
        Ok(CodeAgentState::update()
            .plan(plan)
            .plans(1)
            .usage(answered.usage)
            .into())
    }
}

/// Pauses until a person has decided on the plan.
pub(crate) struct ApprovePlan;

impl Node<CodeAgentState> for ApprovePlan {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        let plan = state
            .plan
            .clone()
            .ok_or(PipelineError::Missing { what: "plan" })?;
        let ask = Question::ApprovePlan {
            issue: state.issue_number,
            plan,
        };
        Ok(match cx.interrupt::<Decision>(ask)? {
            Decision::Approve => Command::goto("code"),
            Decision::Change(words) => {
                let update = CodeAgentState::update().feedback([Feedback::Person { words }]);
                Command::update(update).and_goto("plan")
            }
            Decision::Stop => {
                let update = CodeAgentState::update().status(RunStatus::Stopped);
                Command::update(update).and_goto(END)
            }
        })
    }
}
