//! Says before any work what a token lacks for it.

use std::collections::BTreeMap;
use std::fmt;

use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::client::Repo;
use crate::error::GitHubError;
use crate::lenient::or_default;
use crate::wire::{Request, Route};

/// Something that a token must be able to do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Right {
    /// Read files and clone.
    ReadContents,
    /// Push branches and merge.
    WriteContents,
    /// Comment on issues, label and close them.
    WriteIssues,
    /// Open pull requests, review and change them.
    WritePullRequests,
    /// See how checks stand.
    ReadChecks,
    /// See how commit statuses stand.
    ReadStatuses,
    /// Read the logs of GitHub Actions.
    ReadActions,
    /// Change what CI does, in `.github/workflows`.
    WriteWorkflows,
}

impl Right {
    /// What an agent needs that takes an issue to a merged pull request.
    pub const ISSUE_TO_MERGE: [Self; 5] = [
        Self::WriteContents,
        Self::WriteIssues,
        Self::WritePullRequests,
        Self::ReadChecks,
        Self::ReadStatuses,
    ];

    /// The permission of a fine-grained token or an App, and how much of it.
    fn permission(self) -> (&'static str, Level) {
        match self {
            Self::ReadContents => ("contents", Level::Read),
            Self::WriteContents => ("contents", Level::Write),
            Self::WriteIssues => ("issues", Level::Write),
            Self::WritePullRequests => ("pull_requests", Level::Write),
            Self::ReadChecks => ("checks", Level::Read),
            Self::ReadStatuses => ("statuses", Level::Read),
            Self::ReadActions => ("actions", Level::Read),
            Self::WriteWorkflows => ("workflows", Level::Write),
        }
    }

    fn writes(self) -> bool {
        self.permission().1 == Level::Write
    }
}

/// How much a permission grants; what comes first grants what comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Admin,
    Write,
    Read,
    #[serde(other)]
    None,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, level) = self.permission();
        let level = if level == Level::Read {
            "read"
        } else {
            "write"
        };
        write!(f, "{name}: {level}")
    }
}

/// What a token may do of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Access {
    /// What it lacks, and what would help, each in a sentence.
    pub missing: Vec<MissingRight>,
    /// What nobody can know without trying: a fine-grained token does not tell what it may
    /// write.
    pub unproven: Vec<Right>,
}

/// A right that a token lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingRight {
    /// Which.
    pub right: Right,
    /// What would grant it, such as ``the scope `repo` ``.
    pub needed: String,
}

impl Access {
    /// Whether nothing is known to be missing.
    pub fn is_enough(&self) -> bool {
        self.missing.is_empty()
    }

    fn lacks(&mut self, right: Right, needed: impl Into<String>) {
        let needed = needed.into();
        self.missing.push(MissingRight { right, needed });
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_enough() {
            return f.write_str("nothing is missing");
        }
        f.write_str("the token lacks ")?;
        for (index, missing) in self.missing.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}`{}` ({})", missing.right, missing.needed)?;
        }
        Ok(())
    }
}

/// What the server says of a repository and of us.
#[derive(Deserialize)]
struct Known {
    #[serde(default, deserialize_with = "or_default")]
    private: bool,
    #[serde(default, deserialize_with = "or_default")]
    archived: bool,
    #[serde(default, deserialize_with = "or_default")]
    default_branch: String,
    permissions: Option<BTreeMap<String, bool>>,
}

