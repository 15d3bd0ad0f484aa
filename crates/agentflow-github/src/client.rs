//! The client and its handle on one repository. The operations are in the modules of what they
//! are about: issues, pull requests, reviews, checks.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use crate::builder::GitHubBuilder;
use crate::error::{AnswerProblem, Call, GitHubError};
use crate::limits::PAGE_ITEMS;
use crate::repo_ref::RepoRef;
use crate::repository::CommitSigner;
use crate::wire::{BaseUrl, Request, Route, Transport};

/// A client of GitHub, or of a server that speaks its REST. Cheap to clone.
///
/// Belongs to the tokio runtime in which it was built.
#[derive(Clone)]
pub struct GitHub {
    inner: Arc<Inner>,
}

struct Inner {
    transport: Transport,
    /// What signs the commits that are made here.
    signer: Option<Arc<dyn CommitSigner>>,
    /// Most pull requests that are opened in 24 hours.
    quota: Option<u32>,
    /// Who we are, once asked; `None` inside for tokens that belong to an app, not to a user.
    viewer: OnceCell<Option<String>>,
}

/// One repository on one server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Repo {
    pub(crate) github: GitHub,
    pub(crate) name: Arc<RepoRef>,
}

impl GitHub {
    /// Starts a client for github.com, without a token.
    pub fn builder() -> GitHubBuilder {
        GitHubBuilder::default()
    }

    pub(crate) fn new(
        transport: Transport,
        signer: Option<Arc<dyn CommitSigner>>,
        quota: Option<u32>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                transport,
                signer,
                quota,
                viewer: OnceCell::new(),
            }),
        }
    }

    /// The operations on one repository. Sends nothing.
    pub fn repo(&self, repo: RepoRef) -> Repo {
        Repo {
            github: self.clone(),
            name: Arc::new(repo),
        }
    }

    /// Where the server's REST lives.
    pub fn base_url(&self) -> &BaseUrl {
        &self.inner.transport.base_url
    }

    /// The address from which `repo` is cloned, without credentials.
    pub fn git_url(&self, repo: &RepoRef) -> String {
        self.base_url().git_url(repo)
    }

    /// The address of `repo` in a browser.
    pub fn html_url(&self, repo: &RepoRef) -> String {
        self.base_url().html_url(repo)
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.inner.transport
    }

    pub(crate) fn signer(&self) -> Option<&dyn CommitSigner> {
        self.inner.signer.as_deref()
    }

    pub(crate) fn quota(&self) -> Option<u32> {
        self.inner.quota
    }

    pub(crate) fn viewer(&self) -> &OnceCell<Option<String>> {
        &self.inner.viewer
    }

    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<T, GitHubError> {
        let answer = self.transport().send(&request).await?;
        self.decode(&request, &answer.body)
    }

    pub(crate) fn decode<T: DeserializeOwned>(
        &self,
        request: &Request,
        body: &[u8],
    ) -> Result<T, GitHubError> {
        serde_json::from_slice(body).map_err(|error| self.misread(request, error))
    }

    /// The error of an answer that is not the JSON it should be.
    pub(crate) fn misread(&self, request: &Request, error: serde_json::Error) -> GitHubError {
        // The message quotes the value that was found, and that could be the token.
        let text = error.to_string();
        let safe = self.transport().redact(&text);
        let error = if safe == text {
            error
        } else {
            serde::de::Error::custom(safe)
        };
        GitHubError::InvalidAnswer {
            call: request.call.clone(),
            source: AnswerProblem::Json(error),
        }
    }
}

impl Repo {
    /// Which repository this is.
    pub fn repo_ref(&self) -> &RepoRef {
        &self.name
    }

    /// The client this handle came from.
    pub fn github(&self) -> &GitHub {
        &self.github
    }

    pub(crate) fn call(&self, operation: &'static str, thing: impl fmt::Display) -> Call {
        Call::new(operation, format!("{}{thing}", self.name))
    }

    pub(crate) fn route(&self) -> Route {
        Route::new("repos")
            .name(self.name.owner())
            .name(self.name.name())
    }

    /// Removes something; fine if it is gone already.
    pub(crate) async fn gone(&self, request: &Request) -> Result<(), GitHubError> {
        match self.github.transport().send(request).await {
            Ok(_) | Err(GitHubError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// All items of a listing whose pages are arrays.
    pub(crate) async fn items<T: DeserializeOwned>(
        &self,
        call: Call,
        route: Route,
    ) -> Result<Vec<T>, GitHubError> {
        let route = route.query("per_page", &PAGE_ITEMS.to_string());
        self.github
            .list(Request::get(call, route)?, |page: Vec<T>| page)
            .await
    }
}

impl fmt::Debug for GitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = self.transport();
        f.debug_struct("GitHub")
            .field("base_url", &transport.base_url)
            .field("auth", &transport.auth)
            .finish_non_exhaustive()
    }
}
