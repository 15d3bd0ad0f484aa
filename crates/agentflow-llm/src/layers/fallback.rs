//! Asks another model where one gives no answer.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;

use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ReplyStream};

/// Models in the order in which they are asked, until one answers.
///
/// The next one is asked after errors that another model, account or provider need not have:
/// a limit, an outage, a missing right or model, a conversation that is too long, a broken
/// answer. A request that is wrong, or that a filter refused, is asked of none besides. A
/// request that names its model is meant for that one: only the first model here gets it.
///
/// ```
/// # async fn demo() -> Result<(), agentflow_llm::ModelError> {
/// use agentflow_llm::{ChatModel, ChatRequest, Fallback, ModelError, ModelFault, ScriptedModel};
///
/// let fault = ModelFault::new("large", "no room");
/// let busy = ModelError::Overloaded { fault, retry_after: None };
/// let model = Fallback::new(ScriptedModel::replies([busy])).or(ScriptedModel::replies(["done"]));
/// assert_eq!(model.complete(ChatRequest::user("hi")).await?.text(), "done");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Fallback {
    first: Arc<dyn ChatModel>,
    others: Vec<Arc<dyn ChatModel>>,
}

impl Fallback {
    /// Asks `first`, and no other until one is added by [`Fallback::or`].
    pub fn new(first: impl ChatModel + 'static) -> Self {
        Self {
            first: Arc::new(first),
            others: Vec::new(),
        }
    }

    /// Asks `model` where none before it answers.
    #[must_use]
    pub fn or(mut self, model: impl ChatModel + 'static) -> Self {
        self.others.push(Arc::new(model));
        self
    }
}

#[async_trait]
impl ChatModel for Fallback {
    fn name(&self) -> &str {
        self.first.name()
    }

    /// # Errors
    /// That of the first model where no other was asked, else [`ModelError::NoneAnswered`].
    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        self.in_turn(request, |model, request| model.complete(request))
            .await
    }

    /// # Errors
    /// As [`Fallback::complete`](ChatModel::complete). No other model goes on with what one
    /// has begun.
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        self.in_turn(request, |model, request| model.stream(request))
            .await
    }
}

impl Fallback {
    async fn in_turn<T>(
        &self,
        request: ChatRequest,
        ask: impl for<'m> Fn(&'m dyn ChatModel, ChatRequest) -> BoxFuture<'m, Result<T, ModelError>>,
    ) -> Result<T, ModelError> {
        let mut error = match ask(&*self.first, request.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if request.model.is_some() || self.others.is_empty() || !may_differ(&error) {
            return Err(error);
        }
        let mut tried = Vec::new();
        for model in &self.others {
            let (next, label) = (model.name(), request.label.as_deref());
            tracing::warn!(next, label, %error, "another model is asked");
            tried.push(error);
            error = match ask(&**model, request.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if !may_differ(&error) {
                break;
            }
        }
        tried.push(error);
        Err(ModelError::NoneAnswered { tried })
    }
}

/// Whether another model need not have this error.
fn may_differ(error: &ModelError) -> bool {
    match error {
        ModelError::Authentication { .. }
        | ModelError::Forbidden { .. }
        | ModelError::InsufficientCredit { .. }
        | ModelError::BudgetExhausted { .. }
        | ModelError::ContextLength { .. }
        | ModelError::NotFound { .. }
        | ModelError::InvalidReply { .. }
        | ModelError::NoneAnswered { .. } => true,
        other => other.is_retryable(),
    }
}
