//! What every store of long-term memory must do, one function per behaviour, one file
//! per topic. `store_suite!` turns each into a test of a backend. What the library does
//! before a backend is asked (paths, filters, limits) has its own tests in core; here it
//! is seen from the outside.

mod desk;
mod embedder;
mod list;
mod rig;

pub mod batch;
pub mod concurrency;
pub mod expiry;
pub mod filters;
pub mod hybrid;
pub mod items;
pub mod paths;
pub mod search;
pub mod vectors;
pub mod words;

pub use embedder::WordEmbedder;
pub use rig::{IntoStoreFixture, Rig, StoreFixture};
