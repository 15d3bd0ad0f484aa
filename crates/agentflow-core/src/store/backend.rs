//! The least a backend does. Conveniences live on [`StoreExt`](super::StoreExt).

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::error::StoreError;
use super::op::{StoreOp, StoreReply};

/// Long-term memory, shared by threads.
///
/// The contract for implementors, each point held by the conformance suite in
/// `agentflow-testkit`:
/// - A batch is done wholly or not at all, and is durable when it returns. Its replies
///   are in the order of its operations.
/// - Reads see the state before the batch; of several writes to one item the last is
///   done. [`Batch`](super::Batch) says which those are.
/// - A put keeps the time at which the item was created, unless it had expired.
/// - An item that has expired is not there: not for reads, searches, lists and pages,
///   and no read brings it back. [`Store::sweep`] frees its place.
/// - Items come in the order of their paths, label by label, and keys, by bytes; pages
///   join without a gap.
/// - Paths, keys and labels are equal only if all their bytes are; none of their
///   characters has a meaning to the backend.
/// - All calls are cancel safe: a dropped call happens wholly or not at all. It may
///   happen a moment after it was dropped.
///
/// The time is that of the clock in the store's
/// [`StoreOptions`](super::StoreOptions), never another.
#[async_trait]
pub trait Store: Debug + Send + Sync {
    /// The backend's name, for errors and traces.
    fn backend(&self) -> &'static str;

    /// Does all of this at once; the replies are in the order of the operations.
    ///
    /// # Errors
    /// If an operation is not good, or if the embedder or the backend fails; then
    /// nothing changed.
    async fn batch(&self, ops: Vec<StoreOp>) -> Result<Vec<StoreReply>, StoreError>;

    /// Frees the place of items that have expired. Returns how many there were.
    ///
    /// # Errors
    /// If the backend fails.
    async fn sweep(&self) -> Result<u64, StoreError>;
}

#[async_trait]
impl<S: Store + ?Sized> Store for Arc<S> {
    fn backend(&self) -> &'static str {
        (**self).backend()
    }
    async fn batch(&self, ops: Vec<StoreOp>) -> Result<Vec<StoreReply>, StoreError> {
        (**self).batch(ops).await
    }
    async fn sweep(&self) -> Result<u64, StoreError> {
        (**self).sweep().await
    }
}
