//! One request to the server, before it is sent: what for, where to, and with which body.

use http::Method;
use serde_json::Value;

use super::route::Route;
use crate::error::{Call, GitHubError, Repeat};

/// Where queries and mutations go that REST does not have.
pub(crate) const GRAPHQL: &str = "/graphql";

/// The media types this client asks for.
pub(crate) const JSON: &str = "application/vnd.github+json";
pub(crate) const DIFF: &str = "application/vnd.github.diff";
pub(crate) const RAW: &str = "application/vnd.github.raw+json";

/// A request that can be sent, and sent again if that is safe.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) call: Call,
    pub(crate) method: Method,
    pub(crate) path_and_query: String,
    pub(crate) accept: &'static str,
    pub(crate) body: Option<Value>,
    /// Twice is the same as once, whatever the method.
    is_repeatable: bool,
    /// Nothing changes by it, whatever the method.
    is_read: bool,
    /// The answer may lie on another server, where it is read without a token.
    pub(crate) may_be_elsewhere: bool,
}

impl Request {
    /// # Errors
    ///
    /// [`GitHubError::InvalidRequest`] where a name cannot stand in a path.
    pub(crate) fn new(method: Method, call: Call, route: Route) -> Result<Self, GitHubError> {
        match route.finish() {
            Ok(path_and_query) => Ok(Self {
                call,
                method,
                path_and_query,
                accept: JSON,
                body: None,
                is_repeatable: false,
                is_read: false,
                may_be_elsewhere: false,
            }),
            Err(problem) => Err(GitHubError::InvalidRequest {
                call,
                problem: problem.to_owned(),
            }),
        }
    }

    pub(crate) fn get(call: Call, route: Route) -> Result<Self, GitHubError> {
        Self::new(Method::GET, call, route)
    }

    /// A POST to a path that holds no name of the caller's.
    pub(super) fn post_to(call: Call, path: &'static str, body: Value) -> Self {
        Self {
            call,
            method: Method::POST,
            path_and_query: path.to_owned(),
            accept: JSON,
            body: Some(body),
            is_repeatable: false,
            is_read: false,
            may_be_elsewhere: false,
        }
    }

    pub(crate) fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Says that twice is the same as once.
    pub(crate) fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }

    /// Says that nothing changes by it, as by a question that is sent by POST.
    pub(crate) fn reading(mut self) -> Self {
        self.is_read = true;
        self
    }

    /// Says that the server may send us to another one, such as where it keeps its logs.
    pub(crate) fn elsewhere(mut self) -> Self {
        self.may_be_elsewhere = true;
        self
    }

    /// Whether nothing changes by it.
    pub(crate) fn is_read(&self) -> bool {
        self.is_read || self.method == Method::GET
    }

    pub(crate) fn is_graphql(&self) -> bool {
        self.path_and_query == GRAPHQL
    }

    pub(crate) fn accept(mut self, media_type: &'static str) -> Self {
        self.accept = media_type;
        self
    }

    /// Whether the request may be sent again when it is unknown what became of it.
    ///
    /// POST creates something each time, and our only PUT merges; PATCH sets fields and DELETE
    /// removes, which twice is the same as once.
    pub(crate) fn repeat(&self) -> Repeat {
        match self.method {
            _ if self.is_repeatable || self.is_read => Repeat::Safe,
            Method::GET | Method::PATCH | Method::DELETE => Repeat::Safe,
            _ => Repeat::LookFirst,
        }
    }
}
