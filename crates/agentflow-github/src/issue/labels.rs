//! The labels of an issue or pull request.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use crate::client::Repo;
use crate::error::GitHubError;
use crate::wire::{Request, Route};

#[derive(Deserialize)]
struct Label {
    name: String,
}

impl Repo {
    /// Adds labels to an issue or pull request, and says which it has. Twice is the same as once.
    ///
    /// A label that is missing in the repository is made.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is none of that number.
    pub async fn add_labels(
        &self,
        number: u64,
        labels: &[&str],
    ) -> Result<Vec<String>, GitHubError> {
        let call = self.call("add labels to", format_args!("#{number}"));
        let request = Request::new(Method::POST, call, self.labels_route(number))?;
        self.labels(request.repeatable(), labels).await
    }

    /// Gives an issue or pull request these labels and no others. Twice is the same as once.
    ///
    /// # Errors
    ///
    /// As [`add_labels`](Self::add_labels).
    pub async fn set_labels(
        &self,
        number: u64,
        labels: &[&str],
    ) -> Result<Vec<String>, GitHubError> {
        let call = self.call("set the labels of", format_args!("#{number}"));
        let request = Request::new(Method::PUT, call, self.labels_route(number))?;
        self.labels(request.repeatable(), labels).await
    }

    /// Takes a label from an issue or pull request; fine if it does not have it.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no issue of that number.
    pub async fn remove_label(&self, number: u64, label: &str) -> Result<(), GitHubError> {
        let call = self.call("take a label from", format_args!("#{number}"));
        let route = self.labels_route(number).name(label);
        let request = Request::new(Method::DELETE, call, route)?;
        match self.github.transport().send(&request).await {
            // Of an issue that is missing the server says the same.
            Err(GitHubError::NotFound { .. }) => self.issue(number).await.map(|_| ()),
            outcome => outcome.map(|_| ()),
        }
    }

    fn labels_route(&self, number: u64) -> Route {
        self.issue_route(number).literal("labels")
    }

    async fn labels(&self, request: Request, labels: &[&str]) -> Result<Vec<String>, GitHubError> {
        let request = request.with_body(json!({ "labels": labels }));
        let now: Vec<Label> = self.github.json(request).await?;
        Ok(now.into_iter().map(|label| label.name).collect())
    }
}
