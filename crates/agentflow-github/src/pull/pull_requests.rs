//! Reads, finds, opens and changes pull requests. Merging is in `merge`, reviewing in `reviews`.

use http::Method;
use serde_json::json;

use super::pull_request::{
    NewPullRequest, PullRequest, PullRequestFile, PullRequestState, PullRequestUpdate,
};
use crate::client::Repo;
use crate::error::{Call, GitHubError};
use crate::wire::{DIFF, Request, Route};

impl Repo {
    /// A pull request.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is none of that number.
    pub async fn pull_request(&self, number: u64) -> Result<PullRequest, GitHubError> {
        let call = self.call("read pull request", format_args!("#{number}"));
        self.github
            .json(Request::get(call, self.pull_route(number))?)
            .await
    }

    /// The newest pull request from `head` into `base`, open or not.
    ///
    /// `head` is a branch of this repository, or `owner:branch` for a fork's.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where the repository cannot be read.
    pub async fn find_pull_request(
        &self,
        head: &str,
        base: &str,
    ) -> Result<Option<PullRequest>, GitHubError> {
        Ok(self
            .pulls_between(head, base, "all")
            .await?
            .into_iter()
            .max_by_key(|pull| pull.number))
    }

    /// Opens a pull request. See [`ensure_pull_request`](Self::ensure_pull_request), which may
    /// be repeated.
    ///
    /// # Errors
    ///
    /// [`GitHubError::AlreadyExists`] where one is open for these branches;
    /// [`GitHubError::Validation`] where there is nothing to propose or a branch is missing;
    /// [`GitHubError::QuotaReached`] where too many were opened today.
    ///
    /// # Cancel safety
    ///
    /// When dropped, it may or may not have been opened.
    pub async fn create_pull_request(
        &self,
        new: &NewPullRequest,
    ) -> Result<PullRequest, GitHubError> {
        let call = self.call(
            "open pull request of",
            format_args!(":{} into {}", new.head, new.base),
        );
        self.keep_quota(&call).await?;
        let body = json!({
            "title": new.title, "head": new.head, "base": new.base, "body": new.body, "draft": new.draft,
        });
        let request = Request::new(Method::POST, call, self.route().literal("pulls"))?;
        self.github.json(request.with_body(body)).await
    }

    /// The pull request for these branches: the one that is there, or a new one.
    ///
    /// A closed or merged one counts as long as its branch did not move on: it is what an
    /// earlier attempt opened and a person dealt with since. Its `mergeable` is not filled in.
    ///
    /// # Errors
    ///
    /// As [`create_pull_request`](Self::create_pull_request), and always safe to repeat.
    ///
    /// # Cancel safety
    ///
    /// May be dropped and called again.
    pub async fn ensure_pull_request(
        &self,
        new: &NewPullRequest,
    ) -> Result<PullRequest, GitHubError> {
        if let Some(pull) = self.find_pull_request(&new.head, &new.base).await?
            && self.still_stands(&pull).await?
        {
            return Ok(pull);
        }
        match self.create_pull_request(new).await {
            Err(error @ GitHubError::AlreadyExists { .. }) => self
                .pulls_between(&new.head, &new.base, "open")
                .await?
                .pop()
                .ok_or(error),
            outcome => outcome.map_err(GitHubError::of_careful_operation),
        }
    }

    /// Changes a pull request's title, text, state or base.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Validation`] where the new base does not exist.
    pub async fn update_pull_request(
        &self,
        number: u64,
        update: &PullRequestUpdate,
    ) -> Result<PullRequest, GitHubError> {
        let call = self.call("update pull request", format_args!("#{number}"));
        let body = json!(update);
        let request = Request::new(Method::PATCH, call, self.pull_route(number))?.with_body(body);
        self.github.json(request).await
    }

    /// A pull request's changes as one unified diff; bytes that are no UTF-8 are replaced.
    ///
    /// # Errors
    ///
    /// [`GitHubError::TooLarge`] where the server refuses to render it, or it is larger than the
    /// client's limit; [`pull_request_files`](Self::pull_request_files) may still work.
    pub async fn diff(&self, number: u64) -> Result<String, GitHubError> {
        let call = self.call("read the diff of", format_args!("#{number}"));
        let request = Request::get(call, self.pull_route(number))?.accept(DIFF);
        let answer = self.github.transport().send(&request).await?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// The files that a pull request changes.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no such pull request.
    pub async fn pull_request_files(
        &self,
        number: u64,
    ) -> Result<Vec<PullRequestFile>, GitHubError> {
        let call = self.call("list files of", format_args!("#{number}"));
        self.items(call, self.pull_route(number).literal("files"))
            .await
    }

    pub(crate) fn pull_route(&self, number: u64) -> Route {
        self.route().literal("pulls").number(number)
    }

    /// The pull requests between two branches, newest last.
    async fn pulls_between(
        &self,
        head: &str,
        base: &str,
        state: &str,
    ) -> Result<Vec<PullRequest>, GitHubError> {
        let (owner, branch) = head.split_once(':').unwrap_or((self.name.owner(), head));
        let label = format!("{owner}:{branch}");
        let call: Call = self.call("find pull request of", format_args!(":{head} into {base}"));
        let route = self.route().literal("pulls");
        let route = route
            .query("state", state)
            .query("head", &label)
            .query("base", base);
        let mut pulls: Vec<PullRequest> = self.items(call, route).await?;
        // A server that does not understand the filter ignores it.
        pulls.retain(|pull| {
            let of_owner = pull
                .head
                .label
                .as_ref()
                .is_none_or(|l| l.eq_ignore_ascii_case(&label));
            pull.head.branch == branch && pull.base.branch == base && of_owner
        });
        pulls.sort_by_key(|pull| pull.number);
        Ok(pulls)
    }

    /// Whether a pull request is about what its branch holds now.
    async fn still_stands(&self, pull: &PullRequest) -> Result<bool, GitHubError> {
        let is_ours = pull
            .head
            .repo
            .as_ref()
            .is_none_or(|repo| repo.eq_ignore_ascii_case(&self.name.to_string()));
        if pull.state == PullRequestState::Open || !is_ours {
            return Ok(true);
        }
        let branch = self.branch(&pull.head.branch).await?;
        Ok(branch.is_none_or(|branch| branch.commit.sha == pull.head.sha))
    }
}
