//! Writes to the store that are on their way, and those that were when a graph inside was
//! stopped: by a limit of its task, or because the attempt failed.
//!
//! A store may finish such a write whenever it likes. The next attempt would load what
//! was there before and meet the write later, as a conflict with itself; so it lets
//! these finish first. What is left when the run ends is dropped with it.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::checkpoint::{CheckpointError, Checkpointer, CommitRequest, RecordsRequest};
use crate::id::{CheckpointId, Namespace};

/// A write to the store. It knows nothing of its run, which may keep it.
pub(super) struct Write {
    what: Written,
    call: BoxFuture<'static, Result<(), CheckpointError>>,
}

/// What a write has stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written {
    /// What the task in this slot leaves.
    Records {
        slot: usize,
    },
    Checkpoint(CheckpointId),
}

impl Write {
    /// What a task leaves; nothing happens without a store.
    pub(super) fn records(
        slot: usize,
        to: Option<(Arc<dyn Checkpointer>, RecordsRequest)>,
    ) -> Self {
        Self {
            what: Written::Records { slot },
            call: Box::pin(async move {
                match to {
                    Some((store, request)) => store.save_records(request).await,
                    None => Ok(()),
                }
            }),
        }
    }

    pub(super) fn checkpoint(store: Arc<dyn Checkpointer>, request: CommitRequest) -> Self {
        Self {
            what: Written::Checkpoint(request.checkpoint.id),
            call: Box::pin(async move { store.commit(request).await }),
        }
    }
}

impl Future for Write {
    type Output = Result<Written, CheckpointError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(self.call.poll_unpin(cx));
        Poll::Ready(ended.map(|()| self.what))
    }
}

/// Unfinished writes, by the graph that they belong to.
#[derive(Default)]
pub(super) struct Leftover(Mutex<HashMap<Namespace, Vec<Write>>>);

impl Leftover {
    pub(super) fn add(&self, namespace: &Namespace, writes: Vec<Write>) {
        if !writes.is_empty() {
            self.writes()
                .entry(namespace.clone())
                .or_default()
                .extend(writes);
        }
    }

    /// Finishes the writes of a graph. How they ended, the store tells.
    ///
    /// # Cancel safety
    /// Dropping it leaves the rest for the next one.
    pub(super) async fn finish(&self, namespace: &Namespace) {
        poll_fn(|cx| self.poll_finish(namespace, cx)).await;
    }

    fn poll_finish(&self, namespace: &Namespace, cx: &mut Context<'_>) -> Poll<()> {
        // Taken out while they are polled: a store may do anything there.
        let Some(mut writes) = self.writes().remove(namespace) else {
            return Poll::Ready(());
        };
        writes.retain_mut(|write| write.poll_unpin(cx).is_pending());
        if writes.is_empty() {
            return Poll::Ready(());
        }
        self.add(namespace, writes);
        Poll::Pending
    }

    fn writes(&self) -> MutexGuard<'_, HashMap<Namespace, Vec<Write>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Leftover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count: usize = self.writes().values().map(Vec::len).sum();
        f.debug_tuple("Leftover").field(&count).finish()
    }
}
