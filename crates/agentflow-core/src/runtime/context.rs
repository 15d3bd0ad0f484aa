//! What a running node may know and ask.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::shell::Scope;
use crate::checkpoint::CodecError;
use crate::error::{BadAnswer, NodeError, NodeErrorKind, NodeResult};
use crate::id::{CheckpointId, NodeId, Step, TaskId, ThreadId};
use crate::interrupt::{Interrupt, InterruptPlace, QuestionKey, derive_key};
use crate::stream::{StreamKind, StreamMode};

/// What a running node may know and ask. Cheap to clone.
#[derive(Clone, Debug)]
pub struct NodeContext {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    scope: Arc<Scope>,
    task: TaskId,
    attempt: u32,
    base: CheckpointId,
    asked: AtomicU32,
    open: Mutex<Vec<Interrupt>>,
}

impl NodeContext {
    pub(super) fn new(scope: Arc<Scope>, task: TaskId, attempt: u32, base: CheckpointId) -> Self {
        let (asked, open) = (AtomicU32::new(0), Mutex::default());
        Self {
            inner: Arc::new(Inner {
                scope,
                task,
                attempt,
                base,
                asked,
                open,
            }),
        }
    }

    /// The thread this run belongs to.
    #[must_use]
    pub fn thread(&self) -> &ThreadId {
        &self.inner.scope.thread
    }

    /// The node that runs.
    #[must_use]
    pub fn node(&self) -> &NodeId {
        &self.inner.task.node
    }

    /// The superstep it runs in.
    #[must_use]
    pub fn step(&self) -> Step {
        self.inner.task.step
    }

    /// Which attempt this is, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.inner.attempt
    }

    /// Asks a question and pauses the thread until it is answered.
    ///
    /// The first time it returns an error that the node hands on by `?`. On resume
    /// the node runs again from its first line and gets the answer here. Several
    /// questions of one node are matched by the order in which it asks them; name
    /// them with [`NodeContext::interrupt_keyed`] where that order may differ.
    ///
    /// # Errors
    /// While there is no answer, and if the answer does not decode into `A`; then the
    /// run fails and the question is open again.
    pub fn interrupt<A: DeserializeOwned>(&self, question: impl Serialize) -> NodeResult<A> {
        let place = self.inner.asked.fetch_add(1, Ordering::Relaxed);
        self.ask(QuestionKey::Place(place), question)
    }

    /// Asks a question under a name that is unique in this node: asked again under
    /// the same name, it has the same answer.
    ///
    /// # Errors
    /// As [`NodeContext::interrupt`].
    pub fn interrupt_keyed<A: DeserializeOwned>(
        &self,
        key: &str,
        question: impl Serialize,
    ) -> NodeResult<A> {
        self.ask(QuestionKey::Name(key), question)
    }

    fn ask<A: DeserializeOwned>(
        &self,
        key: QuestionKey<'_>,
        question: impl Serialize,
    ) -> NodeResult<A> {
        let scope = &self.inner.scope;
        let place = InterruptPlace {
            thread: scope.thread.as_str(),
            namespace: &scope.namespace,
            base: self.inner.base.0,
            task: &self.inner.task,
            key,
        };
        let id = place.id();
        if let Some(answer) = scope.answers.get(&id) {
            return serde_json::from_value(answer.clone()).map_err(|source| {
                let source = CodecError::decoding("the answer", source);
                NodeError::fatal(BadAnswer {
                    id,
                    node: self.node().clone(),
                    source,
                })
            });
        }
        let payload = serde_json::to_value(question).map_err(|source| {
            NodeError::fatal(CodecError::encoding(
                format!("a question of `{}`", self.node()),
                source,
            ))
        })?;
        let interrupt = Interrupt::new(&place, payload);
        let mut open = self.open_interrupts();
        // Asked twice under one name it is one question.
        if !open.iter().any(|asked| asked.id == interrupt.id) {
            open.push(interrupt.clone());
        }
        drop(open);
        Err(NodeError(NodeErrorKind::Interrupted(vec![interrupt])))
    }

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
        let scope = &self.inner.scope;
        scope.wait_stored(self.inner.base).await;
        if let Some(recorded) = scope.memo.get(&self.inner.task, name) {
            self.store_once(name).await?;
            return serde_json::from_slice(&recorded.result)
                .map_err(|source| NodeError::fatal(CodecError::decoding(what(), source)));
        }
        let result = effect().await.map_err(Into::into)?;
        let encoded = serde_json::to_vec(&result)
            .map_err(|source| NodeError::fatal(CodecError::encoding(what(), source)))?;
        // Kept before it is stored: if the store fails now, another attempt of this run
        // stores it again and does not repeat the effect.
        scope
            .memo
            .put(&self.inner.task, self.inner.base, name, encoded);
        self.store_once(name).await?;
        Ok(result)
    }

    async fn store_once(&self, name: &str) -> NodeResult<()> {
        let Inner {
            scope, task, base, ..
        } = &*self.inner;
        scope.store_once(task, *base, name).await.map_err(|error| {
            if error.is_retryable() {
                NodeError::failed(error)
            } else {
                NodeError::fatal(error)
            }
        })
    }

    /// A key for a service that takes one: the same for the same `name` in the same
    /// task over retries, crashes and workers, and different everywhere else.
    ///
    /// Use it inside of [`NodeContext::once`]: a run that is not `Sync` may crash before
    /// anything of it is stored, and the next one then begins with the same keys.
    #[must_use]
    pub fn idempotency_key(&self, name: &str) -> String {
        let scope = &self.inner.scope;
        let parts = [
            scope.thread.as_str(),
            scope.namespace.as_str(),
            &self.inner.base.to_string(),
            &self.inner.task.to_string(),
            name,
        ];
        derive_key("agentflow idempotency key v1", &parts)[..32].to_owned()
    }

    /// Tells watchers of [`StreamMode::Custom`]; waits while they are behind.
    ///
    /// # Errors
    /// If the value does not serialise. That nobody watches is no error.
    pub async fn emit(&self, value: impl Serialize) -> NodeResult<()> {
        let Some(watch) = self.inner.scope.watch.as_ref() else {
            return Ok(());
        };
        if watch.modes.contains(StreamMode::Custom) {
            let value = serde_json::to_value(value)
                .map_err(|source| CodecError::encoding("an emitted value", source))?;
            let kind = StreamKind::Custom {
                node: self.node().clone(),
                value,
            };
            watch
                .send(&self.inner.scope.namespace, self.step(), kind)
                .await;
        }
        Ok(())
    }

    /// Waits by the run's clock. A run that stops meanwhile waits anew when it goes on.
    pub async fn sleep(&self, wait: Duration) {
        self.inner.scope.clock.sleep(wait).await;
    }

    pub(super) fn scope(&self) -> &Arc<Scope> {
        &self.inner.scope
    }

    pub(super) fn task(&self) -> &TaskId {
        &self.inner.task
    }

    pub(super) fn base(&self) -> CheckpointId {
        self.inner.base
    }

    /// Questions without an answer. A node that swallowed their error still waits.
    pub(super) fn take_open(&self) -> Vec<Interrupt> {
        std::mem::take(&mut *self.open_interrupts())
    }

    fn open_interrupts(&self) -> std::sync::MutexGuard<'_, Vec<Interrupt>> {
        self.inner
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
