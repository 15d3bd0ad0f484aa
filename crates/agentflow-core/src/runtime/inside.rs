//! A graph that runs as a task of another: in a namespace of its own, under the
//! outer run's lease.

use std::sync::Arc;

use super::compiled::CompiledGraph;
use super::context::NodeContext;
use super::memo::Memo;
use super::recover::recover;
use super::run::{drive, first_start};
use super::shell::{Recorder, Scope};
use super::stored::Stored;
use crate::engine::End;
use crate::error::{BadAnswer, NodeError, NodeErrorKind, NodeResult, RunError};
use crate::state::State;

impl<C: State> CompiledGraph<C> {
    /// Runs this graph as the task of `cx`, or goes on with it if it had begun.
    pub(crate) async fn run_inside(
        &self,
        cx: &NodeContext,
        input: impl FnOnce() -> C,
    ) -> NodeResult<C> {
        let outer = cx.scope();
        outer.wait_stored(cx.base()).await;
        let mut scope = Scope {
            thread: outer.thread.clone(),
            namespace: outer.namespace.child(cx.base(), cx.task()),
            store: outer.store.clone(),
            clock: Arc::clone(&outer.clock),
            options: outer.options,
            answers: Arc::clone(&outer.answers),
            memo: Memo::default(),
            stored: Stored::default(),
            watch: outer.watch.clone(),
        };
        let stored = match &scope.store {
            Some(store) => {
                let found = store
                    .checkpointer
                    .load(&scope.thread, &scope.namespace, None)
                    .await;
                found.map_err(|source| inner_failure(scope.store_error(source)))?
            }
            None => None,
        };
        let (start, fields) = match stored {
            Some(stored) => {
                let recovered =
                    recover(&self.plan, &scope.thread, stored).map_err(inner_failure)?;
                if recovered.is_done {
                    return Ok(Arc::unwrap_or_clone(recovered.start.state));
                }
                scope.go_on(recovered)
            }
            None => (first_start(input().into_update()), Default::default()),
        };
        // Boxed: graphs may lie in graphs of their own type.
        let running = Box::pin(drive(&self.plan, scope, start, Recorder::on_top_of(fields)));
        match running.await.map_err(inner_failure)? {
            End::Done(state) => Ok(Arc::unwrap_or_clone(state)),
            End::Interrupted { interrupts, .. } => {
                Err(NodeError(NodeErrorKind::Interrupted(interrupts)))
            }
            // Another attempt goes on inside, where the node failed.
            End::Failed {
                error,
                may_help: true,
            } => Err(NodeError::failed(error)),
            End::Failed { error, .. } => Err(inner_failure(error)),
        }
    }
}

/// A run inside that gave up for good makes the outer task give up too.
fn inner_failure(error: RunError) -> NodeError {
    match error {
        // The question is open again in the outer graph as well.
        RunError::NodeFailed { source, .. } if source.is::<BadAnswer>() => NodeError::fatal(source),
        error if error.is_retryable() => NodeError::failed(error),
        error => NodeError::fatal(error),
    }
}
