//! What every store is told when it is made.

use std::sync::Arc;
use std::time::Duration;

use super::index::IndexConfig;
use super::op::{Refresh, Ttl};
use crate::clock::{Clock, Timestamp};

/// How a store keeps time, how long it keeps items, and how it finds them by meaning.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// What dates items and lets them expire. Workers that share a store need clocks
    /// that agree about as well as their items' times to live do.
    pub clock: Arc<dyn Clock>,
    /// How long items are kept.
    pub ttl: TtlPolicy,
    /// How items are found by meaning; without it, by their words.
    pub index: Option<IndexConfig>,
}

/// How long items are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TtlPolicy {
    /// For items that are put without saying it; none by default: they stay until they
    /// are deleted.
    pub default_ttl: Option<Duration>,
    /// Whether reading an item lets its time to live begin anew; yes by default: what is
    /// used is worth keeping.
    pub refresh_on_read: bool,
}

impl Default for TtlPolicy {
    fn default() -> Self {
        Self {
            default_ttl: None,
            refresh_on_read: true,
        }
    }
}

#[cfg(feature = "runtime")]
impl Default for StoreOptions {
    /// The machine's clock, items that stay, and no index.
    fn default() -> Self {
        Self::new(crate::clock::SystemClock)
    }
}

impl StoreOptions {
    /// This clock, items that stay, and no index.
    #[must_use]
    pub fn new(clock: impl Clock + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            ttl: TtlPolicy::default(),
            index: None,
        }
    }

    /// The same with this policy for items' times to live.
    #[must_use]
    pub fn with_ttl(mut self, ttl: TtlPolicy) -> Self {
        self.ttl = ttl;
        self
    }

    /// The same with this index.
    #[must_use]
    pub fn with_index(mut self, index: IndexConfig) -> Self {
        self.index = Some(index);
        self
    }
}

impl TtlPolicy {
    /// How long an item is kept that is put with `ttl`.
    #[must_use]
    pub fn lifetime(&self, ttl: Ttl) -> Option<Duration> {
        match ttl {
            Ttl::AsConfigured => self.default_ttl,
            Ttl::Forever => None,
            Ttl::For(lifetime) => Some(lifetime),
        }
    }

    /// When an item expires that is read now, if that changes it: one of this lifetime,
    /// read with `refresh`.
    #[must_use]
    pub fn refreshed(
        &self,
        refresh: Refresh,
        lifetime: Option<Duration>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let refreshes = match refresh {
            Refresh::AsConfigured => self.refresh_on_read,
            Refresh::Yes => true,
            Refresh::No => false,
        };
        lifetime
            .filter(|_| refreshes)
            .map(|lifetime| now.after(lifetime))
    }
}
