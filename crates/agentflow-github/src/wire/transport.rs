//! Sends one request and reads its answer: bounded, repeated only where that is safe.
//!
//! Knows no endpoint and decodes no body but an error's.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use jiff::Timestamp;
use octocrab::Octocrab;
use secrecy::{ExposeSecret as _, SecretString};

use super::base_url::{BaseUrl, path_and_query};
use super::cache::{AnswerCache, Asked, Kept};
use super::circuit::Circuit;
use super::classify::classify;
use super::graphql::limited;
use super::pace::Pacer;
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
    pub(crate) pacer: Pacer,
    pub(crate) circuit: Circuit,
    pub(crate) cache: AnswerCache,
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

/// Where the answer is.
enum Redirect {
    /// On this server.
    Here(String),
    /// On another one.
    Elsewhere(String),
}

/// A successful answer.
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
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
            let asked = Asked {
                path_and_query: path,
                accept: request.accept,
            };
            let known = (request.method == Method::GET).then(|| self.cache.get(&asked));
            let known = known.flatten();
            let sent = self.admitted(request, &asked, proof, known.as_deref());
            let (status, headers, body) = sent.await?;
            tracing::debug!(call = %request.call, method = %request.method, status = status.as_u16(), "answered");
            if let Some(known) = known
                && status == StatusCode::NOT_MODIFIED
            {
                // What the server says now counts, such as whether there is another page.
                let mut all = known.headers.clone();
                for (name, value) in &headers {
                    all.insert(name.clone(), value.clone());
                }
                let (headers, body) = (all, known.body.clone());
                return Ok(Answer { headers, body });
            }
            if status.is_success() {
                if request.is_graphql()
                    && let Some(error) = limited(request, &headers, &body)
                {
                    return Err(self.noted(request, error));
                }
                if request.method == Method::GET && status == StatusCode::OK {
                    self.cache.put(asked, &headers, &body);
                }
                return Ok(Answer { headers, body });
            }
            match self.redirect(request, status, &headers) {
                Some(Redirect::Here(next)) => path = next,
                Some(Redirect::Elsewhere(url)) => return self.fetch(request, url).await,
                None => return Err(self.refusal(request, status, &headers, &body)),
            }
        }
        let call = request.call.clone();
        Err(GitHubError::InvalidAnswer {
            call,
            source: AnswerProblem::Redirect,
        })
    }

    /// One exchange, when its turn has come and the server is not left alone.
    async fn admitted(
        &self,
        request: &Request,
        asked: &Asked,
        proof: Option<&Proof>,
        known: Option<&Kept>,
    ) -> Result<(StatusCode, HeaderMap, Bytes), GitHubError> {
        self.pacer.turn(request, self.retry.limit_wait_max).await?;
        let passage = self.circuit.enter(request)?;
        let outcome = self.exchange(request, asked, proof, known).await;
        match &outcome {
            Ok((status, ..)) if !status.is_server_error() => passage.answered(),
            Ok(_) | Err(GitHubError::Unavailable { .. }) => passage.failed(),
            Err(_) => drop(passage),
        }
        outcome
    }

    /// What an answer that is no success means.
    fn refusal(
        &self,
        request: &Request,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> GitHubError {
        let text = self.redact(&String::from_utf8_lossy(body));
        let error = classify(request, status, headers, &text, Timestamp::now());
        self.noted(request, error)
    }

    /// A limit holds for the calls after it, too.
    fn noted(&self, request: &Request, error: GitHubError) -> GitHubError {
        if let GitHubError::RateLimited {
            limit, retry_after, ..
        } = &error
        {
            self.pacer.refused(request, *limit, *retry_after);
        }
        error
    }

    /// Where a read is redirected; a write is never sent anywhere else, and to another server
    /// only what may lie there.
    fn redirect(
        &self,
        request: &Request,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Option<Redirect> {
        if request.method != Method::GET || !status.is_redirection() {
            return None;
        }
        let location = headers.get(header::LOCATION)?.to_str().ok()?;
        if self.base_url.is_home_of(location) {
            return path_and_query(location).map(Redirect::Here);
        }
        let is_safe = location.starts_with("https://") || self.base_url.is_loopback();
        let may = request.may_be_elsewhere && is_safe;
        may.then(|| Redirect::Elsewhere(location.to_owned()))
    }

    /// Reads an answer that lies on another server, without a token.
    async fn fetch(&self, request: &Request, url: String) -> Result<Answer, GitHubError> {
        let builder = http::Request::builder().uri(url);
        let call = request.call.clone();
        let outcome = self.outcome(request, builder).await;
        let (status, headers, body) = outcome.map_err(|error| match error {
            // Its cause would show the address, which is signed: whoever has it may read.
            GitHubError::Unavailable { call, repeat, .. } => GitHubError::Unavailable {
                call,
                status: None,
                repeat,
                source: None,
            },
            error => error,
        })?;
        match status.as_u16() {
            200..=299 => Ok(Answer { headers, body }),
            500..=599 => Err(GitHubError::Unavailable {
                call,
                status: Some(status.as_u16()),
                repeat: request.repeat(),
                source: None,
            }),
            // It says nothing of our token, which it never saw.
            _ => Err(GitHubError::NotFound {
                call,
                message: format!("where the server keeps it: status {}", status.as_u16()),
            }),
        }
    }

    async fn exchange(
        &self,
        request: &Request,
        asked: &Asked,
        proof: Option<&Proof>,
        known: Option<&Kept>,
    ) -> Result<(StatusCode, HeaderMap, Bytes), GitHubError> {
        let mut builder = http::Request::builder()
            .method(request.method.clone())
            .uri(self.base_url.join(&asked.path_and_query))
            .header(header::ACCEPT, request.accept);
        if let Some(known) = known {
            builder = builder.header(header::IF_NONE_MATCH, known.etag.clone());
        }
        if let Some(proof) = proof {
            self.note_shown(&proof.token);
            builder = builder.header(header::AUTHORIZATION, proof.header.clone());
        }
        self.outcome(request, builder).await
    }

    /// Sends what was prepared, and reads the answer up to the limit.
    async fn outcome(
        &self,
        request: &Request,
        builder: http::request::Builder,
    ) -> Result<(StatusCode, HeaderMap, Bytes), GitHubError> {
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
        Ok((parts.status, parts.headers, body.to_bytes()))
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
