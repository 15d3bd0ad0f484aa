//! Sends one request and reads its answer: bounded, repeated only where that is safe.
//!
//! Knows no endpoint and decodes no body but an error's.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use jiff::Timestamp;
use octocrab::Octocrab;
use secrecy::{ExposeSecret as _, SecretString};

use super::base_url::{BaseUrl, path_and_query};
use super::classify::classify;
use super::request::Request;
use super::retry::RetryPolicy;
use crate::auth::{Auth, Proof};
use crate::error::{AnswerProblem, GitHubError, Repeat};
use crate::limits::{Limits, REDIRECTS_MAX};

/// The connection to one server.
pub(crate) struct Transport {
    pub(crate) octocrab: Octocrab,
    pub(crate) base_url: BaseUrl,
    pub(crate) auth: Auth,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    /// What was shown to the server of late, and may come back from it.
    pub(crate) shown: Mutex<Vec<SecretString>>,
}

/// Tokens that are remembered for what comes back: that of now, those of calls under way.
const SHOWN_MAX: usize = 4;

/// The attempts that are left of one call.
struct Retries<'a> {
    policy: &'a RetryPolicy,
    delays: Box<dyn Iterator<Item = Duration> + Send + 'a>,
}

impl Retries<'_> {
    /// Waits for the next attempt, or returns the error if there is none.
    async fn after(&mut self, error: GitHubError) -> Result<(), GitHubError> {
        let backoff = self.delays.next();
        let Some(wait) = backoff.and_then(|backoff| self.policy.wait_after(&error, backoff)) else {
            return Err(error);
        };
        tracing::debug!(%error, wait_ms = wait.as_millis(), "will try again");
        tokio::time::sleep(wait).await;
        Ok(())
    }
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
        let mut retries = self.retries();
        loop {
            match self.attempt_as_ourselves(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => retries.after(error).await?,
            }
        }
    }

    /// As [`Transport::send`], with a proof of the caller's.
    pub(crate) async fn send_as(
        &self,
        request: &Request,
        proof: &Proof,
    ) -> Result<Answer, GitHubError> {
        let mut retries = self.retries();
        loop {
            match self.attempt(request, Some(proof)).await {
                Ok(answer) => return Ok(answer),
                Err(error) => retries.after(error).await?,
            }
        }
    }

    fn retries(&self) -> Retries<'_> {
        Retries {
            policy: &self.retry,
            delays: Box::new(self.retry.delays()),
        }
    }

    /// One attempt, or a second one with a token that is not older than the call.
    async fn attempt_as_ourselves(&self, request: &Request) -> Result<Answer, GitHubError> {
        let proof = self.auth.proof(self).await?;
        let refused = match self.attempt(request, proof.as_ref()).await {
            Err(error @ GitHubError::Unauthorized { .. }) => error,
            outcome => return outcome,
        };
        // Nothing happened, so that it may be sent again, whatever it is.
        match proof {
            Some(proof) if self.auth.renews(&proof).await => {
                let proof = self.auth.proof(self).await?;
                self.attempt(request, proof.as_ref()).await
            }
            _ => Err(refused),
        }
    }

    /// One attempt, with the redirects of a read.
    async fn attempt(
        &self,
        request: &Request,
        proof: Option<&Proof>,
    ) -> Result<Answer, GitHubError> {
        let mut path = request.path_and_query.clone();
        for _ in 0..=REDIRECTS_MAX {
            let (status, headers, body) = self.exchange(request, &path, proof).await?;
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
        proof: Option<&Proof>,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>), GitHubError> {
        let mut builder = http::Request::builder()
            .method(request.method.clone())
            .uri(self.base_url.join(path))
            .header(header::ACCEPT, request.accept);
        if let Some(proof) = proof {
            self.note_shown(&proof.token);
            builder = builder.header(header::AUTHORIZATION, proof.header.clone());
        }
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

    /// `text` without the tokens, should the server have sent one back.
    pub(crate) fn redact(&self, text: &str) -> String {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = shown.iter().map(|token| token.expose_secret());
        let tokens = tokens.filter(|token| !token.is_empty());
        tokens.fold(text.to_owned(), |text, token| {
            text.replace(token, "[token]")
        })
    }

    fn note_shown(&self, token: &SecretString) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |known: &SecretString| known.expose_secret() == token.expose_secret();
        if !shown.iter().any(is_known) {
            shown.insert(0, token.clone());
            shown.truncate(SHOWN_MAX);
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
