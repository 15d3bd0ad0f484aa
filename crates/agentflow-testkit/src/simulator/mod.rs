//! The whole library under a seed: a random graph in a random world, run to its end
//! through crashes, lost answers and rival workers, and compared with the same graph
//! left in peace.
//!
//! Nothing here waits: a run's future is polled by hand, every node, every call to the
//! store and every wait stands before a gate, and the seed says which gate opens next.
//! There is no tokio, no thread and no clock, so a seed shows the same failure again.
//!
//! It looks at the library only through its public API. What a database does with its
//! bytes is not its matter; that is what the checkpointer suite is for.
//!
//! ```
//! let report = agentflow_testkit::simulator::simulate(7)?;
//! assert!(report.supersteps > 0);
//! # Ok::<(), agentflow_testkit::simulator::Failure>(())
//! ```
//!
//! Where things stand: `features` draws a graph and says what its nodes do; `director`
//! picks what happens next; `client`, `edit`, `waking` and `meddling` are those who use the
//! thread; `network` carries calls to the store; `witness`, `ledger`, `watching` and
//! `ending` check each event as it happens; `model` and `compare` check the chain of
//! checkpoints when the thread has come to its end.

mod asking;
mod blueprint;
mod build;
mod client;
mod clock;
mod commit;
mod compare;
mod director;
mod edit;
mod ending;
mod excuse;
mod features;
mod gates;
mod journal;
mod ledger;
mod meddling;
mod model;
mod network;
mod options;
mod random;
mod report;
mod simulate;
mod state;
mod store;
mod task;
mod violation;
mod waking;
mod watching;
mod weather;
mod witness;
mod world;

pub use options::{Crashes, Options};
pub use report::{Failure, Report};
pub use simulate::{simulate, simulate_with};
pub use violation::Violation;
