//! The layer.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream;

use super::alert::BudgetAlert;
use super::call::Call;
use super::policy::BudgetPolicy;
use super::terms::Terms;
use crate::{ChatModel, ChatReply, ChatRequest, Ledger, ModelError, ModelPrices, ReplyStream};

/// A model that is asked only as long as its thread and its project have something left to
/// spend, by a [`Ledger`]. Clones share all of it.
///
/// It limits what is spent over all runs and processes, and refuses. To limit one run, which
/// then pauses and can go on, is [`agentflow_core::Budget`]'s business.
///
/// A reply is charged to the project and to the thread that the request names
/// ([`ChatRequest::thread`]), and is handed out once that is stored. A reply that breaks off,
/// or that nobody waits for any more, is charged by an estimate: the request's tokens and
/// those of what came, four characters each, as a provider charges for them too. A call that
/// the provider refuses is not charged; one whose answer cannot be read or comes too late was
/// written, and is charged its request.
///
/// Calls on their way are not counted. With several at once a limit is passed by as much as
/// they cost: by one reply for each of them.
///
/// Each threshold of [`BudgetPolicy::alert_percents`] is told once, by the call that passes
/// it: to the handler, and as a warning. It is not told again after a restart, as the sums show
/// that it was passed before. Processes that pass it at the same moment may each tell, and one
/// that is killed between the charge and the alert tells nobody.
///
/// ```
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use agentflow_core::store::{MemoryStore, StorePath};
/// use agentflow_llm::{
///     Budget, BudgetPolicy, ChatModel, ChatRequest, Ledger, ModelError, ScriptedModel, SpendLimits,
/// };
///
/// let ledger = Ledger::new(Arc::new(MemoryStore::new()), &StorePath::new(["spending", "shop"])?)?;
/// let policy = BudgetPolicy {
///     thread: SpendLimits { tokens: Some(2), ..SpendLimits::default() },
///     ..BudgetPolicy::default()
/// };
/// let model = Budget::new(ScriptedModel::replies(["done", "done"]), ledger, policy)
///     .on_alert(|alert| println!("{} % are spent", alert.threshold_percent));
/// let request = || ChatRequest::user("hi").thread("order-7");
/// model.complete(request()).await?;
/// let refused = model.complete(request()).await;
/// assert!(matches!(refused, Err(ModelError::BudgetExhausted { spent: 2, limit: 2, .. })));
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Budget<M> {
    inner: M,
    terms: Arc<Terms>,
}

impl<M> Budget<M> {
    /// Spends what the policy allows, and writes it into this ledger.
    pub fn new(inner: M, ledger: Ledger, policy: BudgetPolicy) -> Self {
        Self {
            inner,
            terms: Arc::new(Terms::new(ledger, policy)),
        }
    }

    /// Counts the money of replies whose provider names no cost, and of estimates, by these
    /// prices. Without them such a reply counts by its tokens only, with a warning if money is
    /// limited. An estimate is priced as a reply of the model that was asked.
    #[must_use]
    pub fn prices(mut self, prices: impl Into<Arc<ModelPrices>>) -> Self {
        Arc::make_mut(&mut self.terms).prices = prices.into();
        self
    }

    /// Tells `handler` of alerts. It is called before the reply is handed out, so it should
    /// only pass on what it hears.
    #[must_use]
    pub fn on_alert(mut self, handler: impl Fn(&BudgetAlert) + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.terms).handler = Some(Arc::new(handler));
        self
    }
}

#[async_trait]
impl<M: ChatModel> ChatModel for Budget<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// # Errors
    /// [`ModelError::BudgetExhausted`] if a limit is reached, and [`ModelError::Ledger`] if the
    /// sums cannot be read; then the model is not asked. [`ModelError::NotCharged`] if the
    /// reply cannot be charged: it is lost then, and counts as soon as the store is back. Else
    /// as the model inside.
    ///
    /// # Cancel safety
    /// As the model inside; a call that is dropped is charged for its request.
    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let mut call = Call::begin(&self.terms, &request, self.name()).await?;
        match self.inner.complete(request).await {
            Ok(reply) => {
                call.answered(&reply).await?;
                Ok(reply)
            }
            Err(error) => {
                call.failed(&error);
                Err(error)
            }
        }
    }

    /// Charges when the reply has ended, and an estimate if it breaks off or is dropped.
    ///
    /// # Errors
    /// As [`Budget::complete`](ChatModel::complete); what is about the charge comes in place of
    /// the last event.
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let call = Call::begin(&self.terms, &request, self.name()).await?;
        let reply = match self.inner.stream(request).await {
            Ok(reply) => reply,
            Err(error) => {
                call.failed(&error);
                return Err(error);
            }
        };
        let events = stream::unfold((reply, call), |(mut reply, mut call)| async move {
            let event = reply.next().await?;
            let event = call.hear(event).await;
            Some((event, (reply, call)))
        });
        Ok(ReplyStream::new(events))
    }
}
