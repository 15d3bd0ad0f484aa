//! One delivery: who it is from and about, and what happened.

use http::HeaderMap;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::WebhookError;
use super::event::WebhookEvent;
use crate::account::Account;
use crate::lenient::full_name;

/// Largest payload, 25 MiB: GitHub sends none beyond it ("Webhook events and payloads").
pub const PAYLOAD_BYTES_MAX: usize = 25 * 1024 * 1024;

/// How often a percent sign can make a byte longer in a form.
const FORM_FACTOR: usize = 3;

const FORM: &str = "application/x-www-form-urlencoded";

/// One delivery of a webhook.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Delivery {
    /// Its own id, the same when it is delivered again.
    pub id: String,
    /// The event's name, such as `pull_request`.
    pub name: String,
    /// What kind of it, such as `opened`; not all events have one.
    pub action: Option<String>,
    /// The `owner/name` of the repository; none for events of an account or an App.
    pub repository: Option<String>,
    /// Who did it.
    pub sender: Option<Account>,
    /// The App's installation that it is delivered for.
    pub installation: Option<u64>,
    /// What happened.
    pub event: WebhookEvent,
    /// All that was sent.
    pub payload: Value,
}

/// What payloads of all events have in common.
#[derive(Deserialize)]
struct Common {
    #[serde(default)]
    action: Option<String>,
    #[serde(default, deserialize_with = "full_name")]
    repository: Option<String>,
    #[serde(default)]
    sender: Option<Account>,
    #[serde(default, deserialize_with = "id_of")]
    installation: Option<u64>,
}

fn id_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    struct Identified {
        id: u64,
    }
    let found = Option::<Identified>::deserialize(deserializer)?;
    Ok(found.map(|found| found.id))
}

impl Delivery {
    /// Reads a delivery whose signature was checked.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, WebhookError> {
        let name = header(headers, "x-github-event")?;
        let id = header(headers, "x-github-delivery")?;
        let unreadable = |source| WebhookError::Unreadable {
            event: name.clone(),
            source,
        };
        let payload: Value = if is_form(headers) {
            check_size(body, PAYLOAD_BYTES_MAX * FORM_FACTOR)?;
            let mut fields = form_urlencoded::parse(body);
            let payload = fields.find(|(field, _)| field == "payload");
            let payload = payload.map(|(_, payload)| payload).unwrap_or_default();
            serde_json::from_str(&payload).map_err(unreadable)?
        } else {
            check_size(body, PAYLOAD_BYTES_MAX)?;
            serde_json::from_slice(body).map_err(unreadable)?
        };
        let common = Common::deserialize(&payload).map_err(unreadable)?;
        let event = WebhookEvent::read(&name, &payload).map_err(unreadable)?;
        Ok(Self {
            id,
            name,
            action: common.action,
            repository: common.repository,
            sender: common.sender,
            installation: common.installation,
            event,
            payload,
        })
    }
}

fn header(headers: &HeaderMap, name: &'static str) -> Result<String, WebhookError> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    let value = value.filter(|value| !value.is_empty());
    value
        .map(str::to_owned)
        .ok_or(WebhookError::HeaderMissing { header: name })
}

fn is_form(headers: &HeaderMap) -> bool {
    let content = headers.get(http::header::CONTENT_TYPE);
    let content = content.and_then(|value| value.to_str().ok());
    content.is_some_and(|content| content.starts_with(FORM))
}

fn check_size(body: &[u8], bytes_max: usize) -> Result<(), WebhookError> {
    if body.len() <= bytes_max {
        return Ok(());
    }
    Err(WebhookError::TooLarge {
        bytes: body.len(),
        bytes_max,
    })
}
