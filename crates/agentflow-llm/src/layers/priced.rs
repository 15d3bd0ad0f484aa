//! Says what replies cost whose provider does not.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;

use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ModelPrices, ReplyEvent, ReplyStream};

/// A model whose replies say what they cost, by the prices of the models that answered.
///
/// A cost that the provider names is left as it is; a model without a price leaves
/// [`Usage::cost_micro_usd`](crate::Usage::cost_micro_usd) open.
///
/// ```
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_llm::{
///     ChatModel, ChatRequest, ModelPrice, ModelPrices, Priced, ScriptedModel, ScriptedReply, Usage,
/// };
///
/// let reply = ScriptedReply::from("done").usage(Usage::tokens(1000, 100));
/// let prices = ModelPrices::new().with("scripted", ModelPrice::per_million("0.45", "3.2")?);
/// let model = Priced::new(ScriptedModel::replies([reply]), prices);
/// let reply = model.complete(ChatRequest::user("hi")).await?;
/// assert_eq!(reply.usage.cost_micro_usd, Some(770));
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Priced<M> {
    inner: M,
    prices: Arc<ModelPrices>,
}

impl<M> Priced<M> {
    /// Counts by these prices.
    pub fn new(inner: M, prices: impl Into<Arc<ModelPrices>>) -> Self {
        Self {
            inner,
            prices: prices.into(),
        }
    }
}

fn price(reply: &mut ChatReply, prices: &ModelPrices) {
    let named = reply.usage.cost_micro_usd;
    reply.usage.cost_micro_usd = named.or_else(|| prices.cost(&reply.model, &reply.usage));
}

#[async_trait]
impl<M: ChatModel> ChatModel for Priced<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let mut reply = self.inner.complete(request).await?;
        price(&mut reply, &self.prices);
        Ok(reply)
    }

    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let events = self.inner.stream(request).await?;
        let prices = Arc::clone(&self.prices);
        Ok(ReplyStream::new(events.map(move |mut event| {
            if let Ok(ReplyEvent::Done { reply }) = &mut event {
                price(reply, &prices);
            }
            event
        })))
    }
}
