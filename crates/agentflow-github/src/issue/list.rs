//! Which issues a repository has.

use super::Issue;
use crate::client::Repo;
use crate::error::GitHubError;

/// Which issues to list. All of them must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IssueFilter {
    /// Open ones by default.
    pub state: IssueStateFilter,
    /// Issues that have all of these labels.
    pub labels: Vec<String>,
    /// Issues that this login is to work on.
    pub assignee: Option<String>,
    /// Issues that this login opened.
    pub creator: Option<String>,
    /// Issues that changed since, RFC 3339.
    pub since: Option<String>,
}

/// Issues of which state to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IssueStateFilter {
    /// Those that wait.
    #[default]
    Open,
    /// Those that are done, or will not be.
    Closed,
    /// All.
    All,
}

impl IssueStateFilter {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }
}

impl Repo {
    /// The issues that fit, newest first, without pull requests.
    ///
    /// # Errors
    ///
    /// [`GitHubError::TooLarge`] where they are on more pages than the client's limit.
    pub async fn issues(&self, filter: &IssueFilter) -> Result<Vec<Issue>, GitHubError> {
        let call = self.call("list issues of", "");
        let mut route = self.route().literal("issues");
        route = route.query("state", filter.state.as_str());
        if !filter.labels.is_empty() {
            route = route.query("labels", &filter.labels.join(","));
        }
        let named = [
            ("assignee", &filter.assignee),
            ("creator", &filter.creator),
            ("since", &filter.since),
        ];
        for (name, value) in named {
            if let Some(value) = value {
                route = route.query(name, value);
            }
        }
        let mut issues: Vec<Issue> = self.items(call, route).await?;
        issues.retain(|issue| !issue.is_pull_request);
        Ok(issues)
    }
}
