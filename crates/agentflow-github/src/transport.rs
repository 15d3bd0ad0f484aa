//! Sends one request and reads its answer: bounded, repeated only where that is safe.
//!
//! Knows no endpoint and decodes no body but an error's.

use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use jiff::Timestamp;
use octocrab::Octocrab;
use secrecy::{ExposeSecret as _, SecretString};

use crate::base_url::{BaseUrl, path_and_query};
use crate::classify::classify;
use crate::error::{AnswerProblem, GitHubError, Repeat};
use crate::limits::{Limits, REDIRECTS_MAX};
use crate::request::Request;
use crate::retry::RetryPolicy;

/// The connection to one server.
pub(crate) struct Transport {
    pub(crate) octocrab: Octocrab,
    pub(crate) base_url: BaseUrl,
    pub(crate) token: Option<SecretString>,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
}

/// A successful answer.
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Transport {
    /// Sends `request`, again if that is safe, until it succeeds or the policy gives up.
    ///
    /// # Cancel safety
    ///
    /// A read may be dropped at any point. Dropping a write leaves its outcome unknown.
    pub(crate) async fn send(&self, request: &Request) -> Result<Answer, GitHubError> {
        let mut delays = self.retry.delays();
        loop {
            let error = match self.attempt(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let backoff = delays.next();
            let Some(wait) = backoff.and_then(|backoff| self.retry.wait_after(&error, backoff))
            else {
                return Err(error);
            };
            tracing::debug!(%error, wait_ms = wait.as_millis(), "will try again");
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt, with the redirects of a read.
    async fn attempt(&self, request: &Request) -> Result<Answer, GitHubError> {
        let mut path = request.path_and_query.clone();
        for _ in 0..=REDIRECTS_MAX {
            let (status, headers, body) = self.exchange(request, &path).await?;
            tracing::debug!(call = %request.call, method = %request.method, status = status.as_u16(), "answered");
            if status.is_success() {
                return Ok(Answer { headers, body });
            }
            match self.redirect(request, status, &headers) {
                Some(next) => path = next,
                None => {
                    let text = self.redact(&String::from_utf8_lossy(&body));
                    return Err(classify(request, status, &headers, &text, Timestamp::now()));
                }
            }
        }
        let call = request.call.clone();
        Err(GitHubError::InvalidAnswer {
            call,
            source: AnswerProblem::Redirect,
        })
    }

    /// Where a read is redirected on this server; a write is never sent anywhere else.
    fn redirect(
        &self,
        request: &Request,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Option<String> {
        if request.method != Method::GET || !status.is_redirection() {
            return None;
        }
        let location = headers.get(header::LOCATION)?.to_str().ok()?;
        self.base_url
            .is_home_of(location)
            .then(|| path_and_query(location))?
    }

    async fn exchange(
        &self,
        request: &Request,
        path: &str,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>), GitHubError> {
        let builder = http::Request::builder()
            .method(request.method.clone())
            .uri(self.base_url.join(path))
            .header(header::ACCEPT, request.accept);
        let prepared = self.octocrab.build_request(builder, request.body.as_ref());
        let prepared = prepared.map_err(|error| GitHubError::InvalidRequest {
            call: request.call.clone(),
            problem: error.to_string(),
        })?;
        let sent = self.octocrab.execute(prepared).await;
        let answer = sent.map_err(|error| broken(request, Box::new(error)))?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, self.limits.body_bytes_max)
            .collect()
            .await;
        let body = body.map_err(|error| match error.downcast::<LengthLimitError>() {
            Ok(_) => GitHubError::TooLarge {
                call: request.call.clone(),
                what: "the answer",
                limit: format!("body_bytes_max = {}", self.limits.body_bytes_max),
            },
            Err(error) => broken(request, error),
        })?;
        Ok((parts.status, parts.headers, Vec::from(body.to_bytes())))
    }

    /// `text` without the token, should the server have sent it back.
    pub(crate) fn redact(&self, text: &str) -> String {
        match &self.token {
            Some(token) if !token.expose_secret().is_empty() => {
                text.replace(token.expose_secret(), "[token]")
            }
            _ => text.to_owned(),
        }
    }
}

/// A connection that failed. If it was never made, the request was never sent.
fn broken(request: &Request, source: Box<dyn std::error::Error + Send + Sync>) -> GitHubError {
    let repeat = if never_connected(source.as_ref()) {
        Repeat::Safe
    } else {
        request.repeat()
    };
    GitHubError::Unavailable {
        call: request.call.clone(),
        status: None,
        repeat,
        source: Some(source),
    }
}

fn never_connected(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .filter_map(|error| error.downcast_ref::<reqwest::Error>())
        .any(reqwest::Error::is_connect)
}
