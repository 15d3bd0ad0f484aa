//! What is asked of the thread next: whoever uses it looks where it stands and decides.

use agentflow_core::{
    CompiledGraph, Interrupt, InterruptId, RunError, RunInput, StateSnapshot, WaitsFor,
};
use futures::FutureExt;
use serde_json::Value;

use super::edit::Edit;
use super::features::Answer;
use super::gates::Waits;
use super::state::{SimState, first_input};
use super::weather::Mode;
use super::world::{Inner, World};

/// The only thread of a world.
pub(super) const THREAD: &str = "t";

/// What an answer is that no question takes.
const NONSENSE: &str = "nonsense";

/// Who begins a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Whoever owns the thread; nobody else runs it now.
    Owner,
    /// Somebody beside a run that may still be going on.
    Rival,
}

/// What is asked of the library.
pub(super) enum Wish {
    Run(Box<RunInput<SimState>>),
    /// Go on with whatever threads are due.
    Wake,
    Edit(Edit),
}

impl From<RunInput<SimState>> for Wish {
    fn from(input: RunInput<SimState>) -> Self {
        Self::Run(Box::new(input))
    }
}

/// Where the thread stands, as anybody sees it.
pub(super) fn look(
    graph: &CompiledGraph<SimState>,
) -> Result<Option<StateSnapshot<SimState>>, RunError> {
    let thread = graph.thread(THREAD);
    let looked = thread.state().now_or_never();
    looked.expect("whoever only looks does not wait")
}

impl World {
    /// What to ask of the thread, which stands like this.
    ///
    /// # Errors
    /// If an answer does not encode.
    pub(super) fn wish(
        &self,
        mode: Mode,
        role: Role,
        stands: Option<&StateSnapshot<SimState>>,
    ) -> Result<Wish, RunError> {
        let mut inner = self.lock();
        let Some(stands) = stands else {
            if role == Role::Rival {
                return Ok(RunInput::proceed().into());
            }
            // Whoever gives an input again must know that the first one did not arrive.
            inner.forget_late_writes();
            inner
                .journal
                .note(|| "the thread is new: invoke".to_owned());
            return Ok(RunInput::from(first_input()).into());
        };
        if inner.plan.has_edits() {
            // Whoever goes on must know whether the thread has paused, and whoever changes it
            // whether that is done.
            inner.forget_late_writes();
        }
        if role == Role::Owner
            && let Some(edit) = inner.edit_due(stands)
        {
            inner.journal.note(|| format!("a change: {edit:?}"));
            return Ok(Wish::Edit(edit));
        }
        let asked = stands.interrupts.iter();
        let asked = asked.filter(|asked| matches!(asked.waits_for, WaitsFor::Answer));
        let questions: Vec<&Interrupt> = asked.collect();
        if !questions.is_empty() {
            return Ok(inner.wish_to_answer(mode, questions)?.into());
        }
        drop(inner);
        if role == Role::Owner && self.may_be_woken(&stands.interrupts) {
            return Ok(Wish::Wake);
        }
        let next = &stands.next;
        self.lock()
            .journal
            .note(|| format!("the thread stands before {next:?}: proceed"));
        Ok(RunInput::proceed().into())
    }
}

impl Inner {
    fn forget_late_writes(&mut self) {
        self.gates.closed.retain(|_, gate| {
            let is_write = matches!(&gate.waits, Waits::Request(request) if request.is_write());
            !(gate.is_late && is_write)
        });
    }

    fn wish_to_answer(
        &mut self,
        mode: Mode,
        open: Vec<&Interrupt>,
    ) -> Result<RunInput<SimState>, RunError> {
        let is_partial = mode == Mode::Wild && {
            let percent = self.weather.partial;
            self.random.chance(percent)
        };
        if is_partial && self.strikes(20) {
            self.journal
                .note(|| "questions are open: proceed all the same".to_owned());
            return Ok(RunInput::proceed());
        }
        let is_only = open.len() == 1;
        let mut chosen = open;
        if is_partial {
            while chosen.len() > 1 && self.random.chance(60) {
                let place = self.random.below(chosen.len());
                chosen.remove(place);
            }
        }
        let answers: Vec<(InterruptId, Value)> = chosen
            .iter()
            .map(|asked| (asked.id.clone(), self.answer(&asked.payload)))
            .collect();
        self.report.answers += answers.len() as u64;
        let told = answers.iter().map(|(id, _)| id.as_str().to_owned());
        if let Some(run) = self.runs.last_mut() {
            run.told = told.collect();
        }
        self.journal.note(|| {
            let said = answers
                .iter()
                .zip(&chosen)
                .map(|((id, says), asked)| format!("{id} of {}: {says}", asked.node));
            format!("answers: {}", said.collect::<Vec<_>>().join(", "))
        });
        match &answers[..] {
            [(_, only)] if is_only && self.stands_still() && self.random.chance(50) => {
                Ok(RunInput::answer(only)?)
            }
            _ => Ok(RunInput::answers(answers)?),
        }
    }

    /// Whether the question that is open now is still the only one when it is answered. Where
    /// others may go on meanwhile, only an answer by id finds the right one.
    fn stands_still(&self) -> bool {
        let is_alone = self.weather.rival == 0 && self.weather.takeover == 0;
        is_alone && !self.gates.closed.values().any(|gate| gate.is_late)
    }

    fn answer(&mut self, question: &Value) -> Value {
        let percent = self.weather.bad_answer;
        if self.strikes(percent) {
            self.bad_answers += 1;
            return NONSENSE.into();
        }
        let question = serde_json::from_value(question.clone()).expect("only our nodes ask");
        serde_json::to_value(Answer::to(question)).expect("an answer encodes")
    }
}
