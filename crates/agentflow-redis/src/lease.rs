//! Grants, renews and takes back leases.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::{
    CheckpointError, Epoch, Fence, Lease, LeaseGrant, LeaseRequest, OwnerId, Takeover,
};

use crate::number::{lease_end, parse_moment};
use crate::script::{ACQUIRE, RELEASE, RENEW};
use crate::store::Store;

impl Store {
    pub(crate) async fn acquire(
        &self,
        request: LeaseRequest,
    ) -> Result<LeaseGrant, CheckpointError> {
        let from_gone = match request.takeover {
            Takeover::Expired => String::new(),
            Takeover::FromGone(epoch) => epoch.to_string(),
        };
        let call = self
            .writes(&ACQUIRE, &request.thread)
            .with(self.token())
            .with(&request.owner.0)
            .with(from_gone)
            .with_all(lease_end(self.lease_clock, request.now, request.ttl));
        let mut answer = self.server.run(&call).await?;
        let status = answer.text()?;
        let epoch = Epoch(answer.number()?);
        if status == "granted" {
            return Ok(LeaseGrant::Granted(Lease {
                thread: request.thread,
                owner: request.owner,
                epoch,
            }));
        }
        let by = OwnerId(answer.text()?);
        let expires_at = parse_moment(&answer.text()?);
        Ok(LeaseGrant::Held {
            by,
            epoch,
            expires_at: expires_at.ok_or_else(|| self.unreadable("a lease"))?,
        })
    }

    pub(crate) async fn renew(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        let [_, ends, lasts] = lease_end(self.lease_clock, now, ttl);
        let call = self
            .writes(&RENEW, &lease.thread)
            .with(lease.epoch.to_string())
            .with(ends)
            .with(lasts);
        let mut answer = self.server.run(&call).await?;
        let status = answer.text()?;
        if status == "ok" {
            return Ok(());
        }
        let fence = Fence {
            thread: lease.thread.clone(),
            epoch: lease.epoch,
        };
        Err(self.refusal(&status, answer, &fence, None))
    }

    pub(crate) async fn release(&self, lease: &Lease) -> Result<(), CheckpointError> {
        let call = self
            .writes(&RELEASE, &lease.thread)
            .with(lease.epoch.to_string());
        self.server.run(&call).await?;
        Ok(())
    }
}
