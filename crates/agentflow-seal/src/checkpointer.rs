//! The wrapper: seals on the way in, opens on the way out, and leaves all else to the
//! checkpointer inside.

use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Checkpoint, CheckpointError, CheckpointKey, Checkpointer, CommitRequest,
    Delivery, Event, EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage,
    LogPosition, LogSlice, Prune, RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, Origin, ThreadId, Timestamp};
use async_trait::async_trait;

use crate::error::BACKEND;
use crate::origins::Origins;
use crate::place::Home;
use crate::seal::Seal;

/// A checkpointer that keeps everything in another one, sealed.
///
/// All who write and read a store must seal alike: they need the same keys, and whoever
/// opens the store without this wrapper reads envelopes.
///
/// Sealing runs where the call does: a value of a megabyte takes one to two milliseconds to
/// encrypt, and three to four to compress.
///
/// ```
/// # #[cfg(feature = "encryption")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_core::checkpoint::{Checkpointer, Delivery, MemoryCheckpointer};
/// use agentflow_core::Timestamp;
/// use agentflow_seal::{Key, KeyRing, Seal, SealedCheckpointer};
/// use std::sync::Arc;
///
/// let inside = Arc::new(MemoryCheckpointer::new());
/// let keys = KeyRing::new("2026-11", Key::from_bytes([7; 32]))?; // or `Key::from_env`
/// let store = SealedCheckpointer::new(Arc::clone(&inside), Seal::new().encrypt(keys));
///
/// let payload = b"\"a secret\"".to_vec();
/// let told = Delivery { thread: "t".into(), name: "told".into(), payload, key: None, now: Timestamp(0) };
/// store.deliver(told).await?;
/// assert_eq!(store.events(&"t".into()).await?[0].payload, b"\"a secret\"");
/// let kept = &inside.events(&"t".into()).await?[0].payload;
/// assert!(!kept.windows(6).any(|part| part == b"secret"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "encryption"))]
/// # fn main() {}
/// ```
#[derive(Debug)]
pub struct SealedCheckpointer<C> {
    inner: C,
    seal: Seal,
    origins: Origins,
}

impl<C: Checkpointer> SealedCheckpointer<C> {
    /// `inner`, and how to seal what it keeps.
    #[must_use]
    pub fn new(inner: C, seal: Seal) -> Self {
        Self {
            inner,
            seal,
            origins: Origins::default(),
        }
    }

    /// The checkpointer inside, which reads and writes envelopes.
    #[must_use]
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// The origin of a checkpoint that is to get records; none if it is not there.
    async fn origin_of(&self, key: &CheckpointKey) -> Result<Option<Origin>, CheckpointError> {
        if let Some(origin) = self.origins.get(&key.thread) {
            return Ok(Some(origin));
        }
        let page = HistoryPage {
            thread: key.thread.clone(),
            namespace: key.namespace.clone(),
            before: key.id.0.checked_add(1).map(CheckpointId),
            limit: 1,
            source: None,
            step: None,
            metadata: Vec::new(),
        };
        let moment = self.origins.moment();
        let found = self.inner.history(page).await?.pop();
        let origin = found
            .filter(|checkpoint| checkpoint.id == key.id)
            .map(|checkpoint| checkpoint.origin);
        if let Some(origin) = &origin {
            self.origins.note_read(moment, &key.thread, origin);
        }
        Ok(origin)
    }

    /// The commit sealed. Without its parent it is as it was: every store refuses it.
    async fn sealed(&self, mut request: CommitRequest) -> Result<CommitRequest, CheckpointError> {
        if let Some(parent) = request.checkpoint.parent
            && !request.records.is_empty()
        {
            let key = CheckpointKey {
                thread: request.fence.thread.clone(),
                namespace: request.namespace.clone(),
                id: parent,
            };
            if let Some(origin) = self.origin_of(&key).await? {
                let home = Home::of(&key, &origin);
                self.seal.seal_records(home, &mut request.records)?;
            } else {
                request.records.clear();
            }
        }
        self.seal.seal_commit(&mut request)?;
        Ok(request)
    }
}

#[async_trait]
impl<C: Checkpointer> Checkpointer for SealedCheckpointer<C> {
    /// Not that of the store inside: who writes past this wrapper must not take it for
    /// the other.
    fn backend(&self) -> &'static str {
        BACKEND
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        request.check()?;
        let thread = request.fence.thread.clone();
        let origin = request.checkpoint.origin.clone();
        let request = self.sealed(request).await?;
        // Whether it took effect is not known until it is answered.
        if self.origins.get(&thread).as_ref() != Some(&origin) {
            self.origins.forget(&thread);
        }
        self.inner.commit(request).await?;
        self.origins.note_written(&thread, &origin);
        Ok(())
    }

    async fn save_records(&self, mut request: RecordsRequest) -> Result<(), CheckpointError> {
        let key = request.checkpoint.clone();
        if request.records.is_empty() {
            return self.inner.save_records(request).await;
        }
        if let Some(origin) = self.origin_of(&key).await? {
            let home = Home::of(&key, &origin);
            self.seal.seal_records(home, &mut request.records)?;
            return self.inner.save_records(request).await;
        }
        // There was nothing to keep them with. The store says so, or who else writes.
        request.records.clear();
        request.wake = Wake::Keep;
        self.inner.save_records(request).await?;
        Err(CheckpointError::Conflict {
            thread: key.thread,
            expected: Some(key.id),
            found: Some(key.id),
        })
    }

    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        let moment = self.origins.moment();
        let Some(mut stored) = self.inner.load(thread, namespace, id).await? else {
            return Ok(None);
        };
        self.seal.open_stored(thread, namespace, &mut stored)?;
        self.origins
            .note_read(moment, thread, &stored.checkpoint.origin);
        Ok(Some(stored))
    }

    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        let (thread, namespace) = (page.thread.clone(), page.namespace.clone());
        let mut listed = self.inner.history(page).await?;
        for checkpoint in &mut listed {
            self.seal.open_checkpoint(&thread, &namespace, checkpoint)?;
        }
        Ok(listed)
    }

    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.origins.forget(thread);
        self.inner.delete_thread(thread).await
    }

    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        self.inner.acquire_lease(request).await
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        self.inner.renew_lease(lease, now, ttl).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.inner.release_lease(lease).await
    }

    async fn deliver(&self, mut delivery: Delivery) -> Result<EventId, CheckpointError> {
        delivery.check()?;
        self.seal.seal_delivery(&mut delivery)?;
        self.inner.deliver(delivery).await
    }

    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        let mut events = self.inner.events(thread).await?;
        for event in &mut events {
            self.seal.open_event(thread, event)?;
        }
        Ok(events)
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.inner.due(now, limit).await
    }

    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.inner.snooze(thread, wake).await
    }

    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        self.origins.forget(to);
        self.inner.copy_thread(from, to).await
    }

    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        self.inner.prune(thread, what).await
    }

    async fn append_log(&self, mut append: LogAppend) -> Result<LogPosition, CheckpointError> {
        append.check()?;
        self.seal.seal_append(&mut append)?;
        self.inner.append_log(append).await
    }

    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        let thread = page.thread.clone();
        let slice = self.inner.read_log(page).await?;
        Ok(self.seal.open_log(&thread, slice)?)
    }
}
