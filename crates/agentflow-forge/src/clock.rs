//! Where the forge has the time from that limits, expiries and faults are about.
//!
//! What records say of when something happened is always the system's time.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

/// The time that rate limits, expiries of tokens and delays go by.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// One that a test moves.
    Manual(ManualClock),
}

/// A clock that stands still until it is moved.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use agentflow_forge::{Clock, ForgeOptions, ManualClock};
///
/// let clock = ManualClock::at(SystemTime::UNIX_EPOCH);
/// let options = ForgeOptions { clock: Clock::Manual(clock.clone()), ..ForgeOptions::at("state") };
/// clock.advance(Duration::from_secs(3600));
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<watch::Sender<SystemTime>>,
}

impl ManualClock {
    /// A clock that stands at this time.
    pub fn at(now: SystemTime) -> Self {
        Self {
            now: Arc::new(watch::Sender::new(now)),
        }
    }

    /// Moves it forward; whoever waits for a time up to the new one goes on.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now += by);
    }
}

impl Clock {
    pub(crate) fn now(&self) -> SystemTime {
        match self {
            Self::System => SystemTime::now(),
            Self::Manual(clock) => *clock.now.borrow(),
        }
    }

    /// Seconds since 1970.
    pub(crate) fn unix(&self) -> u64 {
        let since = self.now().duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or_default().as_secs()
    }

    /// Returns once the time has gone on by that much.
    pub(crate) async fn wait(&self, time: Duration) {
        match self {
            Self::System => tokio::time::sleep(time).await,
            Self::Manual(clock) => {
                let mut now = clock.now.subscribe();
                let until = *now.borrow_and_update() + time;
                // The sender lives in this clock, so it cannot be gone.
                let _ = now.wait_for(|now| *now >= until).await;
            }
        }
    }
}
