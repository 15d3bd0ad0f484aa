//! What goes wrong with the tasks of an entrypoint.

use super::call::TaskPlace;
use crate::BoxError;

/// Why a task has no result. It is the source of [`crate::RunError::NodeFailed`] if the
/// entrypoint hands it on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The task failed and its retries are used up.
    #[error("task `{task}` ({place}) failed in attempt {attempts}")]
    Failed {
        /// The task.
        task: String,
        /// Which call of it.
        place: TaskPlace,
        /// How often it ran.
        attempts: u32,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// Another task was called here before.
    #[error(
        "task `{task}` is called where `{recorded}` was called before ({place}): when an entrypoint runs again it must call the same tasks in the same order; give calls whose order may differ a key by `TaskSpec::key`"
    )]
    OtherTask {
        /// The task that is called.
        task: String,
        /// The one that was.
        recorded: String,
        /// Where.
        place: TaskPlace,
    },
    /// The task was called here with another argument before.
    #[error(
        "task `{task}` ({place}) is called with another argument than when its result was recorded: when an entrypoint runs again it must call its tasks with equal arguments; take times and random numbers from a task, and give calls whose order may differ a key by `TaskSpec::key`"
    )]
    OtherArgument {
        /// The task.
        task: String,
        /// Where.
        place: TaskPlace,
    },
    /// Two calls of a task have one key.
    #[error("task `{task}` is called twice with the {place}: give each call a key of its own")]
    KeyTaken {
        /// The task.
        task: String,
        /// The key.
        place: TaskPlace,
    },
    /// Something that only an entrypoint can do was done in a task.
    #[error(
        "a task cannot {what}: its result is recorded as a whole, and then it does not run again; do it in the entrypoint, between tasks"
    )]
    InTask {
        /// What was done.
        what: &'static str,
    },
    /// The entrypoint calls more tasks than it may.
    #[error(
        "task `{task}` is the one after the last of {limit} that an entrypoint may call: look for a loop without an end, or raise `tasks_max`"
    )]
    TooMany {
        /// The task that is too many.
        task: String,
        /// How many it may call.
        limit: usize,
    },
}

/// An entrypoint has been started without an input, by an update that writes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entrypoint has no input: call `invoke` with one")]
#[non_exhaustive]
pub struct NoInput;