impl Repo {
    /// What the token lacks of these rights. Changes nothing: what it says is read from what
    /// the server tells of the token, and from reads that need each right.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where the token cannot see the repository at all;
    /// [`GitHubError::Unauthorized`] where the token is not taken.
    pub async fn check_access(&self, rights: &[Right]) -> Result<Access, GitHubError> {
        let call = self.call("check access to", "");
        let request = Request::get(call, self.route())?;
        let transport = self.github.transport();
        let answer = transport.send(&request).await?;
        let known: Known = self.github.decode(&request, &answer.body)?;
        let granted = transport.auth.granted().await;
        let scopes = scopes(&answer.headers);
        // Of an App's token the server says false to everything, whatever it was granted.
        let may = known.permissions.as_ref();
        let may = may.filter(|may| may.get("pull") == Some(&true));
        let may_push = may.map(|may| may.get("push") == Some(&true));
        let mut access = Access::default();
        for right in rights {
            if known.archived && right.writes() {
                access.lacks(*right, "the repository is archived and cannot be changed");
            } else if let Some(granted) = &granted {
                let (name, level) = right.permission();
                if granted.get(name).is_none_or(|granted| *granted > level) {
                    access.lacks(*right, format!("the App's permission `{right}`"));
                }
            } else if let Some(scopes) = &scopes
                && let Some(scope) = missing_scope(*right, scopes, known.private)
            {
                access.lacks(*right, format!("the scope `{scope}`"));
            } else if *right == Right::WriteContents && may_push == Some(false) {
                let needed = "its account may not push: make it a collaborator with the role Write";
                access.lacks(*right, needed);
            } else if scopes.is_none() {
                self.probe(*right, &known.default_branch, &mut access)
                    .await?;
            }
        }
        Ok(access)
    }

    /// Reads what needs the right to be read; a fine-grained token tells nothing else.
    async fn probe(
        &self,
        right: Right,
        branch: &str,
        access: &mut Access,
    ) -> Result<(), GitHubError> {
        let Some(route) = self.readable_by(right, branch) else {
            access.unproven.push(right);
            return Ok(());
        };
        let call = self.call("check access to", "");
        let request = Request::get(call, route.query("per_page", "1"))?;
        match self.github.transport().send(&request).await {
            Ok(_) if right.writes() => access.unproven.push(right),
            Ok(_) => {}
            // An empty repository has no commits to look at, and issues may be switched off.
            Err(GitHubError::Conflict { .. } | GitHubError::Validation { .. }) => {}
            Err(GitHubError::NotFound { .. }) => access.unproven.push(right),
            Err(GitHubError::Forbidden { needed, .. }) => {
                let told = needed.map(|needed| format!("; the server asks for {needed}"));
                let told = told.unwrap_or_default();
                access.lacks(right, format!("the permission `{right}`{told}"));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn readable_by(&self, right: Right, branch: &str) -> Option<Route> {
        let route = self.route();
        Some(match right {
            Right::ReadContents | Right::WriteContents => route.literal("branches"),
            Right::WriteIssues => route.literal("issues"),
            Right::WritePullRequests => route.literal("pulls"),
            Right::ReadChecks => route.literal("commits").name(branch).literal("check-runs"),
            Right::ReadStatuses => route.literal("commits").name(branch).literal("status"),
            Right::ReadActions => route.literal("actions/runs"),
            Right::WriteWorkflows => return None,
        })
    }
}

/// The scopes of a classic token; none for other tokens, of which the server tells nothing.
fn scopes(headers: &HeaderMap) -> Option<Vec<String>> {
    let told = headers.get("x-oauth-scopes")?.to_str().ok()?;
    let scopes = told.split(',').map(|scope| scope.trim().to_owned());
    Some(scopes.filter(|scope| !scope.is_empty()).collect())
}

fn missing_scope(right: Right, scopes: &[String], private: bool) -> Option<&'static str> {
    let has = |wanted: &str| scopes.iter().any(|scope| scope == wanted);
    let repo = if private { "repo" } else { "public_repo" };
    let enough = match right {
        Right::WriteWorkflows if !has("workflow") => return Some("workflow"),
        Right::ReadContents | Right::ReadChecks | Right::ReadStatuses | Right::ReadActions
            if !private =>
        {
            true
        }
        _ => has("repo") || has(repo),
    };
    (!enough).then_some(repo)
}
