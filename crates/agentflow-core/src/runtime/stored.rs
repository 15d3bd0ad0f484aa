//! Lets a task wait until the checkpoint it builds on is stored.
//!
//! What a task leaves outside of its superstep, the record of an effect or the
//! checkpoints of a graph inside, is found again by the checkpoint it builds on.
//! On one that a crash may still undo, a later run would find what is not its own.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use futures::channel::oneshot;

use crate::id::CheckpointId;

/// How far the store is, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Stored {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    newest: Option<CheckpointId>,
    waiting: Vec<(CheckpointId, oneshot::Sender<()>)>,
    /// A task waits, and whoever stores has not been told.
    is_asked: bool,
    storer: Option<Waker>,
}

impl Stored {
    pub(super) fn up_to(newest: Option<CheckpointId>) -> Self {
        Self {
            inner: Mutex::new(Inner {
                newest,
                ..Inner::default()
            }),
        }
    }

    /// Waits until `checkpoint` is stored.
    pub(super) async fn wait_for(&self, checkpoint: CheckpointId) {
        let told = {
            let mut inner = self.inner();
            if inner.newest >= Some(checkpoint) {
                return;
            }
            let (teller, told) = oneshot::channel();
            inner.waiting.push((checkpoint, teller));
            inner.is_asked = true;
            if let Some(storer) = inner.storer.take() {
                storer.wake();
            }
            told
        };
        // The teller is dropped only with the run, and this task with it.
        let _ = told.await;
    }

    /// Returns once a task waits.
    pub(super) async fn asked(&self) {
        poll_fn(|cx| {
            let mut inner = self.inner();
            if std::mem::take(&mut inner.is_asked) {
                return Poll::Ready(());
            }
            inner.storer = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// The store has `checkpoint`.
    pub(super) fn reached(&self, checkpoint: CheckpointId) {
        let mut inner = self.inner();
        inner.newest = Some(checkpoint);
        for (_, teller) in inner
            .waiting
            .extract_if(.., |(wanted, _)| *wanted <= checkpoint)
        {
            // Whoever waited may have been stopped.
            let _ = teller.send(());
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
