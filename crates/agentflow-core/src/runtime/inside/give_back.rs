//! What a graph inside gives back to its task: its state, what it waits for, or why it
//! failed.

use std::sync::Arc;

use crate::engine::End;
use crate::error::{BadAnswer, NodeError, NodeErrorKind, NodeResult, RunError};
use crate::state::State;

pub(super) fn done<C: State>(end: End<C>) -> NodeResult<Arc<C>> {
    match end {
        End::Done(state) => Ok(state),
        End::Interrupted { interrupts, .. } => {
            Err(NodeError(NodeErrorKind::Interrupted(interrupts)))
        }
        End::ToParent(command) => Err(NodeError(NodeErrorKind::Commanded(command))),
        // Another attempt goes on inside, where the node failed.
        End::Failed {
            error,
            may_help: true,
        } => Err(NodeError::failed(error)),
        End::Failed { error, .. } => Err(inner_failure(error)),
    }
}

/// A run inside that gave up for good makes the outer task give up too.
pub(super) fn inner_failure(error: RunError) -> NodeError {
    match error {
        // Somebody stops the run: there is nothing to handle, and nothing to try again.
        RunError::Cancelled { reason, .. } => NodeError(NodeErrorKind::Cancelled(reason)),
        // The question is open again in the outer graph as well.
        RunError::NodeFailed { source, .. } if source.is::<BadAnswer>() => NodeError::fatal(source),
        error if error.is_retryable() => NodeError::failed(error),
        error => NodeError::fatal(error),
    }
}
