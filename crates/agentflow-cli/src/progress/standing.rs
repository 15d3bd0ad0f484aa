//! How the issue at hand stands, for a display that shows it all the time.

use agentflow_pipeline::{CodeAgentState, PipelineEvent, TestSummary};

use super::event::{Around, RunEvent};
use super::words::{call_words, clean, decision_words, one_line, step};

/// How the issue at hand stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Standing {
    step: String,
    iteration: u32,
    iterations_max: u32,
    last_call: String,
    tests: Option<TestSummary>,
    pull: Option<(u64, Option<String>)>,
    review: String,
}

impl Standing {
    /// Follows an event.
    pub(super) fn follow(&mut self, event: &RunEvent) {
        if let Some(step) = step(event) {
            self.step = step;
        }
        match event {
            RunEvent::Around(Around::Begins {
                state,
                iterations_max,
                ..
            }) => {
                *self = Self {
                    iterations_max: *iterations_max,
                    ..Self::default()
                };
                if let Some(state) = state {
                    self.take_up(state);
                }
            }
            RunEvent::Around(_) => {}
            RunEvent::Pipeline(event) => self.follow_pipeline(event),
        }
    }

    fn take_up(&mut self, state: &CodeAgentState) {
        self.iteration = state.iteration;
        self.tests = state
            .tests_after
            .clone()
            .or_else(|| state.tests_before.clone());
        self.pull = state
            .pull_request
            .as_ref()
            .map(|pull| (pull.number, pull.url.clone()));
    }

    fn follow_pipeline(&mut self, event: &PipelineEvent) {
        match event {
            PipelineEvent::Phase { iteration, .. } if *iteration > 0 => self.iteration = *iteration,
            PipelineEvent::Model { label, said, .. }
                if label.starts_with("code/") && !said.is_empty() =>
            {
                self.last_call = format!("“{}”", one_line(said));
            }
            PipelineEvent::Tool { tool, call, ok, .. } => {
                let mark = if *ok { ' ' } else { '✗' };
                self.last_call = format!("{mark} {} {}", clean(tool), one_line(&call_words(call)));
            }
            PipelineEvent::Tests { summary, .. } => self.tests = Some(summary.clone()),
            PipelineEvent::PullRequest { number, url } => self.pull = Some((*number, url.clone())),
            PipelineEvent::Review {
                decision,
                score,
                summary,
                ..
            } => {
                let (_, words) = decision_words(*decision);
                self.review = format!("{words}, {score:.2}: {}", one_line(summary));
            }
            _ => {}
        }
    }

    /// The step, the round and the tests.
    pub(super) fn step_line(&self) -> String {
        let round = format!(
            "iteration {}/{}",
            self.iteration.max(1),
            self.iterations_max
        );
        match &self.tests {
            Some(TestSummary { passed, failed, .. }) => {
                format!(
                    "{} · {round} · tests {passed} passed, {failed} failed",
                    self.step
                )
            }
            None => format!("{} · {round}", self.step),
        }
    }

    /// The last tool call or words of the model.
    pub(super) fn call_line(&self) -> &str {
        self.last_call.trim()
    }

    /// The pull request and what its reviewer said last.
    pub(super) fn pull_line(&self) -> String {
        let Some((number, url)) = &self.pull else {
            return "no pull request yet".to_owned();
        };
        let url = url.as_deref().map(clean).unwrap_or_default();
        let review = if self.review.is_empty() {
            String::new()
        } else {
            format!(" · {}", self.review)
        };
        format!("PR #{number} {url}{review}")
    }
}
