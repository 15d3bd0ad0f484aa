//! Calls a task: takes its recorded result or its cached one, or runs it and records
//! what it returns.

use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::attempts::{Attempts, GaveUp};
use super::call::Call;
use super::context::EntryContext;
use super::error::TaskError;
use super::record;
use super::shown::Shown;
use crate::cache::CacheKey;
use crate::error::{NodeError, NodeErrorKind, NodeFailure, NodeResult};
use crate::id::NodeId;
use crate::interrupt::derive_key;
use crate::runtime::NodeContext;
use crate::state::to_bytes;

/// A task's result that was not recorded, and whether it comes from the cache.
struct Fresh<T> {
    result: T,
    cached: bool,
}

impl<S> EntryContext<S> {
    /// The task's result, which is an error if it has none.
    pub(super) async fn call<T, E, Fut>(&self, call: &Call, task: impl Fn() -> Fut) -> NodeResult<T>
    where
        T: Serialize + DeserializeOwned,
        E: Into<NodeError>,
        Fut: Future<Output = Result<T, E>>,
    {
        if let Some(result) = self.recall(call).await? {
            return Ok(result);
        }
        let shown = Shown::new(&self.node, call);
        let Fresh { result, cached } = match self.fresh(call, task).await {
            Ok(fresh) => fresh,
            Err(gave_up) => {
                if let Some(message) = gave_up.message() {
                    shown.failed(message).await?;
                }
                return Err(gave_up.into_error(call));
            }
        };
        self.keep(call, &result).await?;
        if !cached {
            shown.ended(&result).await?;
        }
        shown.updated(&result, cached).await?;
        Ok(result)
    }

    /// As [`EntryContext::call`], where a failure is a result too.
    pub(super) async fn try_call<T, E, Fut>(
        &self,
        call: &Call,
        task: impl Fn() -> Fut,
    ) -> NodeResult<Result<T, NodeFailure>>
    where
        T: Serialize + DeserializeOwned,
        E: Into<NodeError>,
        Fut: Future<Output = Result<T, E>>,
    {
        if let Some(result) = self.recall(call).await? {
            return Ok(result);
        }
        let (result, cached) = match self.fresh(call, task).await {
            Ok(fresh) => (Ok(fresh.result), fresh.cached),
            Err(gave_up) => (Err(gave_up.into_failure(call)?), false),
        };
        self.keep(call, &result).await?;
        let shown = Shown::new(&self.node, call);
        match &result {
            Ok(result) if !cached => shown.ended(result).await?,
            Ok(_) => {}
            Err(failure) => shown.failed(failure.message().to_owned()).await?,
        }
        shown.updated(&result, cached).await?;
        Ok(result)
    }

    async fn recall<T: Serialize + DeserializeOwned>(&self, call: &Call) -> NodeResult<Option<T>> {
        let Some(recorded) = self.node.recorded(&call.record_name()).await? else {
            return Ok(None);
        };
        let result = record::decode(call, &recorded)?;
        Shown::new(&self.node, call).updated(&result, true).await?;
        Ok(Some(result))
    }

    async fn keep<T: Serialize>(&self, call: &Call, result: &T) -> NodeResult<()> {
        let encoded = record::encode(call, result)?;
        self.node.record(&call.record_name(), encoded).await
    }

    async fn fresh<T, E, Fut>(
        &self,
        call: &Call,
        task: impl Fn() -> Fut,
    ) -> Result<Fresh<T>, GaveUp>
    where
        T: Serialize + DeserializeOwned,
        E: Into<NodeError>,
        Fut: Future<Output = Result<T, E>>,
    {
        if let Some(result) = self.cached(call).await {
            let cached = true;
            return Ok(Fresh { result, cached });
        }
        let attempts = Attempts {
            call,
            node: &self.node,
            places: &self.shared.places,
            entry: self.entry(),
        };
        let result = attempts.run(task).await?;
        self.fill_cache(call, &result).await;
        let cached = false;
        Ok(Fresh { result, cached })
    }

    async fn cached<T: DeserializeOwned>(&self, call: &Call) -> Option<T> {
        let (Some(cache), Some(_)) = (self.node.cache(), &call.spec.cache) else {
            return None;
        };
        let now = self.node.clock().now();
        match cache.get(&cache_key(&self.node, call), now).await {
            // What another build has left and this one cannot read is as good as nothing.
            Ok(found) => serde_json::from_slice(&found?).ok(),
            Err(error) => {
                tracing::warn!(task = call.task(), %error, "the cache could not be read");
                None
            }
        }
    }

    async fn fill_cache<T: Serialize>(&self, call: &Call, result: &T) {
        let (Some(cache), Some(policy)) = (self.node.cache(), &call.spec.cache) else {
            return;
        };
        // One that does not encode cannot be recorded either, which is told there.
        let Ok(encoded) = to_bytes(result) else {
            return;
        };
        let expires_at = policy.ttl.map(|ttl| self.node.clock().now().after(ttl));
        let key = cache_key(&self.node, call);
        if let Err(error) = cache.put(key, encoded, expires_at).await {
            tracing::warn!(task = call.task(), %error, "a result could not be cached");
        }
    }
}

impl GaveUp {
    /// What is wrong, if that is a failure.
    fn message(&self) -> Option<String> {
        match &self.error.0 {
            NodeErrorKind::Failed(source) | NodeErrorKind::Fatal(source) => {
                Some(source.to_string())
            }
            _ => None,
        }
    }

    fn into_error(self, call: &Call) -> NodeError {
        let Self { error, attempts } = self;
        let failed = |source| TaskError::Failed {
            task: call.task().to_owned(),
            place: call.place.clone(),
            attempts,
            source,
        };
        match error.0 {
            NodeErrorKind::Failed(source) => NodeError::failed(failed(source)),
            NodeErrorKind::Fatal(source) => NodeError::fatal(failed(source)),
            other => NodeError(other),
        }
    }

    /// What is recorded of it; what is no failure is handed on.
    fn into_failure(self, call: &Call) -> NodeResult<NodeFailure> {
        match self.error.0 {
            NodeErrorKind::Failed(source) | NodeErrorKind::Fatal(source) => {
                let task = NodeId::from(call.task());
                Ok(NodeFailure::new(task, self.attempts, &source))
            }
            other => Err(NodeError(other)),
        }
    }
}

/// Two entrypoints may call different tasks the same.
fn cache_key(node: &NodeContext, call: &Call) -> CacheKey {
    let parts = [node.node().as_str(), call.task(), &call.argument];
    CacheKey {
        node: call.task().to_owned(),
        input: derive_key("agentflow task cache v1", &parts)[..32].to_owned(),
    }
}
