//! Who has to act on an error of GitHub's: the model, or us.

use agentflow_github::GitHubError;
use agentflow_llm::ToolError;

use crate::tools::with_causes;

pub(super) fn told(error: GitHubError) -> ToolError {
    match error {
        // Another call would meet the same: the run stops, and may go on later.
        GitHubError::Unauthorized { .. }
        | GitHubError::RateLimited { .. }
        | GitHubError::Unavailable { .. }
        | GitHubError::CircuitOpen { .. }
        | GitHubError::QuotaReached { .. }
        | GitHubError::InvalidAnswer { .. } => ToolError::fatal("asking GitHub", error),
        GitHubError::InvalidRequest { .. } => ToolError::arguments(with_causes(&error)),
        error => ToolError::failed(with_causes(&error)),
    }
}
