//! Leaves a model alone that has failed too often.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use tokio::time::Instant;

use super::moment::after;
use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ReplyEvent, ReplyStream};

/// A model that is left alone for a while once it has failed too often in a row, so that
/// callers learn at once what they would else wait for. Clones share what they have seen.
///
/// Failures are errors that may pass, [`ModelError::is_retryable`]; a refusal of a request
/// shows that the model is there. After the pause one request is let through as a trial:
/// while it runs others are refused, and how it ends decides.
#[derive(Clone, Debug)]
pub struct CircuitBreaker<M> {
    inner: M,
    circuit: Circuit,
}

/// When [`CircuitBreaker`] leaves a model alone, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// Failures in a row after which the model is left alone, 5 by default; at least one.
    pub failures_max: u32,
    /// For how long, 30 s by default. A provider that asks for more gets more.
    pub pause: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self {
            failures_max: 5,
            pause: Duration::from_secs(30),
        }
    }
}

#[derive(Debug, Default)]
struct Seen {
    /// In a row.
    failures: u32,
    /// Until when the circuit is open, if it is.
    open_until: Option<Instant>,
    /// A request is on its way that decides whether it still is.
    on_trial: bool,
}

/// Whether requests get through, and what they teach.
#[derive(Clone, Debug)]
struct Circuit {
    policy: BreakerPolicy,
    seen: Arc<Mutex<Seen>>,
}

impl<M> CircuitBreaker<M> {
    /// Five failures in a row, half a minute.
    pub fn new(inner: M) -> Self {
        Self::with_policy(inner, BreakerPolicy::default())
    }

    /// As the policy says.
    pub fn with_policy(inner: M, policy: BreakerPolicy) -> Self {
        let circuit = Circuit {
            policy,
            seen: Arc::default(),
        };
        Self { inner, circuit }
    }
}

impl Circuit {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request through, which may be the trial.
    fn admit(&self, model: &str) -> Result<Option<Trial>, ModelError> {
        let mut seen = self.seen();
        let Some(until) = seen.open_until else {
            return Ok(None);
        };
        let left = until.saturating_duration_since(Instant::now());
        if seen.on_trial || !left.is_zero() {
            return Err(ModelError::CircuitOpen {
                model: model.to_owned(),
                failures: seen.failures,
                retry_after: left,
            });
        }
        seen.on_trial = true;
        Ok(Some(Trial(self.clone())))
    }

    fn answered(&self) {
        let mut seen = self.seen();
        seen.failures = 0;
        seen.open_until = None;
    }

    fn failed(&self, model: &str, error: &ModelError) {
        if !error.is_retryable() {
            return self.answered();
        }
        let mut seen = self.seen();
        seen.failures = seen.failures.saturating_add(1);
        if seen.failures >= self.policy.failures_max {
            let asked = error.retry_after().unwrap_or_default();
            let pause = asked.max(self.policy.pause);
            seen.open_until = Some(after(Instant::now(), pause));
            let failures = seen.failures;
            tracing::warn!(model, failures, ?pause, "the circuit to a model opens");
        }
    }
}

/// The request that decides; one that is dropped decides nothing, and the next one does.
struct Trial(Circuit);

impl Drop for Trial {
    fn drop(&mut self) {
        self.0.seen().on_trial = false;
    }
}

#[async_trait]
impl<M: ChatModel> ChatModel for CircuitBreaker<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// # Errors
    /// [`ModelError::CircuitOpen`] while the model is left alone, else as the model inside.
    ///
    /// # Cancel safety
    /// As the model inside; a trial that is dropped decides nothing, and the next request is one.
    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let _trial = self.circuit.admit(self.name())?;
        let answer = self.inner.complete(request).await;
        match &answer {
            Ok(_) => self.circuit.answered(),
            Err(error) => self.circuit.failed(self.name(), error),
        }
        answer
    }

    /// How the reply ends decides, not that it begins.
    ///
    /// # Errors
    /// As [`CircuitBreaker::complete`](ChatModel::complete).
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let trial = self.circuit.admit(self.name())?;
        let reply = self.inner.stream(request).await;
        let reply = reply.inspect_err(|error| self.circuit.failed(self.name(), error))?;
        let (circuit, model) = (self.circuit.clone(), self.name().to_owned());
        let events = reply.inspect(move |event| match event {
            Ok(ReplyEvent::Done { .. }) => circuit.answered(),
            Ok(_) => {}
            Err(error) => circuit.failed(&model, error),
        });
        Ok(ReplyStream::new(events).holding(trial))
    }
}
