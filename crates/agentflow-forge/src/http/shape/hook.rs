//! Webhooks and their deliveries.

use serde_json::{Value, json};

use super::Links;
use crate::store::deliveries::Delivery;
use crate::store::hooks::Hook;
use crate::store::repositories::Repository;

/// Stands for a secret that is there.
const HIDDEN: &str = "********";

/// `last` is the delivery that was tried last.
pub(in crate::http) fn hook(
    links: Links<'_>,
    repo: &Repository,
    hook: &Hook,
    last: Option<&Delivery>,
) -> Value {
    let api = links.repo(repo, &format!("/hooks/{}", hook.id));
    let last_response = match last.map(|last| &last.outcome) {
        None => json!({ "code": null, "status": "unused", "message": null }),
        Some(outcome) => {
            let good = (200..300).contains(&outcome.status_code);
            let status = if good { "active" } else { "failed" };
            json!({ "code": outcome.status_code, "status": status, "message": outcome.status })
        }
    };
    json!({
        "type": "Repository",
        "id": hook.id,
        "name": "web",
        "active": hook.active,
        "events": hook.events,
        "config": hook_config(hook),
        "updated_at": hook.updated_at,
        "created_at": hook.created_at,
        "url": api,
        "test_url": format!("{api}/test"),
        "ping_url": format!("{api}/pings"),
        "deliveries_url": format!("{api}/deliveries"),
        "last_response": last_response,
    })
}

pub(in crate::http) fn hook_config(hook: &Hook) -> Value {
    let mut config = json!({
        "content_type": hook.content_type,
        "insecure_ssl": hook.insecure_ssl,
        "url": hook.url,
    });
    if hook.secret.is_some() {
        config["secret"] = Value::from(HIDDEN);
    }
    config
}

/// A delivery in a list.
pub(in crate::http) fn delivery(delivery: &Delivery, repo: &Repository) -> Value {
    let outcome = &delivery.outcome;
    // Milliseconds are few enough to be exact.
    let seconds = outcome.duration_ms as f64 / 1_000.0;
    json!({
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": delivery.redelivery,
        "duration": seconds,
        "status": outcome.status,
        "status_code": outcome.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": null,
        "repository_id": repo.id,
        "throttled_at": null,
    })
}

/// A delivery with what was sent and what came back.
pub(in crate::http) fn full_delivery(of: &Delivery, repo: &Repository) -> Value {
    let outcome = &of.outcome;
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut value = delivery(of, repo);
    value["url"] = Value::from(outcome.url.clone());
    value["request"] = json!({
        "headers": read(&outcome.request_headers), "payload": read(&of.payload),
    });
    value["response"] = json!({
        "headers": read(&outcome.response_headers), "payload": outcome.response,
    });
    value
}
