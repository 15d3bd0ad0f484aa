//! Asks a server and reads its answer, within time and size limits. What is asked and
//! answered is the caller's.
//!
//! One request, one answer: no retries, no cache, no budget.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{RequestBuilder, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fault::{Asked, Refusal};
use super::retry_after;
use crate::clip::start_of;
use crate::{InvalidReply, ModelError, ModelFault};

/// Enough of a page to see whose it is.
const START_CHARS_SHOWN: usize = 120;

/// One address of a server, and how it is asked.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) http: reqwest::Client,
    pub(super) url: Url,
    pub(super) key: Option<SecretString>,
    pub(super) timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) reply_bytes_max: usize,
}

impl Server {
    /// Sends the body and reads a reply of this form, or what the refusal means.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        model: &str,
        body: &impl Serialize,
    ) -> Result<(Asked, T), ModelError> {
        let request = self.http.post(self.url.clone()).json(body);
        let (asked, response) = self.send(model, request.timeout(self.timeout)).await?;
        let reply = self.whole(model, response).await?;
        Ok((asked, reply))
    }

    /// Reads what the server tells at another of its addresses.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, ModelError> {
        let asked = url.path().to_owned();
        let request = self.http.get(url).timeout(self.timeout);
        let (_, response) = self.send(&asked, request).await?;
        self.whole(&asked, response).await
    }

    /// Sends the body and gives the answer, of which only the head was read, or what the
    /// refusal means. Waits at most the idle time for the head.
    pub(super) async fn open(
        &self,
        model: &str,
        body: &impl Serialize,
    ) -> Result<(Asked, Response), ModelError> {
        let request = self.http.post(self.url.clone()).json(body);
        let answer = tokio::time::timeout(self.idle_timeout, self.send(model, request));
        let answer = answer.await;
        answer.unwrap_or_else(|_| Err(self.was_silent(model)))
    }

    /// The next bytes of an answer that was opened; `None` at its end.
    pub(super) async fn next_bytes(
        &self,
        model: &str,
        response: &mut Response,
    ) -> Result<Option<Bytes>, ModelError> {
        let chunk = tokio::time::timeout(self.idle_timeout, response.chunk()).await;
        let chunk = chunk.map_err(|_| self.was_silent(model))?;
        chunk.map_err(|error| self.not_reached(model, error))
    }

    async fn send(
        &self,
        model: &str,
        request: RequestBuilder,
    ) -> Result<(Asked, Response), ModelError> {
        let sent = request.send().await;
        let response = sent.map_err(|error| self.not_reached(model, error))?;
        let (status, headers) = (response.status(), response.headers());
        let asked = Asked {
            model: model.to_owned(),
            request_id: header(headers, "x-generation-id"),
            retry_after: retry_after::of(headers),
        };
        if status.is_success() {
            return Ok((asked, response));
        }
        let bytes = self.read(model, response).await?;
        let refusal = Refusal::of_body(&bytes).map_text(|text| self.without_key(text));
        Err(refusal.into_error(Some(status.as_u16()), asked))
    }

    /// Reads a reply of this form that comes as one body.
    pub(super) async fn whole<T: DeserializeOwned>(
        &self,
        model: &str,
        response: Response,
    ) -> Result<T, ModelError> {
        let headers = response.headers().clone();
        let bytes = self.read(model, response).await?;
        self.decode(&headers, &bytes)
    }

    /// As [`Server::whole`], of an answer that was opened: it has as long for its body as
    /// another one has for all of it.
    pub(super) async fn whole_in_time<T: DeserializeOwned>(
        &self,
        model: &str,
        response: Response,
    ) -> Result<T, ModelError> {
        let whole = tokio::time::timeout(self.timeout, self.whole(model, response));
        whole.await.unwrap_or_else(|_| Err(self.was_late(model)))
    }

    /// Reads the whole body, and no further than the limit.
    async fn read(&self, model: &str, mut response: Response) -> Result<Vec<u8>, ModelError> {
        let is_refusal = !response.status().is_success();
        let mut bytes = Vec::new();
        loop {
            let chunk = response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| self.not_reached(model, error))? else {
                return Ok(bytes);
            };
            let room = self.reply_bytes_max - bytes.len();
            if chunk.len() > room {
                // What a refusal means is in its status; the rest of a long page adds nothing.
                if is_refusal {
                    bytes.extend_from_slice(&chunk[..room]);
                    return Ok(bytes);
                }
                return Err(self.invalid(InvalidReply::TooLarge {
                    bytes_max: self.reply_bytes_max,
                }));
            }
            bytes.extend_from_slice(&chunk);
        }
    }

    fn decode<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        bytes: &[u8],
    ) -> Result<T, ModelError> {
        match serde_json::from_slice(bytes) {
            Ok(reply) => Ok(reply),
            Err(_) if !looks_like_json(bytes) => {
                let text = self.without_key(&String::from_utf8_lossy(bytes));
                Err(self.invalid(InvalidReply::NotJson {
                    content_type: header(headers, CONTENT_TYPE.as_str())
                        .unwrap_or_else(|| "an answer without content type".into()),
                    start: start_of(text.trim(), START_CHARS_SHOWN),
                }))
            }
            Err(source) => Err(self.invalid(InvalidReply::Shape { source })),
        }
    }

    /// What an error means that came with a status of success.
    pub(super) fn refused(&self, error: &Value, asked: Asked) -> ModelError {
        let refusal = Refusal::of_error(error).map_text(|text| self.without_key(text));
        refusal.into_error(None, asked)
    }

    fn was_late(&self, model: &str) -> ModelError {
        let waited = format!("no whole reply within {:?}", self.timeout);
        let fault = ModelFault::new(model, waited);
        ModelError::Timeout { fault }
    }

    fn was_silent(&self, model: &str) -> ModelError {
        let waited = format!("nothing came for {:?}", self.idle_timeout);
        let fault = ModelFault::new(model, waited);
        ModelError::Timeout { fault }
    }

    fn not_reached(&self, model: &str, error: reqwest::Error) -> ModelError {
        if error.is_timeout() && !error.is_connect() {
            return self.was_late(model);
        }
        ModelError::Unreachable {
            address: self.address(),
            // A query may hold what should not be shown.
            source: error.without_url().into(),
        }
    }

    pub(super) fn invalid(&self, problem: InvalidReply) -> ModelError {
        ModelError::InvalidReply {
            address: self.address(),
            problem,
        }
    }

    pub(super) fn address(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Some servers repeat the key they refuse.
    fn without_key(&self, text: &str) -> String {
        let key = self
            .key
            .as_ref()
            .map_or("", |key| key.expose_secret().trim());
        if key.is_empty() {
            return text.to_owned();
        }
        text.replace(key, "[key]")
    }
}

pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Whether a broken answer was at least meant as JSON.
fn looks_like_json(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}
