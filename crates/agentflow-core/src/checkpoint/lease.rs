//! The right to advance a thread. A lease grants one writer an epoch; every
//! write carries it, and a store refuses an epoch that is past.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::ThreadId;

/// A number that grows with every change of a thread's writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Who holds a lease: host, process and run, in a form only the runtime reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnerId(pub String);

/// The right to advance one thread until it expires or is taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The thread.
    pub thread: ThreadId,
    /// Who holds it.
    pub owner: OwnerId,
    /// Since which change of writer.
    pub epoch: Epoch,
}

/// What every write of a leased run carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The thread the lease is for.
    pub thread: ThreadId,
    /// The writer's epoch.
    pub epoch: Epoch,
}

/// A wish for a lease.
#[derive(Clone, Debug)]
pub struct LeaseRequest {
    /// The thread.
    pub thread: ThreadId,
    /// Who asks.
    pub owner: OwnerId,
    /// The time now, by the caller's clock; a store with a clock of its own may use that.
    pub now: Timestamp,
    /// For how long, unless renewed.
    pub ttl: Duration,
    /// What to do about a lease that is held.
    pub takeover: Takeover,
}

/// Whose clock says when a lease runs out, in a store that has one of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeaseClock {
    /// The store's, which all workers share: one whose own clock is wrong neither takes a
    /// lease that still runs nor loses its own. The time is read after any wait for a lock.
    #[default]
    Store,
    /// That of whoever asks, as in [`LeaseRequest::now`]: for tests with a clock that
    /// stands still.
    Caller,
}

/// When a lease that somebody holds may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// Only after it expired.
    Expired,
    /// Also at once, if it still has this epoch: its owner is known to be gone.
    FromGone(Epoch),
}

/// The answer to a [`LeaseRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseGrant {
    /// The lease is yours.
    Granted(Lease),
    /// Somebody else holds it.
    Held {
        /// Who.
        by: OwnerId,
        /// Their epoch.
        epoch: Epoch,
        /// When it runs out if they do not renew it.
        expires_at: Timestamp,
    },
}
