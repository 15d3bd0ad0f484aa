//! What clients have asked, for tests to look at. Never who they said they are.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, Method};
use serde_json::Value;

/// Requests remembered, the newest; a server that runs for days must not grow without end.
const REQUESTS_KEPT_MAX: usize = 1_000;

/// The header that carries the label of a request, for scripts with labels.
const LABEL: &str = "x-agentflow-label";

/// A request as it came, whatever became of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SeenRequest {
    /// The method, such as `POST`.
    pub method: String,
    /// The path, such as `/v1/chat/completions`.
    pub path: String,
    /// The header `x-agentflow-label`, if it was sent.
    pub label: Option<String>,
    /// The body; null if there was none, or none that is JSON.
    pub body: Value,
}

/// The newest requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<VecDeque<SeenRequest>>);

impl Seen {
    pub(crate) fn add(&self, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) {
        let request = SeenRequest {
            method: method.to_string(),
            path: path.to_owned(),
            label: label_of(headers),
            body: serde_json::from_slice(body).unwrap_or_default(),
        };
        let mut seen = self.lock();
        if seen.len() == REQUESTS_KEPT_MAX {
            seen.pop_front();
        }
        seen.push_back(request);
    }

    pub(crate) fn all(&self) -> Vec<SeenRequest> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<SeenRequest>> {
        // Nothing panics half way through a change, so a poisoned lock guards good data.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the client says that the request is for.
pub(crate) fn label_of(headers: &HeaderMap) -> Option<String> {
    let label = headers.get(LABEL)?.as_bytes();
    Some(String::from_utf8_lossy(label).into_owned())
}
