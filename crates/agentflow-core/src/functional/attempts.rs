//! Runs a task until it has a result or its retries are used up.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};

use super::call::Call;
use super::inside::run_inside;
use super::places::Places;
use super::shown::Shown;
use crate::error::{NodeError, NodeErrorKind, NodeTimeout, TimeoutKind};
use crate::id::NodeId;
use crate::runtime::NodeContext;

/// A task that has no result.
pub(super) struct GaveUp {
    pub(super) error: NodeError,
    pub(super) attempts: u32,
}

/// What a task is run with.
pub(super) struct Attempts<'a> {
    pub(super) call: &'a Call,
    pub(super) node: &'a NodeContext,
    pub(super) places: &'a Arc<Places>,
    /// The run of the entrypoint.
    pub(super) entry: usize,
}

impl Attempts<'_> {
    pub(super) async fn run<T, E, Fut>(&self, task: impl Fn() -> Fut) -> Result<T, GaveUp>
    where
        E: Into<NodeError>,
        Fut: Future<Output = Result<T, E>>,
    {
        let mut decided = vec![0; self.call.spec.retry.len()];
        let mut attempts = 0;
        loop {
            attempts += 1;
            let failed = match self.attempt(attempts, &task).await {
                Ok(result) => return Ok(result),
                Err(error) => error,
            };
            let wait = self.wait_after(&failed, &mut decided);
            let (Some(wait), NodeErrorKind::Failed(error)) = (wait, &failed.0) else {
                return Err(GaveUp {
                    error: failed,
                    attempts,
                });
            };
            let shown = Shown::new(self.node, self.call);
            let told = shown.retries(attempts, error.to_string()).await;
            told.map_err(|error| GaveUp { error, attempts })?;
            self.node.clock().sleep(wait).await;
        }
    }

    /// One attempt, in its place and its time.
    async fn attempt<T, E, Fut>(
        &self,
        attempt: u32,
        task: impl FnOnce() -> Fut,
    ) -> Result<T, NodeError>
    where
        E: Into<NodeError>,
        Fut: Future<Output = Result<T, E>>,
    {
        let _place = self.places.take().await;
        Shown::new(self.node, self.call).started(attempt).await?;
        let running = pin!(run_inside(self.entry, task));
        let Some(limit) = self.call.spec.timeout else {
            return running.await.map_err(Into::into);
        };
        let clock = self.node.clock();
        let began = clock.now();
        match select(running, clock.sleep(limit)).await {
            Either::Left((result, _)) => result.map_err(Into::into),
            Either::Right(((), _)) => Err(NodeError::failed(NodeTimeout {
                node: NodeId::from(self.call.task()),
                kind: TimeoutKind::Run,
                limit,
                elapsed: clock.now().since(began),
            })),
        }
    }

    /// How long to wait before another attempt, if there is to be one.
    fn wait_after(&self, failed: &NodeError, decided: &mut [u32]) -> Option<Duration> {
        let NodeErrorKind::Failed(error) = &failed.0 else {
            return None;
        };
        let policies = &self.call.spec.retry;
        let place = policies.iter().position(|policy| policy.fits(error))?;
        let policy = &policies[place];
        decided[place] += 1;
        if decided[place] >= policy.max_attempts {
            return None;
        }
        let task = format!("{}/{}", self.node.task(), self.call.record_name());
        let thread = self.node.thread().as_str();
        let jitter = policy.jitter_of(thread, &task, decided[place]);
        Some(policy.delay_after(decided[place]).saturating_add(jitter))
    }
}
