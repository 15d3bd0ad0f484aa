//! Asks again when asking again may help.
//!
//! Knows when and how long to wait. It never changes the request and never asks another model.

use std::time::Duration;

use agentflow_core::store::Embedder;
use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable};

use crate::error::BoxError;
use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ReplyStream};

/// A model, or an embedder, that asks the one inside again after errors that may pass. Of an
/// embedder that are errors which are [`ModelError`]s.
///
/// ```
/// use agentflow_llm::{Retry, RetryPolicy, ScriptedModel};
///
/// let model = Retry::new(ScriptedModel::replies(["done"]));
/// let patient = RetryPolicy { retries_max: 5, ..RetryPolicy::default() };
/// let model = Retry::with_policy(model, patient);
/// ```
#[derive(Clone, Debug)]
pub struct Retry<M> {
    inner: M,
    policy: RetryPolicy,
}

/// How often and after which waits [`Retry`] asks again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often to ask again after the first time, 3 by default.
    pub retries_max: u32,
    /// The wait before the first retry, 1 s by default; each further one is twice as long.
    pub delay_first: Duration,
    /// The longest wait of our own choosing, before jitter, 8 s by default.
    pub delay_max: Duration,
    /// How much the waits vary, [`Jitter::UpToDouble`] by default.
    pub jitter: Jitter,
    /// The longest wait a provider may ask for, 60 s by default.
    ///
    /// When it asks for more, the error is returned at once: asking earlier would fail again,
    /// and a graph can put the thread to sleep where this call can only block.
    pub retry_after_max: Duration,
}

/// How much waits vary, so that many callers do not all come back at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jitter {
    /// Not at all; for tests.
    Off,
    /// Each wait is between itself and twice itself.
    UpToDouble,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            retries_max: 3,
            delay_first: Duration::from_secs(1),
            delay_max: Duration::from_secs(8),
            jitter: Jitter::UpToDouble,
            retry_after_max: Duration::from_secs(60),
        }
    }
}

impl<M> Retry<M> {
    /// Three retries after about 1, 2 and 4 seconds.
    pub fn new(inner: M) -> Self {
        Self::with_policy(inner, RetryPolicy::default())
    }

    /// Retries as the policy says.
    pub fn with_policy(inner: M, policy: RetryPolicy) -> Self {
        Self { inner, policy }
    }
}

impl RetryPolicy {
    fn backoff(&self) -> ExponentialBuilder {
        let backoff = ExponentialBuilder::new()
            .with_min_delay(self.delay_first.min(self.delay_max))
            .with_max_delay(self.delay_max)
            .with_max_times(self.retries_max as usize);
        match self.jitter {
            Jitter::Off => backoff,
            Jitter::UpToDouble => backoff.with_jitter(),
        }
    }

    /// The wait before the next retry; `None` to give up. `planned` is the backoff's own.
    fn wait(&self, error: &ModelError, planned: Option<Duration>) -> Option<Duration> {
        let planned = planned?;
        match error.retry_after() {
            None => Some(planned),
            Some(asked) if asked > self.retry_after_max => None,
            Some(asked) => Some(asked.max(planned)),
        }
    }
}

#[async_trait]
impl<M: ChatModel> ChatModel for Retry<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let ask = || self.inner.complete(request.clone());
        self.again(&request, ask).await
    }

    /// # Errors
    /// What has begun is not asked for again: its words were seen.
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let ask = || self.inner.stream(request.clone());
        self.again(&request, ask).await
    }
}

impl<M: ChatModel> Retry<M> {
    async fn again<T, F>(
        &self,
        request: &ChatRequest,
        ask: impl FnMut() -> F,
    ) -> Result<T, ModelError>
    where
        F: Future<Output = Result<T, ModelError>>,
    {
        ask.retry(self.policy.backoff())
            .when(ModelError::is_retryable)
            .adjust(|error, planned| self.policy.wait(error, planned))
            .notify(|error, wait| {
                let (model, label) = (self.inner.name(), request.label.as_deref());
                tracing::warn!(model, label, %error, ?wait, "chat request is retried");
            })
            .await
    }
}

#[async_trait]
impl<E: Embedder> Embedder for Retry<E> {
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, BoxError> {
        fn of_model(error: &BoxError) -> Option<&ModelError> {
            error.downcast_ref()
        }
        (|| self.inner.embed(texts))
            .retry(self.policy.backoff())
            .when(|error| of_model(error).is_some_and(ModelError::is_retryable))
            .adjust(|error, planned| self.policy.wait(of_model(error)?, planned))
            .notify(|error, wait| {
                let texts = texts.len();
                tracing::warn!(texts, %error, ?wait, "texts are embedded again");
            })
            .await
    }
}
