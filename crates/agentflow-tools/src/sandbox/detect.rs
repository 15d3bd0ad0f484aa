//! Takes the best sandbox that works on this machine, and says which.

use std::fmt;
use std::sync::Arc;

use super::{Bubblewrap, ProcessSandbox, Sandbox};

/// The sandbox that was chosen.
pub struct DetectedSandbox {
    /// Where commands run.
    pub sandbox: Arc<dyn Sandbox>,
    /// What a person has to know when it is not the best one: what is missing,
    /// why, and how to get the better one.
    pub notice: Option<String>,
}

impl fmt::Debug for DetectedSandbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("DetectedSandbox")
            .field("sandbox", self.sandbox.isolation())
            .field("notice", &self.notice)
            .finish()
    }
}

/// Tries [`Bubblewrap`], and takes [`ProcessSandbox`] where it does not work.
///
/// ```no_run
/// # async fn example() -> Result<(), agentflow_tools::SandboxError> {
/// use agentflow_tools::{SandboxCommand, detect_sandbox};
///
/// let detected = detect_sandbox().await;
/// if let Some(notice) = &detected.notice {
///     tracing::warn!("{notice}");
/// }
/// let command = SandboxCommand::shell("checkout", "make test");
/// let output = detected.sandbox.run(command).await?;
/// assert!(output.status.is_success(), "{}", output.stderr);
/// # Ok(())
/// # }
/// ```
pub async fn detect_sandbox() -> DetectedSandbox {
    match Bubblewrap::detect().await {
        Ok(sandbox) => DetectedSandbox {
            sandbox: Arc::new(sandbox),
            notice: None,
        },
        Err(unavailable) => {
            let sandbox = ProcessSandbox::detect().await;
            let notice = format!(
                "commands are not isolated: {unavailable}.\n{}to isolate them: {}",
                sandbox.isolation(),
                unavailable.hint(),
            );
            DetectedSandbox {
                sandbox: Arc::new(sandbox),
                notice: Some(notice),
            }
        }
    }
}
