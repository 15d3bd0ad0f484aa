//! Who is asked for a review.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Codeowners, Owner, PullRequest};
use crate::account::Account;
use crate::client::Repo;
use crate::error::GitHubError;
use crate::lenient::or_default;
use crate::wire::Request;

/// Who is asked for a review of a pull request, and has not given one yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestedReviewers {
    /// Accounts.
    #[serde(default, deserialize_with = "or_default")]
    pub users: Vec<Account>,
    /// Teams of the organisation.
    #[serde(default, deserialize_with = "or_default")]
    pub teams: Vec<Team>,
}

/// A team of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Team {
    /// Its name as its address has it.
    pub slug: String,
}

impl Repo {
    /// Who is asked for a review, and has not given one yet.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no such pull request.
    pub async fn requested_reviewers(
        &self,
        number: u64,
    ) -> Result<RequestedReviewers, GitHubError> {
        let call = self.call("list reviewers of", format_args!("#{number}"));
        let route = self.pull_route(number).literal("requested_reviewers");
        self.github.json(Request::get(call, route)?).await
    }

    /// Asks accounts and teams for a review. Twice is the same as once.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Validation`] where one of them is its author, or may not read the
    /// repository: then nobody was asked.
    pub async fn request_reviewers(
        &self,
        number: u64,
        users: &[&str],
        teams: &[&str],
    ) -> Result<PullRequest, GitHubError> {
        let call = self.call("ask reviewers of", format_args!("#{number}"));
        let route = self.pull_route(number).literal("requested_reviewers");
        let request = Request::new(Method::POST, call, route)?.repeatable();
        let body = json!({ "reviewers": users, "team_reviewers": teams });
        self.github.json(request.with_body(body)).await
    }

    /// The rules of who owns which files, at a branch, tag or commit; none where the repository
    /// has no CODEOWNERS.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where the repository cannot be read.
    pub async fn codeowners(&self, git_ref: &str) -> Result<Option<Codeowners>, GitHubError> {
        let found = self.first_file(&Codeowners::PATHS, git_ref).await?;
        Ok(found.map(|file| Codeowners::parse(&String::from_utf8_lossy(&file.content))))
    }

    /// Asks those for a review who own what a pull request changes, as its base's CODEOWNERS
    /// says, and tells whom. Twice is the same as once.
    ///
    /// Its author is not asked, and nobody is by an address alone.
    ///
    /// # Errors
    ///
    /// As [`request_reviewers`](Self::request_reviewers).
    pub async fn request_code_owners(&self, number: u64) -> Result<Vec<Owner>, GitHubError> {
        let pull = self.pull_request(number).await?;
        let Some(codeowners) = self.codeowners(&pull.base.branch).await? else {
            return Ok(Vec::new());
        };
        let files = self.pull_request_files(number).await?;
        let paths = files.iter().flat_map(|file| {
            std::iter::once(file.path.as_str()).chain(file.previous_filename.as_deref())
        });
        let mut owners = codeowners.owners_of_all(paths);
        let author = pull.author.as_ref().map(|author| author.login.as_str());
        owners.retain(|owner| match owner {
            Owner::User(login) => !author.is_some_and(|author| author.eq_ignore_ascii_case(login)),
            Owner::Team { .. } => true,
            Owner::Email(_) => false,
        });
        if owners.is_empty() {
            return Ok(owners);
        }
        let (mut users, mut teams) = (Vec::new(), Vec::new());
        for owner in &owners {
            match owner {
                Owner::User(login) => users.push(login.as_str()),
                Owner::Team { team, .. } => teams.push(team.as_str()),
                Owner::Email(_) => {}
            }
        }
        self.request_reviewers(number, &users, &teams).await?;
        Ok(owners)
    }
}
