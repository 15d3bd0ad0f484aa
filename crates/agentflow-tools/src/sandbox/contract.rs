//! What every sandbox does. Kept to two methods, so that a wrapper cannot lie.

use async_trait::async_trait;

use super::{CommandOutput, Isolation, SandboxCommand, SandboxError};

/// A place where commands run under limits.
#[async_trait]
pub trait Sandbox: Send + Sync {
    /// Runs one command to its end and reports how it went.
    ///
    /// A command that fails, is killed by a signal, or meets one of its limits
    /// is an answer, not an error. When this returns, no process of the command
    /// is left, as far as [`Protection::NoOrphans`](super::Protection) holds.
    ///
    /// # Errors
    ///
    /// When the command cannot be started as asked.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future kills the command and everything it started. What it
    /// wrote to the workspace until then stays.
    async fn run(&self, command: SandboxCommand) -> Result<CommandOutput, SandboxError>;

    /// What this sandbox protects, and what it does not.
    fn isolation(&self) -> &Isolation;
}
