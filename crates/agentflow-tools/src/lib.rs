//! The tools an agent calls, and the sandbox its commands run in.
//!
//! - [`Sandbox`] runs commands with limits: in [`Bubblewrap`] where the
//!   machine allows it, else as plain processes with [`ProcessSandbox`],
//!   which says plainly what it does not protect.
//! - [`Workspace`] is the folder an agent may see, with paths that cannot
//!   leave it.
//! - [`edit`] changes several files or none.
//! - [`workspace_tools`] makes the tools a model calls out of these.
//! - With the feature `github`, `github_read_tools` and `github_write_tools` are what a model may
//!   do on GitHub.
//! - [`git`] keeps a work tree whose git folder the agent cannot reach.
//!
//! Nothing here decides what an agent does next, and nothing here asks a model.

pub mod edit;
pub mod git;
#[cfg(feature = "github")]
mod github;
mod process;
mod sandbox;
mod tools;
mod workspace;

#[cfg(feature = "github")]
pub use github::{github_read_tools, github_write_tools};
pub use sandbox::{
    Bubblewrap, CommandOutput, CommandStatus, DetectedSandbox, Isolation, Limits, ProcessSandbox,
    Protection, Sandbox, SandboxCommand, SandboxError, Unavailable, WorkspaceAccess,
    detect_sandbox,
};
pub use tools::{ToolOptions, workspace_tools};
pub use workspace::{Workspace, WorkspaceError, WorkspaceLimits, WorkspacePath};
