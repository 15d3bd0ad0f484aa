//! Whatever a delivery holds, it is refused or read; and what the secret did not sign is
//! refused.
#![no_main]

use agentflow_github::WebhookSecrets;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;

const EVENTS: [&str; 8] = [
    "issues",
    "issue_comment",
    "pull_request",
    "pull_request_review_thread",
    "push",
    "check_run",
    "installation",
    "workflow_run",
];

fuzz_target!(|input: (u8, bool, Vec<u8>, &[u8])| {
    let (event, is_form, signature, body) = input;
    let secrets = WebhookSecrets::new(["secret".into()]).expect("it is not empty");
    let mut headers = HeaderMap::new();
    let event = EVENTS[usize::from(event) % EVENTS.len()];
    headers.insert("x-github-event", HeaderValue::from_static(event));
    headers.insert("x-github-delivery", HeaderValue::from_static("1"));
    if is_form {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert("content-type", form);
    }
    let right = HeaderValue::from_str(&secrets.sign(body)).expect("it is hex");
    headers.insert("x-hub-signature-256", right.clone());
    if let Ok(delivery) = secrets.open(&headers, body) {
        assert_eq!(delivery.name, event);
    }
    if let Ok(other) = HeaderValue::from_bytes(&signature)
        && !other.as_bytes().eq_ignore_ascii_case(right.as_bytes())
    {
        headers.insert("x-hub-signature-256", other);
        assert!(secrets.open(&headers, body).is_err());
    }
});
