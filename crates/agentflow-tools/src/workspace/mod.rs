//! The folder an agent works on, and the paths it may use there.
//!
//! Paths are relative to the root and cannot leave it, neither by `..` nor by
//! a symbolic link. It guards the tools that run in this process; commands are
//! guarded by their sandbox.

mod error;
mod limits;
mod path;
mod root;

pub use error::WorkspaceError;
pub use limits::WorkspaceLimits;
pub use path::WorkspacePath;
pub use root::Workspace;
