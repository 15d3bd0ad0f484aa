//! A clock for tests: time stands still until the test moves it. It never looks
//! at the machine's clock and starts no timer.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agentflow_core::{Clock, Timestamp};
use tokio::sync::{oneshot, watch};

/// A [`Clock`] that the test moves by hand. Clones share one time.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::time::Duration;
/// use agentflow_core::{Clock, Timestamp};
/// use agentflow_testkit::ManualClock;
///
/// let clock = ManualClock::new(Timestamp(0));
/// let nap = clock.sleep(Duration::from_secs(60));
/// clock.advance(Duration::from_secs(60));
/// nap.await;
/// assert_eq!(clock.now(), Timestamp(60_000_000));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    // Tells tests that wait for sleepers how many there are.
    count: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    // Sleeps that were ever begun; it tells two sleepers of one moment apart.
    begun: u64,
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
}

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let state = State {
            now,
            begun: 0,
            sleepers: BTreeMap::new(),
        };
        let count = watch::Sender::new(0);
        Self {
            inner: Arc::new(Inner {
                state: Mutex::new(state),
                count,
            }),
        }
    }

    /// Moves time forward and wakes the sleepers whose time has come, the
    /// earliest first.
    pub fn advance(&self, by: Duration) {
        let to = self.inner.state().now.after(by);
        self.inner.advance_to(to);
    }

    /// Moves time to the moment at which the next sleeper wakes, and wakes it.
    /// Returns that moment; without a sleeper nothing moves.
    pub fn advance_to_next_wake(&self) -> Option<Timestamp> {
        let next = self.next_wake()?;
        self.inner.advance_to(next);
        Some(next)
    }

    /// When the next sleeper wakes.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.inner.state().sleepers.keys().next().map(|(at, _)| *at)
    }

    /// How many sleep now.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.inner.state().sleepers.len()
    }

    /// Returns once at least `count` sleep, so that a test advances time only
    /// after the code under test has begun to wait for it.
    ///
    /// # Cancel safety
    /// It only watches; dropping it changes nothing.
    pub async fn wait_for_sleepers(&self, count: usize) {
        let mut watched = self.inner.count.subscribe();
        // The sender lives as long as `self`, so this cannot fail.
        let _ = watched.wait_for(|sleeping| *sleeping >= count).await;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.inner.state().now
    }

    /// The wait counts from this call, not from the first poll.
    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let sleeper = self.inner.begin_sleep(wait);
        Box::pin(async move {
            if let Some(mut sleeper) = sleeper {
                // An error would mean that the clock forgot a sleeper, and it never does.
                let _ = (&mut sleeper.woken).await;
            }
        })
    }
}

/// A place in the clock's list, given up when the sleep is dropped.
struct Sleeper {
    inner: Arc<Inner>,
    place: (Timestamp, u64),
    woken: oneshot::Receiver<()>,
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let mut state = self.inner.state();
        state.sleepers.remove(&self.place);
        self.inner.publish(&state);
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, state: &State) {
        self.count.send_replace(state.sleepers.len());
    }

    /// `None` if the wait is over before it begins.
    fn begin_sleep(self: &Arc<Self>, wait: Duration) -> Option<Sleeper> {
        let mut state = self.state();
        let at = state.now.after(wait);
        if at <= state.now {
            return None;
        }
        state.begun += 1;
        let place = (at, state.begun);
        let (wake, woken) = oneshot::channel();
        state.sleepers.insert(place, wake);
        self.publish(&state);
        Some(Sleeper {
            inner: Arc::clone(self),
            place,
            woken,
        })
    }

    fn advance_to(&self, to: Timestamp) {
        let mut state = self.state();
        state.now = state.now.max(to);
        while let Some(first) = state.sleepers.first_entry() {
            if first.key().0 > to {
                break;
            }
            // A sleeper that was dropped in this moment does not mind.
            let _ = first.remove().send(());
        }
        self.publish(&state);
    }
}
