//! What is done with a thread as a whole, and what it is told from outside.

use std::sync::Arc;

use serde::Serialize;

use super::handle::Thread;
use crate::checkpoint::{Checkpointer, CodecError, Delivery, EventId, Prune};
use crate::error::RunError;
use crate::id::ThreadId;
use crate::runtime::run::store_error;
use crate::state::State;

impl<S: State, I, O> Thread<'_, S, I, O> {
    /// Tells the thread that something happened: a node that waits for an event of this
    /// name by [`crate::NodeContext::wait_event`] gets it. One that nobody waits for yet
    /// is kept, also if the thread never ran.
    ///
    /// # Errors
    /// Without a checkpointer, if the event does not serialise, is too large, or if too
    /// many wait already.
    pub async fn deliver(
        &self,
        name: impl Into<String>,
        event: impl Serialize,
    ) -> Result<EventId, RunError> {
        self.deliver_as(None, name.into(), &event).await
    }

    /// As [`Thread::deliver`], where a second delivery under the same key is the same
    /// event: for whoever cannot be sure that the first one arrived.
    ///
    /// # Errors
    /// As [`Thread::deliver`].
    pub async fn deliver_once(
        &self,
        key: impl Into<String>,
        name: impl Into<String>,
        event: impl Serialize,
    ) -> Result<EventId, RunError> {
        self.deliver_as(Some(key.into()), name.into(), &event).await
    }

    async fn deliver_as(
        &self,
        key: Option<String>,
        name: String,
        event: &impl Serialize,
    ) -> Result<EventId, RunError> {
        let store = self.store("be told of an event")?;
        let payload = serde_json::to_vec(event)
            .map_err(|source| CodecError::encoding(format!("the event `{name}`"), source))?;
        let delivery = Delivery {
            thread: self.id.clone(),
            name,
            payload,
            key,
            now: self.graph.clock.now(),
        };
        let delivered = store.deliver(delivery).await;
        delivered.map_err(|source| store_error(&self.id, source))
    }

    /// Forgets the thread. One that was never there is no error.
    ///
    /// # Errors
    /// Without a checkpointer, or if the store fails.
    pub async fn delete(&self) -> Result<(), RunError> {
        let store = self.store("delete a thread")?;
        let deleted = store.delete_thread(&self.id).await;
        deleted.map_err(|source| store_error(&self.id, source))
    }

    /// Makes `to` a copy of this thread: its history, its open questions, its events. The
    /// two go on independently; effects that are still to come have other keys there.
    ///
    /// # Errors
    /// Without a checkpointer, if the thread is not there, if `to` is, or if the store
    /// fails.
    pub async fn copy_to(&self, to: impl Into<ThreadId>) -> Result<(), RunError> {
        let store = self.store("copy a thread")?;
        let copied = store.copy_thread(&self.id, &to.into()).await;
        copied.map_err(|source| store_error(&self.id, source))
    }

    /// Forgets old checkpoints: all but the newest so many, at least one, or those of a
    /// certain age or run. Returns how many went.
    ///
    /// ```
    /// # use agentflow_core::checkpoint::Prune;
    /// # use agentflow_core::{RunError, State, Thread, Timestamp};
    /// # async fn tidy<S: State>(thread: &Thread<'_, S>, last_month: Timestamp) -> Result<(), RunError> {
    /// thread.prune(10).await?;
    /// thread.prune(Prune::but_newest(1).made_before(last_month)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Without a checkpointer, or if the store fails.
    pub async fn prune(&self, what: impl Into<Prune>) -> Result<u64, RunError> {
        let store = self.store("prune a thread")?;
        let pruned = store.prune(&self.id, what.into()).await;
        pruned.map_err(|source| store_error(&self.id, source))
    }

    pub(super) fn store(&self, what: &'static str) -> Result<&Arc<dyn Checkpointer>, RunError> {
        self.checkpointer().ok_or(RunError::NoCheckpointer { what })
    }
}
