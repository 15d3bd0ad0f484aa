//! Reads and writes the reviews of a pull request.

use http::Method;
use serde_json::json;

use super::review::{NewReview, Review, ReviewComment};
use crate::client::Repo;
use crate::error::GitHubError;
use crate::marker::Marker;
use crate::wire::Request;

impl Repo {
    /// The reviews of a pull request, oldest first.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no such pull request.
    pub async fn reviews(&self, number: u64) -> Result<Vec<Review>, GitHubError> {
        let call = self.call("list reviews of", format_args!("#{number}"));
        self.items(call, self.pull_route(number).literal("reviews"))
            .await
    }

    /// The comments on lines of a pull request, of all reviews, oldest first.
    ///
    /// # Errors
    ///
    /// As [`reviews`](Self::reviews).
    pub async fn review_comments(&self, number: u64) -> Result<Vec<ReviewComment>, GitHubError> {
        let call = self.call("list review comments of", format_args!("#{number}"));
        self.items(call, self.pull_route(number).literal("comments"))
            .await
    }

    /// Submits a review. See [`ensure_review`](Self::ensure_review), which may be repeated.
    ///
    /// # Errors
    ///
    /// [`GitHubError::OwnPullRequest`] where the token's account opened the pull request and the
    /// review is more than a comment; [`GitHubError::OutsideDiff`] where a comment is on a line
    /// that the diff does not have: then nothing of the review was kept.
    ///
    /// # Cancel safety
    ///
    /// When dropped, it may or may not have been submitted.
    pub async fn create_review(&self, number: u64, new: &NewReview) -> Result<Review, GitHubError> {
        self.submit_review(number, new, &new.body).await
    }

    /// The review that we submitted with `marker`, if there is one.
    ///
    /// A review of another account does not count, whatever it carries, and neither does one
    /// that is still pending.
    ///
    /// # Errors
    ///
    /// As [`reviews`](Self::reviews).
    pub async fn find_review(
        &self,
        number: u64,
        marker: &Marker,
    ) -> Result<Option<Review>, GitHubError> {
        for review in self.reviews(number).await? {
            if review.state != crate::ReviewState::Pending
                && marker.is_in(&review.body)
                && self.github.is_us(review.author.as_ref()).await?
            {
                return Ok(Some(review));
            }
        }
        Ok(None)
    }

    /// The review of `key`: the one that is there, or a new one with the key hidden in it.
    ///
    /// # Errors
    ///
    /// [`GitHubError::InvalidRequest`] for a key that is no [`Marker`]; else as
    /// [`create_review`](Self::create_review), and always safe to repeat.
    ///
    /// # Cancel safety
    ///
    /// May be dropped and called again with the same key.
    pub async fn ensure_review(
        &self,
        number: u64,
        key: &str,
        new: &NewReview,
    ) -> Result<Review, GitHubError> {
        let marker = self.marker(
            self.call("review pull request", format_args!("#{number}")),
            key,
        )?;
        if let Some(review) = self.find_review(number, &marker).await? {
            return Ok(review);
        }
        let submitted = self
            .submit_review(number, new, &marker.mark(&new.body))
            .await;
        submitted.map_err(GitHubError::of_careful_operation)
    }

    /// Answers a review comment in its thread. Twice is two answers.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where the comment is gone.
    ///
    /// # Cancel safety
    ///
    /// When dropped, it may or may not have been written.
    pub async fn reply_to_review_comment(
        &self,
        number: u64,
        comment: u64,
        body: &str,
    ) -> Result<ReviewComment, GitHubError> {
        let call = self.call("reply to review comment of", format_args!("#{number}"));
        let route = self
            .pull_route(number)
            .literal("comments")
            .number(comment)
            .literal("replies");
        let request = Request::new(Method::POST, call, route)?.with_body(json!({ "body": body }));
        self.github.json(request).await
    }

    /// The answer of `key` in a thread: the one that is there, or a new one with the key hidden
    /// in it.
    ///
    /// # Errors
    ///
    /// [`GitHubError::InvalidRequest`] for a key that is no [`Marker`]; else as
    /// [`reply_to_review_comment`](Self::reply_to_review_comment), and always safe to repeat.
    ///
    /// # Cancel safety
    ///
    /// May be dropped and called again with the same key.
    pub async fn reply_to_review_comment_once(
        &self,
        number: u64,
        comment: u64,
        key: &str,
        body: &str,
    ) -> Result<ReviewComment, GitHubError> {
        let call = self.call("reply to review comment of", format_args!("#{number}"));
        let marker = self.marker(call, key)?;
        let all = self.review_comments(number).await?;
        // An answer to an answer belongs to the first comment of the thread.
        let asked = all.iter().find(|known| known.id == comment);
        let first = asked
            .and_then(|asked| asked.in_reply_to_id)
            .unwrap_or(comment);
        for answer in all {
            if answer.in_reply_to_id == Some(first)
                && marker.is_in(&answer.body)
                && self.github.is_us(answer.author.as_ref()).await?
            {
                return Ok(answer);
            }
        }
        let marked = marker.mark(body);
        let written = self.reply_to_review_comment(number, comment, &marked).await;
        written.map_err(GitHubError::of_careful_operation)
    }

    async fn submit_review(
        &self,
        number: u64,
        new: &NewReview,
        body: &str,
    ) -> Result<Review, GitHubError> {
        let call = self.call("review pull request", format_args!("#{number}"));
        let request = Request::new(
            Method::POST,
            call,
            self.pull_route(number).literal("reviews"),
        )?;
        self.github.json(request.with_body(new.to_json(body))).await
    }
}
