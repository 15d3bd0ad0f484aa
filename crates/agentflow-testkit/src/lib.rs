//! What tests of durable graphs need: the conformance suites that every checkpointer
//! and every store runs, a clock that stands still until it is told otherwise, a
//! checkpointer that fails on demand, a line to a server that breaks on demand, an embedder whose vectors can be worked out, and a
//! simulator of the whole library. Meant as a dev-dependency only.

mod clock;
mod faulty;
mod line;
mod server;
pub mod simulator;
#[doc(hidden)]
pub mod store_suite;
#[doc(hidden)]
pub mod suite;

#[doc(hidden)]
pub use agentflow_core::checkpoint::Capability;
pub use clock::ManualClock;
pub use faulty::{Call, FaultyCheckpointer, InjectedFault, When};
pub use line::{Line, Way};
pub use server::server;
pub use store_suite::{IntoStoreFixture, StoreFixture, WordEmbedder};
pub use suite::{CutFixture, Fixture, IntoFixture};
