//! One attempt of one node, with its limits, and the waits of a run.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::cached::cached;
use super::context::{AttemptOf, Left, NodeContext, Part};
use super::scope::Scope;
use crate::clock::Timestamp;
use crate::command::Command;
use crate::engine::{Beside, Input, RunExtra, RunTask, panic_message};
use crate::error::{NodeError, NodeErrorKind, NodeResult, NodeTimeout, TimeoutKind};
use crate::graph::{NodeFuture, Plan};
use crate::id::NodeId;
use crate::policy::TimeoutPolicy;
use crate::state::State;

/// What runs beside the driver and stops with the run.
pub(super) enum Work<'a, S: State> {
    Attempt(Attempt<'a, S>),
    Timer {
        slot: usize,
        timer: BoxFuture<'static, ()>,
    },
    /// For somebody to ask for something.
    Other(BoxFuture<'static, Input<S>>),
    /// It has been told what happened.
    Over,
}

/// One attempt of one node.
pub(super) struct Attempt<'a, S: State> {
    slot: usize,
    cx: NodeContext,
    running: NodeFuture<'a, S>,
    limits: Option<Box<Limits>>,
}

/// How long an attempt may take.
struct Limits {
    began: Timestamp,
    run: Option<(Duration, BoxFuture<'static, ()>)>,
    idle: Option<(Duration, BoxFuture<'static, ()>)>,
}

impl<'a, S: State> Attempt<'a, S> {
    /// Begins an attempt, in the context of one that is over if there is one.
    pub(super) fn new(
        scope: &Arc<Scope>,
        plan: &'a Plan<S>,
        run: RunTask<S>,
        spare: Option<NodeContext>,
    ) -> Self {
        let node = &plan.nodes[run.node];
        let (timeout, failure) = match run.extra {
            Some(extra) => {
                let RunExtra { timeout, failure } = *extra;
                (timeout, failure)
            }
            None => (None, None),
        };
        let part = match failure {
            Some(_) => Part::Handler,
            None => Part::Node,
        };
        let of = AttemptOf {
            task: run.task,
            number: run.attempt,
            base: run.base,
            part,
        };
        let cx = NodeContext::reusing(spare, scope, of);
        let running = match failure {
            Some((failure, state)) => match &node.options.handler {
                Some(handler) => {
                    cx.take_over_events();
                    handler(state, failure, cx.clone())
                }
                None => {
                    unreachable!("the engine hands out a failure only to a node with a handler")
                }
            },
            None if node.options.cache.is_some() && scope.run.cache.is_some() => {
                cached(plan, run.node, run.input, cx.clone())
            }
            None => node.node.start(run.input, cx.clone()),
        };
        let policy = match timeout {
            Some(limit) => TimeoutPolicy {
                run: Some(limit),
                ..node.options.timeout
            },
            None => node.options.timeout,
        };
        Self {
            slot: run.slot,
            limits: Limits::of(policy, scope, &cx),
            cx,
            running,
        }
    }

    /// It is over. Returns what it leaves beside its result, and its context, for another.
    pub(super) fn end(self) -> (Option<Box<Left>>, NodeContext) {
        (self.cx.end(), self.cx)
    }

    pub(super) fn poll_node(&mut self, cx: &mut Context<'_>) -> Poll<NodeResult<Command<S>>> {
        // A node's panic ends its task, as an error of the node.
        let mut polled = Poll::Pending;
        let caught = catch_unwind(AssertUnwindSafe(|| polled = self.running.poll_unpin(cx)));
        if let Err(panic) = caught {
            let message = panic_message(&*panic);
            return Poll::Ready(Err(NodeError(NodeErrorKind::Panicked(message))));
        }
        if let (Some(limits), Poll::Pending) = (&mut self.limits, &polled) {
            let over = ready!(limits.poll(cx, &self.cx));
            return Poll::Ready(Err(NodeError::failed(over)));
        }
        polled
    }
}

impl Limits {
    #[inline]
    fn of(policy: TimeoutPolicy, scope: &Scope, cx: &NodeContext) -> Option<Box<Self>> {
        let TimeoutPolicy { run, idle } = policy;
        (run.is_some() || idle.is_some()).then(|| Self::begin(policy, scope, cx))
    }

    fn begin(policy: TimeoutPolicy, scope: &Scope, cx: &NodeContext) -> Box<Self> {
        cx.heartbeat();
        let clock = &scope.run.clock;
        let timer = |limit: Duration| (limit, clock.sleep(limit));
        Box::new(Self {
            began: cx.alive_at(),
            run: policy.run.map(timer),
            idle: policy.idle.map(timer),
        })
    }

    /// Ready when the attempt has had its time.
    fn poll(&mut self, cx: &mut Context<'_>, node: &NodeContext) -> Poll<NodeTimeout> {
        let clock = &node.scope().run.clock;
        if let Some((limit, timer)) = &mut self.run
            && timer.poll_unpin(cx).is_ready()
        {
            let elapsed = clock.now().since(self.began);
            return Poll::Ready(timed_out(node.node(), TimeoutKind::Run, *limit, elapsed));
        }
        let Some((limit, timer)) = &mut self.idle else {
            return Poll::Pending;
        };
        loop {
            ready!(timer.poll_unpin(cx));
            let now = clock.now();
            let quiet = now.since(node.alive_at());
            if quiet >= *limit {
                let elapsed = now.since(self.began);
                return Poll::Ready(timed_out(node.node(), TimeoutKind::Idle, *limit, elapsed));
            }
            *timer = clock.sleep(limit.saturating_sub(quiet));
        }
    }
}

fn timed_out(node: &NodeId, kind: TimeoutKind, limit: Duration, elapsed: Duration) -> NodeTimeout {
    NodeTimeout {
        node: node.clone(),
        kind,
        limit,
        elapsed,
    }
}

impl<S: State> Future for Work<'_, S> {
    /// What happened, and the context of the attempt that is over.
    type Output = (Input<S>, Option<NodeContext>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Attempt(attempt) => {
                let result = ready!(attempt.poll_node(cx));
                let Self::Attempt(attempt) = std::mem::replace(&mut *self, Self::Over) else {
                    unreachable!("it was one a moment ago")
                };
                let slot = attempt.slot;
                let (left, spare) = attempt.end();
                let (result, beside) = with_left(result, left);
                let input = Input::TaskFinished {
                    slot,
                    result,
                    beside,
                };
                Poll::Ready((input, Some(spare)))
            }
            Self::Timer { slot, timer } => {
                ready!(timer.poll_unpin(cx));
                Poll::Ready((Input::TimerFired { slot: *slot }, None))
            }
            Self::Other(asked) => asked.poll_unpin(cx).map(|input| (input, None)),
            Self::Over => unreachable!("a future that is done is not polled"),
        }
    }
}

/// A result with what its attempt leaves beside it.
pub(super) fn with_left<S: State>(
    result: NodeResult<Command<S>>,
    left: Option<Box<Left>>,
) -> (NodeResult<Command<S>>, Option<Box<Beside>>) {
    match left {
        None => (result, None),
        Some(left) => {
            let Left { open, beside } = *left;
            (with_open_questions(result, open), beside)
        }
    }
}

/// A node that swallowed the error of its question still has no answer.
fn with_open_questions<S: State>(
    result: NodeResult<Command<S>>,
    mut open: Vec<crate::Interrupt>,
) -> NodeResult<Command<S>> {
    if open.is_empty() {
        return result;
    }
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
        Ok(_) | Err(NodeError(NodeErrorKind::Failed(_))) => {
            Err(NodeError(NodeErrorKind::Interrupted(open)))
        }
        other => other,
    }
}
