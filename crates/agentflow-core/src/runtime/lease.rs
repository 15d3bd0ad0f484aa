//! Takes a thread's lease and keeps it while its run lasts.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};

use super::owner::{LiveRun, is_gone};
use super::run::store_error;
use crate::checkpoint::{CheckpointError, Checkpointer, Lease, LeaseGrant, LeaseRequest, Takeover};
use crate::clock::Clock;
use crate::error::RunError;
use crate::id::ThreadId;

/// The shortest wait between two renewals of a lease.
const RENEWAL_MIN: Duration = Duration::from_millis(1);

/// Whoever holds a thread's lease.
pub(super) struct Holder<'a> {
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) ttl: Duration,
    pub(super) checkpointer: &'a Arc<dyn Checkpointer>,
    pub(super) thread: &'a ThreadId,
}

impl Holder<'_> {
    pub(super) async fn acquire(&self, live: &LiveRun) -> Result<Lease, RunError> {
        let mut takeover = Takeover::Expired;
        loop {
            let now = self.clock.now();
            let request = LeaseRequest {
                thread: self.thread.clone(),
                owner: live.owner(),
                now,
                ttl: self.ttl,
                takeover,
            };
            let grant = self.checkpointer.acquire_lease(request).await;
            match grant.map_err(|source| store_error(self.thread, source))? {
                LeaseGrant::Granted(lease) => return Ok(lease),
                LeaseGrant::Held { by, epoch, .. }
                    if takeover != Takeover::FromGone(epoch) && is_gone(&by) =>
                {
                    takeover = Takeover::FromGone(epoch);
                }
                LeaseGrant::Held { by, expires_at, .. } => {
                    return Err(RunError::ThreadBusy {
                        thread: self.thread.clone(),
                        holder: by,
                        expires_in: expires_at.since(now),
                    });
                }
            }
        }
    }

    /// Renews the lease for ever; returns when it is lost, or when it ran out while the
    /// store did not answer: another run may hold it then, and do what this one does.
    pub(super) async fn keep(&self, lease: &Lease) -> RunError {
        let (clock, ttl) = (self.clock, self.ttl);
        let mut kept_until = clock.now().after(ttl);
        loop {
            // However short the lease is meant to be, the executor gets its turn.
            clock.sleep((ttl / 3).max(RENEWAL_MIN)).await;
            let now = clock.now();
            let renewing = self.checkpointer.renew_lease(lease, now, ttl);
            let running_out = clock.sleep(kept_until.since(now).max(RENEWAL_MIN));
            match select(renewing, running_out).await {
                Either::Left((Ok(()), _)) => kept_until = now.after(ttl),
                // The next renewal may do, while there is time.
                Either::Left((Err(error), _))
                    if error.is_retryable() && clock.now() < kept_until =>
                {
                    tracing::warn!(thread = %self.thread, %error, "the lease was not renewed");
                }
                Either::Left((Err(source), _)) => return store_error(self.thread, source),
                Either::Right(((), _)) => {
                    let source = CheckpointError::Unavailable {
                        backend: self.checkpointer.backend(),
                        source: "the lease ran out before it was renewed".into(),
                    };
                    return store_error(self.thread, source);
                }
            }
        }
    }
}
