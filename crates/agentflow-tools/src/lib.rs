//! The tools an agent calls, and the sandbox its commands run in.
//!
//! - [`Sandbox`] runs commands with limits: in [`Bubblewrap`] where the
//!   machine allows it, else as plain processes with [`ProcessSandbox`],
//!   which says plainly what it does not protect.
//! - [`Workspace`] is the folder an agent may see, with paths that cannot
//!   leave it.
//! - [`edit`] changes several files or none.
//! - [`workspace_tools`] makes the tools a model calls out of these.
//! - [`git`] keeps a work tree whose git folder the agent cannot reach.
//!
//! Nothing here decides what an agent does next, and nothing here asks a model.

pub mod edit;
pub mod git;
mod process;
mod sandbox;
mod tools;
mod workspace;

pub use sandbox::{
    Bubblewrap, CommandOutput, CommandStatus, DetectedSandbox, Isolation, Limits, ProcessSandbox,
    Protection, Sandbox, SandboxCommand, SandboxError, Unavailable, WorkspaceAccess,
    detect_sandbox,
};
pub use tools::{ToolOptions, workspace_tools};
pub use workspace::{Workspace, WorkspaceError, WorkspaceLimits, WorkspacePath};
