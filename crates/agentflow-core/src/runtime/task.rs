//! One attempt of one node, and the wait before another.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::BoxFuture;

use super::context::NodeContext;
use super::shell::Scope;
use crate::command::Command;
use crate::engine::{Input, RunTask};
use crate::error::{NodeError, NodeErrorKind, NodeResult};
use crate::graph::{NodeFuture, Plan};
use crate::state::State;

/// What runs beside the driver and stops with the run.
pub(super) enum Work<S: State> {
    Attempt(Attempt<S>),
    Timer {
        slot: usize,
        timer: BoxFuture<'static, ()>,
    },
    /// For a task to wait for the store.
    StoreNow(BoxFuture<'static, ()>),
}

/// One attempt of one node.
pub(super) struct Attempt<S: State> {
    slot: usize,
    cx: NodeContext,
    running: NodeFuture<S>,
}

impl<S: State> Attempt<S> {
    pub(super) fn new(scope: &Arc<Scope>, plan: &Plan<S>, run: RunTask<S>) -> Self {
        let cx = NodeContext::new(Arc::clone(scope), run.task, run.attempt, run.base);
        let running = plan.nodes[run.node].node.start(run.input, cx.clone());
        Self {
            slot: run.slot,
            cx,
            running,
        }
    }

    fn poll_node(&mut self, cx: &mut Context<'_>) -> Poll<NodeResult<Command<S>>> {
        // A node's panic ends its task, as an error of the node.
        let polled = catch_unwind(AssertUnwindSafe(|| self.running.poll_unpin(cx)));
        polled.unwrap_or_else(|panic| {
            let message = panic_message(&*panic);
            Poll::Ready(Err(NodeError(NodeErrorKind::Panicked(message))))
        })
    }
}

impl<S: State> Future for Work<S> {
    type Output = Input<S>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Input<S>> {
        match &mut *self {
            Self::Attempt(attempt) => {
                let result = ready!(attempt.poll_node(cx));
                let result = with_open_questions(result, &attempt.cx);
                Poll::Ready(Input::TaskFinished {
                    slot: attempt.slot,
                    result,
                })
            }
            Self::Timer { slot, timer } => {
                ready!(timer.poll_unpin(cx));
                Poll::Ready(Input::TimerFired { slot: *slot })
            }
            Self::StoreNow(asked) => {
                ready!(asked.poll_unpin(cx));
                Poll::Ready(Input::StoreNow)
            }
        }
    }
}

/// A node that swallowed the error of its question still has no answer.
fn with_open_questions<S: State>(
    result: NodeResult<Command<S>>,
    cx: &NodeContext,
) -> NodeResult<Command<S>> {
    let mut open = cx.take_open();
    match result {
        Err(NodeError(NodeErrorKind::Interrupted(asked))) => {
            // A graph inside hands its questions on; a node's own are in the context.
            for interrupt in asked {
                if open.iter().all(|known| known.id != interrupt.id) {
                    open.push(interrupt);
                }
            }
            Err(NodeError(NodeErrorKind::Interrupted(open)))
        }
        Ok(_) | Err(NodeError(NodeErrorKind::Failed(_))) if !open.is_empty() => {
            Err(NodeError(NodeErrorKind::Interrupted(open)))
        }
        other => other,
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}
