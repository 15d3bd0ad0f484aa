//! Effects on the world outside: done once, and recognised by who takes a key.

use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::NodeContext;
use crate::checkpoint::{CodecError, RecordKind};
use crate::error::{NodeError, NodeResult};
use crate::interrupt::derive_key;

impl NodeContext {
    /// Runs an effect and records its result before the node goes on. When the task
    /// runs again, after a failure, a crash or an interrupt, the record is returned
    /// and the effect is not repeated.
    ///
    /// A crash between the effect and its record leaves none. Close that window by
    /// [`NodeContext::idempotency_key`] if the service takes one, or by looking
    /// first whether the effect is there. The name is unique in this node. Before the
    /// effect, a run that is not `Sync` waits until what came before is stored.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, State};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Order { receipt: Option<String> }
    /// # async fn charge(_key: String) -> Result<String, std::io::Error> { Ok("r-1".into()) }
    /// async fn pay(_: Arc<Order>, cx: NodeContext) -> NodeResult<OrderUpdate> {
    ///     let key = cx.idempotency_key("charge");
    ///     let receipt = cx.once("charge", || charge(key)).await?;
    ///     Ok(Order::update().receipt(receipt))
    /// }
    /// ```
    ///
    /// # Errors
    /// The effect's own error, which is not recorded; or the store's.
    ///
    /// # Cancel safety
    /// Dropped before the effect returned, nothing is recorded. That is also what happens
    /// when another task of the superstep fails for good. Once the effect has returned, a
    /// run that ends still stores its record; only a crash can lose it.
    pub async fn once<T, E, F, Fut>(&self, name: &str, effect: F) -> NodeResult<T>
    where
        T: Serialize + DeserializeOwned,
        E: Into<NodeError>,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let what = || format!("the result of `{name}` in node `{}`", self.node());
        if let Some(recorded) = self.recorded(name).await? {
            return serde_json::from_slice(&recorded)
                .map_err(|source| NodeError::fatal(CodecError::decoding(what(), source)));
        }
        let result = effect().await.map_err(Into::into)?;
        let encoded = serde_json::to_vec(&result)
            .map_err(|source| NodeError::fatal(CodecError::encoding(what(), source)))?;
        self.record(name, encoded).await?;
        Ok(result)
    }

    /// What an earlier run of this part of the task has recorded under `name`, once the
    /// store has that too, and what this one builds on.
    pub(crate) async fn recorded(&self, name: &str) -> NodeResult<Option<Vec<u8>>> {
        let scope = &self.inner.scope;
        scope.wait_stored(self.inner.of.base).await;
        let part = self.part();
        let Some(recorded) = scope.run.memo.get(&scope.namespace, &part, name) else {
            return Ok(None);
        };
        self.store_once(&part, name).await?;
        Ok(Some(recorded.result))
    }

    /// Records what is not to be done again under a name that is unique in this node.
    pub(crate) async fn record(&self, name: &str, encoded: Vec<u8>) -> NodeResult<()> {
        // Kept before it is stored: if the store fails now, another attempt of this run
        // stores it again and does not repeat the effect.
        let (part, at) = (self.part(), (self.inner.of.base, self.root_step()));
        let scope = &self.inner.scope;
        let memo = &scope.run.memo;
        memo.put(
            &scope.namespace,
            &part,
            at,
            (RecordKind::Once, name),
            encoded,
        );
        self.store_once(&part, name).await
    }

    pub(super) async fn store_once(&self, part: &str, name: &str) -> NodeResult<()> {
        let stored = self.inner.scope.store_once(part, self.inner.of.base, name);
        stored.await.map_err(NodeError::of_store)
    }

    /// A key for a service that takes one: the same for the same `name` in the same
    /// task over retries, crashes and workers, and different everywhere else: in a copy
    /// of the thread, and in one that was deleted and begun anew.
    ///
    /// Use it inside of [`NodeContext::once`]: a run that is not `Sync` may crash before
    /// anything of it is stored, and the next one then begins with the same keys.
    #[must_use]
    pub fn idempotency_key(&self, name: &str) -> String {
        let scope = &self.inner.scope;
        let parts = [
            scope.run.thread.as_str(),
            scope.run.origin.as_str(),
            scope.namespace.as_str(),
            &self.inner.of.base.to_string(),
            &self.part(),
            name,
        ];
        derive_key("agentflow idempotency key v2", &parts)[..32].to_owned()
    }
}
