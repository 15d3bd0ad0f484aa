//! A repository on GitHub, or on a server like it: looks whether the token may do the
//! work and the issues are there, and changes nothing.

use agentflow_github::{GitHub, GitHubError, Repo, RepoUrl, Right};
use secrecy::SecretString;

use super::assignment::Assignment;
use super::stage::Base;
use crate::error::CliError;

/// A repository that can be worked on, and its issues.
pub(super) struct Checked {
    github: GitHub,
    token: SecretString,
    repo: Repo,
    issues: Vec<(u64, String)>,
}

/// Asks the server for everything that could be wrong before the work begins.
pub(super) async fn check(
    url: &RepoUrl,
    token: &SecretString,
    issues: &[u64],
) -> Result<Checked, CliError> {
    let builder = GitHub::builder().base_url(url.base_url.as_str());
    let github = builder.token(token.clone()).build()?;
    let repo = github.repo(url.repo.clone());
    if repo.repository().await?.archived {
        return Err(CliError::Archived {
            repo: url.repo.clone(),
        });
    }
    let access = repo.check_access(&Right::ISSUE_TO_MERGE).await?;
    if !access.is_enough() {
        return Err(CliError::Access {
            repo: url.repo.clone(),
            access,
        });
    }
    let mut found = Vec::new();
    for &issue in issues {
        match repo.issue(issue).await {
            Ok(read) => found.push((issue, read.title)),
            Err(GitHubError::NotFound { .. }) => {
                let remedy = "give the number of one that is open";
                return Err(CliError::NoIssue {
                    repo: url.repo.clone(),
                    issue,
                    remedy,
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Checked {
        github,
        token: token.clone(),
        repo,
        issues: found,
    })
}

impl Checked {
    pub(super) fn assignments(self, base: &Base<'_>) -> Result<Vec<Assignment>, CliError> {
        let model = base.model.as_ref().expect("only a demo has scripts");
        let assignment = |(number, title): (u64, String)| {
            let repo = self.repo.repo_ref().clone();
            Assignment {
                number,
                forge_number: number,
                thread: Assignment::hosted_thread(&self.github, &repo, number),
                title,
                parts: base.parts(repo, self.github.clone(), self.token.clone(), model.clone()),
                respondent: None,
            }
        };
        Ok(self.issues.into_iter().map(assignment).collect())
    }
}
