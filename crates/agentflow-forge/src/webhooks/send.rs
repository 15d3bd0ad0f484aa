//! Sends one delivery, as GitHub does, and says what came of it.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Map, Value};

use super::target::HookTargets;
use crate::digest::{hex, hmac_sha256};
use crate::store::deliveries::{Delivery, Outcome};
use crate::store::hooks::Hook;

/// Most of a receiver's answer that is kept.
const ANSWER_BYTES_MAX: usize = 64 << 10;
const USER_AGENT: &str = concat!("GitHub-Hookshot/", env!("CARGO_PKG_VERSION"));

/// Clients that follow no redirect and know no proxy.
pub(super) struct Sender {
    strict: Client,
    /// For hooks that ask not to look at certificates.
    lenient: Client,
}

impl Sender {
    pub(super) fn new(time_max: Duration) -> Result<Self, reqwest::Error> {
        let builder = || {
            Client::builder()
                .redirect(Policy::none())
                .timeout(time_max)
                .no_proxy()
                .user_agent(USER_AGENT)
        };
        Ok(Self {
            strict: builder().build()?,
            lenient: builder().tls_danger_accept_invalid_certs(true).build()?,
        })
    }

    fn client_for(&self, hook: &Hook) -> &Client {
        match hook.insecure_ssl.as_str() {
            "1" => &self.lenient,
            _ => &self.strict,
        }
    }
}

pub(super) async fn send(
    sender: &Sender,
    targets: HookTargets,
    hook: &Hook,
    delivery: &Delivery,
) -> Outcome {
    let mut outcome = Outcome {
        url: hook.url.clone(),
        response_headers: "{}".to_owned(),
        ..Outcome::default()
    };
    let (body, content) = body(hook, &delivery.payload);
    let headers = headers(hook, delivery, &body, content);
    outcome.request_headers = shown(&headers);
    let Some(url) = targets.admit(&hook.url) else {
        outcome.status = "url is not allowed".to_owned();
        return outcome;
    };
    let started = Instant::now();
    let client = sender.client_for(hook);
    let answer = client.post(url).headers(headers).body(body).send().await;
    match answer {
        Ok(answer) => read(answer, &mut outcome).await,
        Err(error) => {
            let (code, status) = failure(&error);
            outcome.status_code = code;
            outcome.status = status.to_owned();
        }
    }
    outcome.duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    outcome
}

/// What is sent, and of which type it is.
fn body(hook: &Hook, payload: &str) -> (String, &'static str) {
    if hook.content_type == "json" {
        return (payload.to_owned(), "application/json");
    }
    let escaped: String = form_urlencoded::byte_serialize(payload.as_bytes()).collect();
    (
        format!("payload={escaped}"),
        "application/x-www-form-urlencoded",
    )
}

fn headers(hook: &Hook, delivery: &Delivery, body: &str, content: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut say = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    say("accept", "*/*");
    say("content-type", content);
    say("user-agent", USER_AGENT);
    say("x-github-delivery", &delivery.guid);
    say("x-github-event", &delivery.event);
    say("x-github-hook-id", &hook.id.to_string());
    say(
        "x-github-hook-installation-target-id",
        &hook.repo_id.to_string(),
    );
    say("x-github-hook-installation-target-type", "repository");
    if let Some(secret) = &hook.secret {
        let signature = hmac_sha256(secret.as_bytes(), body.as_bytes());
        say(
            "x-hub-signature-256",
            &format!("sha256={}", hex(&signature)),
        );
    }
    headers
}

async fn read(mut answer: Response, outcome: &mut Outcome) {
    let status = answer.status();
    outcome.status_code = i64::from(status.as_u16());
    outcome.status = reason(status).to_owned();
    outcome.response_headers = shown(answer.headers());
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_BYTES_MAX {
        match answer.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            // What came before it broke off is worth keeping.
            Ok(None) | Err(_) => break,
        }
    }
    bytes.truncate(ANSWER_BYTES_MAX);
    outcome.response = String::from_utf8_lossy(&bytes).into_owned();
}

fn reason(status: StatusCode) -> &'static str {
    if status.is_success() {
        return "OK";
    }
    status.canonical_reason().unwrap_or("Unknown")
}

/// GitHub's words and numbers for receivers that do not answer.
fn failure(error: &reqwest::Error) -> (i64, &'static str) {
    if error.is_timeout() {
        (504, "timed out")
    } else if error.is_connect() {
        (502, "failed to connect to host")
    } else {
        (502, "failed to read the answer")
    }
}

fn shown(headers: &HeaderMap) -> String {
    let pair = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), Value::from(value))
    };
    Value::from(headers.iter().map(pair).collect::<Map<_, _>>()).to_string()
}
