//! What a simulation finds.

use std::time::Duration;

use agentflow_core::{CheckpointId, Namespace, Step, Timestamp};

/// A promise of the library that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The thread did not come to its end.
    #[error("the thread did not come to its end in {actions} actions")]
    NeverEnds {
        /// The limit.
        actions: u64,
    },
    /// A run waits and nothing can happen.
    #[error("run {run} waits for nothing that can happen")]
    Stuck {
        /// The run.
        run: u32,
    },
    /// The library panicked.
    #[error("run {run} panicked: {message}")]
    Panicked {
        /// The run.
        run: u32,
        /// What it said.
        message: String,
    },
    /// A run failed and nothing that happened to it explains why.
    #[error("run {run} failed without a cause: {error}")]
    Unexplained {
        /// The run.
        run: u32,
        /// How.
        error: String,
    },
    /// A run said that it ended in a way that the store does not show.
    #[error("run {run} ended {said}, the store has {stored}")]
    WrongEnd {
        /// The run.
        run: u32,
        /// What the run said.
        said: String,
        /// What is stored.
        stored: String,
    },
    /// A task ran whose writes the store had.
    #[error("task {task} of superstep {step} had finished and ran again")]
    FinishedTaskRan {
        /// The task, as its lines in the log show it.
        task: String,
        /// Its superstep.
        step: Step,
    },
    /// A task ran whose failure was being handled.
    #[error("task {task} of superstep {step} had failed for good and ran again")]
    HandledTaskRan {
        /// The task, as its lines in the log show it.
        task: String,
        /// Its superstep.
        step: Step,
    },
    /// A run that was asked to pause went on.
    #[error("run {run} was asked to pause and began superstep {step}")]
    NotDrained {
        /// The run.
        run: u32,
        /// The superstep.
        step: Step,
    },
    /// A run paused where the thread had paused before.
    #[error("run {run} paused at `{pause}` again on checkpoint {checkpoint}")]
    PausedAgain {
        /// The run.
        run: u32,
        /// Why it paused.
        pause: String,
        /// Where.
        checkpoint: CheckpointId,
    },
    /// The undisturbed and the disturbed run did not pause at the same places.
    #[error("a pause at `{pause}` was only in the {only_in} run")]
    PausesDiffer {
        /// Where, and for what.
        pause: String,
        /// `disturbed` or `undisturbed`.
        only_in: &'static str,
    },
    /// A thread whose time has come, or which was told of an event, is not due.
    #[error("the thread waits for {waits} and is not due")]
    NotDue {
        /// For what.
        waits: String,
    },
    /// A task went on although its time had not come.
    #[error("a task that sleeps until {due:?} went on at {now:?}")]
    WokeEarly {
        /// When it did.
        now: Timestamp,
        /// When it should have.
        due: Timestamp,
    },
    /// An attempt went on after its time was over.
    #[error("node `{node}` ran for twice its {limit:?} and was not stopped")]
    NotStopped {
        /// The node.
        node: String,
        /// Its limit.
        limit: Duration,
    },
    /// A task was given another event than it waits for.
    #[error("a task that waits for `{waited}` was told of `{told}`")]
    WrongEvent {
        /// What it waits for.
        waited: String,
        /// What it was given.
        told: String,
    },
    /// One event was given to two waits.
    #[error("event {event} was given to {first} and to {then}")]
    EventGivenTwice {
        /// Its number.
        event: u64,
        /// Who got it.
        first: String,
        /// Who got it too.
        then: String,
    },
    /// Two deliveries under one key became two events.
    #[error("a second delivery under `{key}` became event {then}, the first was {first}")]
    DeliveredTwice {
        /// The key.
        key: String,
        /// The first event.
        first: u64,
        /// The second one.
        then: u64,
    },
    /// An event that was taken waits still.
    #[error("event {event} was taken and is still there")]
    EventNotTaken {
        /// Its number.
        event: u64,
    },
    /// The graph, held against the thread's own records, would go another way.
    #[error("the thread's records do not come to its checkpoints: {how}")]
    NotVerified {
        /// What differs.
        how: String,
    },
    /// An effect happened again although it was recorded, or without a crash between.
    #[error("effect {effect} happened again {why}")]
    EffectRepeated {
        /// The effect.
        effect: String,
        /// What forbids it.
        why: &'static str,
    },
    /// An effect happened again under another idempotency key.
    #[error("effect {effect} had the key {first} and then {second}")]
    EffectKeyChanged {
        /// The effect.
        effect: String,
        /// The key it had.
        first: String,
        /// The key it has now.
        second: String,
    },
    /// `once` returned the result of another effect.
    #[error("effect {effect} was given the result of another effect")]
    WrongResult {
        /// The effect.
        effect: String,
    },
    /// A question was given the answer to another one.
    #[error("question {question} was given the answer to {answered}")]
    WrongAnswer {
        /// The question.
        question: String,
        /// What was answered.
        answered: String,
    },
    /// A task ran on an answer that the store did not have.
    #[error("run {run} went on with the answer to {question} before it was stored")]
    AnswerNotStored {
        /// The run.
        run: u32,
        /// The question's id.
        question: String,
    },
    /// A watcher saw what the store did not have.
    #[error("`{namespace}` showed {event} of superstep {step} before it was stored")]
    ShownBeforeStored {
        /// The graph.
        namespace: Namespace,
        /// The superstep.
        step: Step,
        /// What was shown.
        event: String,
    },
    /// The store granted a lease that somebody held.
    #[error("the store granted epoch {epoch} to run {run}: {why}")]
    WrongGrant {
        /// The run that got it.
        run: u32,
        /// Its epoch.
        epoch: u64,
        /// What forbids it.
        why: &'static str,
    },
    /// The store took a write from a run that held no lease.
    #[error("the store took {what} of epoch {held}, the epoch in force is {current:?}")]
    Unfenced {
        /// The write.
        what: String,
        /// The writer's epoch.
        held: u64,
        /// The epoch in force, if the lease is held.
        current: Option<u64>,
    },
    /// The store took a write that does not lie on what is there.
    #[error("the store took {what} on top of {expected:?}, its head is {found:?}")]
    WrongBase {
        /// The write.
        what: String,
        /// What the write builds on.
        expected: Option<CheckpointId>,
        /// What is there.
        found: Option<CheckpointId>,
    },
    /// The store returned another head than was committed last.
    #[error("`{namespace}` was loaded at {found:?}, its head is {committed:?}")]
    WrongLoad {
        /// The graph.
        namespace: Namespace,
        /// What was committed last.
        committed: Option<CheckpointId>,
        /// What was loaded.
        found: Option<CheckpointId>,
    },
    /// A checkpoint is not what its tasks and the graph's edges make of the one before.
    #[error("`{namespace}`, superstep {step}: {what} should be {want}, is {found}")]
    WrongSuperstep {
        /// The graph.
        namespace: Namespace,
        /// The superstep.
        step: Step,
        /// Which part.
        what: &'static str,
        /// What follows from the checkpoint before.
        want: String,
        /// What was stored.
        found: String,
    },
    /// The disturbed run came to other checkpoints than the undisturbed one.
    #[error("`{namespace}`, checkpoint {place} differs: undisturbed {calm}, disturbed {wild}")]
    ChainDiffers {
        /// The graph.
        namespace: Namespace,
        /// Which of its checkpoints, from 0.
        place: usize,
        /// The undisturbed one.
        calm: String,
        /// The disturbed one.
        wild: String,
    },
    /// The disturbed run came to another state than the undisturbed one.
    #[error("the final state differs: undisturbed {calm}, disturbed {wild}")]
    EndDiffers {
        /// The undisturbed one.
        calm: String,
        /// The disturbed one.
        wild: String,
    },
    /// The disturbed run had other effects than the undisturbed one.
    #[error("effect {effect} happened only in the {only_in} run")]
    EffectsDiffer {
        /// The effect.
        effect: String,
        /// `disturbed` or `undisturbed`.
        only_in: &'static str,
    },
    /// One seed did two things.
    #[error("the seed does not repeat: first it failed with {first}, then {then}")]
    NotRepeatable {
        /// What was found first.
        first: String,
        /// What the second try found.
        then: String,
    },
}
