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

    /// The step and the round.
    pub(super) fn step_line(&self) -> String {
        let step = if self.step.is_empty() {
            "starting"
        } else {
            &self.step
        };
        format!(
            "{step} · iteration {}/{}",
            self.iteration.max(1),
            self.iterations_max
        )
    }

    /// The tests, and the last tool call or words of the model.
    pub(super) fn work_line(&self) -> String {
        let call = self.last_call.trim();
        match &self.tests {
            Some(TestSummary { passed, failed, .. }) if call.is_empty() => {
                format!("tests {passed} passed, {failed} failed")
            }
            Some(TestSummary { passed, failed, .. }) => {
                format!("tests {passed} passed, {failed} failed · {call}")
            }
            None => call.to_owned(),
        }
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    #[test]
    fn the_display_follows_the_newest_events() {
        let mut standing = Standing::default();
        standing.follow(&RunEvent::Around(Around::Begins {
            title: "t".to_owned(),
            place: "demo/larder#1".to_owned(),
            goes_on: false,
            state: None,
            iterations_max: 5,
        }));
        for (event, want) in [
            (
                json!({"event": "phase", "phase": "plan", "iteration": 0}),
                ["planning · iteration 1/5", "", "no pull request yet"],
            ),
            (
                json!({"event": "tests", "phase": "before", "summary": {"ok": false, "passed": 3, "failed": 1}}),
                [
                    "planning · iteration 1/5",
                    "tests 3 passed, 1 failed",
                    "no pull request yet",
                ],
            ),
            (
                json!({"event": "tool", "label": "code/2", "tool": "edit", "call": "{\"path\":\"a.rs\"}", "result": "", "ok": true}),
                [
                    "coding, round 2 · iteration 1/5",
                    "tests 3 passed, 1 failed · edit a.rs",
                    "no pull request yet",
                ],
            ),
            (
                json!({"event": "pull_request", "number": 4, "url": "http://h/4"}),
                [
                    "coding, round 2 · iteration 1/5",
                    "tests 3 passed, 1 failed · edit a.rs",
                    "PR #4 http://h/4",
                ],
            ),
            (
                json!({"event": "phase", "phase": "review", "iteration": 2}),
                [
                    "reviewing, round 2 · iteration 2/5",
                    "tests 3 passed, 1 failed · edit a.rs",
                    "PR #4 http://h/4",
                ],
            ),
            (
                json!({"event": "review", "round": 2, "decision": "request_changes", "score": 0.5, "comments": 1, "summary": "No."}),
                [
                    "reviewing, round 2 · iteration 2/5",
                    "tests 3 passed, 1 failed · edit a.rs",
                    "PR #4 http://h/4 · changes requested, 0.50: No.",
                ],
            ),
        ] {
            let words = event.to_string();
            standing.follow(&RunEvent::Pipeline(serde_json::from_value(event).unwrap()));
            let shown = [
                standing.step_line(),
                standing.work_line(),
                standing.pull_line(),
            ];
            assert_eq!(shown, want, "{words}");
        }
    }
}
