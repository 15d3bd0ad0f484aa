//! Time that passes only when the director lets it.

use std::time::Duration;

use agentflow_core::{Clock, Timestamp};
use futures::future::BoxFuture;

use super::gates::Waits;
use super::world::World;

/// The clock of a simulated world.
#[derive(Clone, Debug)]
pub(super) struct SimClock(pub(super) World);

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.0.lock().now
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let due = self.0.lock().now.after(wait);
        Box::pin(self.0.gate(Waits::Until(due)))
    }
}
