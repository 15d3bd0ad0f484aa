//! Drives the engine: starts nodes, talks to the store, waits. The engine
//! decides what happens next; nothing here does.

mod answers;
mod batch;
mod cached;
mod compiled;
mod context;
mod control;
mod crowd;
mod driver;
mod due;
mod inside;
mod lease;
mod memo;
mod meter;
mod outcome;
mod owner;
mod recorder;
mod recover;
mod reveal;
mod run;
mod scope;
mod snapshot;
mod stored;
mod stored_fields;
mod task;
mod thread;
mod wake;
mod watch;
mod writes;

pub use compiled::CompiledGraph;
pub use context::{NodeContext, RecordSlot};
pub use control::RunControl;
pub use outcome::Outcome;
pub(crate) use outcome::output_of;
pub use snapshot::{StateSnapshot, TaskSnapshot};
pub use thread::{
    Divergence, DivergenceKind, HistoryQuery, RolledBack, RunInput, StateUpdate, Thread, Verified,
};
pub use wake::Woken;
pub use watch::RunStream;
