//! A handle on one conversation: run it, answer it, look at it, change it.

mod branch;
mod config;
mod edit;
mod handle;
mod history;
mod input;
mod keep;
mod open;
mod rollback;
mod tell;
mod undo;
mod verify;

pub(super) use config::check_context;
pub use edit::StateUpdate;
pub use handle::Thread;
pub use history::HistoryQuery;
pub use input::RunInput;
pub(super) use input::RunInputKind;
pub(super) use open::Opened;
pub use rollback::RolledBack;
pub use verify::{Divergence, DivergenceKind, Verified};
