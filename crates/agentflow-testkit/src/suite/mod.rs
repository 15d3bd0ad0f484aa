//! What every checkpointer must do, one function per behaviour, one file per
//! topic. `checkpointer_suite!` turns each into a test of a backend. What only one
//! backend does (migrations, damaged files) is tested beside that backend.

mod deliverer;
mod fixture;
mod list;
mod needs;
mod writer;

pub mod capability;
pub mod commit;
pub mod concurrency;
pub mod copy;
pub mod cut;
pub mod delete;
pub mod events;
pub mod fencing;
pub mod fork;
pub mod history;
pub mod isolation;
pub mod lease;
pub mod load;
pub mod log;
pub mod long;
pub mod pieces;
pub mod prune;
pub mod records;
pub mod values;
pub mod wake;

pub use cut::CutFixture;
pub use fixture::{Fixture, IntoFixture};
