//! Drives the engine: starts nodes, talks to the store, waits. The engine
//! decides what happens next; nothing here does.

mod answers;
mod compiled;
mod context;
mod crowd;
mod driver;
mod inside;
mod memo;
mod outcome;
mod owner;
mod recover;
mod run;
mod shell;
mod snapshot;
mod stored;
mod task;
mod thread;
mod watch;

pub use compiled::CompiledGraph;
pub use context::NodeContext;
pub use outcome::Outcome;
pub use snapshot::StateSnapshot;
pub use thread::{RunInput, Thread};
pub use watch::RunStream;
