//! The judgement on one trial.

use agentflow_core::CheckpointId;

use super::evidence::{Evidence, Expected};
use super::figures::{Figures, saturated};
use super::{course, effects, failures, fence, tasks};
use crate::journal::{Committed, Life};

/// What came of a trial.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// What happened, counted.
    pub figures: Figures,
    /// What may not be.
    pub violations: Vec<Violation>,
}

/// Something that no kill, pause or full disk may bring about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A promise that nothing is lost.
    #[error("the effect `{effect}` never happened, and the thread went on without it")]
    EffectLost {
        /// Its name.
        effect: String,
    },
    /// The idempotency key was another one the second time.
    #[error(
        "the service acted {times} times for `{effect}`, under a key each: the key is not stable"
    )]
    EffectDoubled {
        /// Its name.
        effect: String,
        /// How often it happened.
        times: usize,
    },
    /// A row and its record were not in one transaction.
    #[error(
        "`{effect}` has {times} rows, each added in a transaction that it shared with its record"
    )]
    RowDoubled {
        /// Its name.
        effect: String,
        /// How many.
        times: usize,
    },
    /// `once` let an effect through that had a record, or that nobody had cut off.
    #[error(
        "child {second} did `{effect}` again, though child {first} was not cut off before its record"
    )]
    EffectRepeated {
        /// Its name.
        effect: String,
        /// Who had done it.
        first: Life,
        /// Who did it again.
        second: Life,
    },
    /// Its writes were there, and it ran from its first line.
    #[error("child {second} ran task `{task}` again, which child {first} had finished")]
    TaskRepeated {
        /// Its name, with the namespace of its graph.
        task: String,
        /// Who had its writes acknowledged.
        first: Life,
        /// Who ran it again.
        second: Life,
    },
    /// There is a line for which no effect began.
    #[error("`{effect}` has more lines than were begun")]
    LineTooMany {
        /// Its name.
        effect: String,
    },
    /// An effect that an undisturbed run does not have.
    #[error("`{effect}` happened, and does not in an undisturbed run")]
    EffectUnexpected {
        /// Its name.
        effect: String,
    },
    /// An epoch has two holders.
    #[error("epoch {epoch} was granted twice")]
    GrantedTwice {
        /// The epoch.
        epoch: u64,
    },
    /// A zombie wrote.
    #[error(
        "child {life} had a `{call}` taken with epoch {epoch}, though {newest} had been granted"
    )]
    LateWriteTaken {
        /// The zombie.
        life: Life,
        /// The call.
        call: String,
        /// Its epoch.
        epoch: u64,
        /// The epoch in force.
        newest: u64,
    },
    /// A superstep is gone.
    #[error("the store had acknowledged {committed:?} to child {life}, and does not have it")]
    CommitLost {
        /// Who was told.
        life: Life,
        /// What.
        committed: Committed,
    },
    /// A checkpoint that is not built on the one before it, or made by an earlier run.
    #[error("checkpoint {id} in `{namespace}` does not follow the one before it")]
    ChainBroken {
        /// Where.
        namespace: String,
        /// Which.
        id: CheckpointId,
    },
    /// The thread went another way.
    #[error("an undisturbed run has {want}, and this one {got}")]
    OtherCourse {
        /// The first checkpoint that differs, in an undisturbed run.
        want: String,
        /// The same here.
        got: String,
    },
    /// The thread came to another state.
    #[error("an undisturbed run ends with {want}, and this one with {got}")]
    OtherState {
        /// The state of an undisturbed run.
        want: String,
        /// The state here.
        got: String,
    },
    /// A checkpoint has a state that no superstep of an undisturbed run ends with.
    #[error("an undisturbed run has {want} after superstep {step}, and this one {got}")]
    OtherCheckpoint {
        /// The superstep.
        step: i64,
        /// The state of an undisturbed run.
        want: String,
        /// The state here.
        got: String,
    },
    /// No child came to the end.
    #[error("no child found the thread done")]
    NotDone,
    /// A run failed, found no room or lost its lease, for no reason that the trial has.
    #[error("child {life} failed, which nothing in this trial explains: {error}")]
    FailedWithoutCause {
        /// Whose.
        life: Life,
        /// What was said.
        error: String,
    },
    /// A child ended with an error, or did not end.
    #[error("child {life} {how}")]
    EndedBadly {
        /// Who.
        life: Life,
        /// How it ended.
        how: String,
    },
}

impl Violation {
    /// Whether something acknowledged or recorded is not there.
    fn is_loss(&self) -> bool {
        matches!(self, Self::EffectLost { .. } | Self::CommitLost { .. })
    }
}

/// Judges one trial against an undisturbed one.
#[must_use]
pub fn judge(expected: &Expected, evidence: &Evidence) -> Verdict {
    let mut violations = Vec::new();
    effects::check(expected, evidence, &mut violations);
    tasks::check(evidence, &mut violations);
    fence::check(&evidence.entries, &mut violations);
    course::check(expected, evidence, &mut violations);
    failures::check(evidence, &mut violations);
    let lost = violations.iter().filter(|found| found.is_loss());
    let figures = Figures {
        lost: saturated(lost.count()),
        violations: saturated(violations.len()),
        ..Figures::of(evidence)
    };
    Verdict {
        figures,
        violations,
    }
}
