//! Every refusal the service describes, by meaning.

use std::collections::BTreeSet;
use std::time::Duration;

use agentflow_llm::{ChatModel, ChatRequest, ModelError};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::client::{answers, open_router_at, serves};
use crate::data;

/// Status, the error's name, whether to ask again.
const MEANINGS: [(u16, &str, bool); 14] = [
    (400, "BadRequest", false),
    (401, "Authentication", false),
    (402, "InsufficientCredit", false),
    (403, "Forbidden", false),
    (404, "NotFound", false),
    (408, "Timeout", true),
    (413, "ContextLength", false),
    (422, "BadRequest", false),
    (429, "RateLimited", true),
    (500, "Overloaded", true),
    (502, "Overloaded", true),
    (503, "Overloaded", true),
    (524, "Timeout", true),
    (529, "Overloaded", true),
];

async fn refused(answer: ResponseTemplate) -> ModelError {
    let server = serves(answer).await;
    open_router_at(&server)
        .complete(ChatRequest::user("hi"))
        .await
        .unwrap_err()
}

fn check(error: &ModelError, status: u16) {
    let meaning = MEANINGS.iter().find(|(known, ..)| *known == status);
    let (_, name, is_retryable) = meaning.unwrap_or_else(|| panic!("{status} is not in the table"));
    assert!(
        format!("{error:?}").starts_with(name),
        "{status}: {error:?}"
    );
    assert_eq!(error.is_retryable(), *is_retryable, "{status}");
    assert!(
        error.to_string().contains(&format!("status {status}")),
        "{error}"
    );
}

#[tokio::test]
async fn a_status_means_the_same_with_json_with_a_page_and_inside_a_success() {
    for (status, ..) in MEANINGS {
        let body = json!({"error": {"code": status, "message": "words"}});
        check(
            &refused(ResponseTemplate::new(status).set_body_json(&body)).await,
            status,
        );
        check(
            &refused(ResponseTemplate::new(status).set_body_string("<html>")).await,
            status,
        );
        check(
            &refused(ResponseTemplate::new(200).set_body_json(&body)).await,
            status,
        );
        let choice = json!({"id": "gen-7", "choices": [{"finish_reason": "error", "error": body["error"], "message": {"content": "half"}}]});
        let error = refused(ResponseTemplate::new(200).set_body_json(choice)).await;
        check(&error, status);
        assert!(
            error.to_string().contains("words (request gen-7)"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn every_refusal_of_the_published_description_is_known() {
    let Some(described) = data::read("contracts/openrouter-openapi-trimmed.json") else {
        return;
    };
    let described: Value = serde_json::from_str(&described).unwrap();
    let responses = &described["paths"]["/chat/completions"]["post"]["responses"];
    let mut seen = BTreeSet::new();
    for (status, response) in responses.as_object().unwrap() {
        let status: u16 = status.parse().unwrap();
        let json = &response["content"]["application/json"];
        if status == 200 {
            continue;
        }
        seen.insert(status);
        if let Some(example) = json.get("example") {
            check(
                &refused(ResponseTemplate::new(status).set_body_json(example)).await,
                status,
            );
        }
        if let Some(blocked) = json["examples"].get("guardrail-blocked") {
            let error =
                refused(ResponseTemplate::new(status).set_body_json(&blocked["value"])).await;
            assert!(
                matches!(error, ModelError::ContentFiltered { .. }),
                "{error:?}"
            );
        }
    }
    assert_eq!(seen, MEANINGS.iter().map(|(status, ..)| *status).collect());
}

#[tokio::test]
async fn a_failed_choice_without_a_reason_may_be_asked_again() {
    let failed = json!({"choices": [{"finish_reason": "error", "message": {"content": ""}}]});
    let server = answers(200, failed).await;
    let error = open_router_at(&server)
        .complete(ChatRequest::user("hi"))
        .await
        .unwrap_err();
    assert!(matches!(error, ModelError::Overloaded { .. }), "{error:?}");
}

#[tokio::test]
async fn the_wait_is_read_from_the_header_or_the_body() {
    let plain = json!({"error": {"code": 429, "message": "slow down"}});
    let mut with_wait = plain.clone();
    with_wait["error"]["availability"] = json!({"retryable": true, "retry_after": 7});
    for (header, body, want) in [
        (None, &plain, None),
        (Some("30"), &plain, Some(30)),
        (None, &with_wait, Some(7)),
        (Some("30"), &with_wait, Some(30)),
        (Some("soon"), &plain, None),
    ] {
        let mut answer = ResponseTemplate::new(429).set_body_json(body);
        if let Some(header) = header {
            answer = answer.insert_header("retry-after", header);
        }
        let error = refused(answer).await;
        assert_eq!(
            error.retry_after(),
            want.map(Duration::from_secs),
            "{header:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let moved = ResponseTemplate::new(307).insert_header("location", "http://127.0.0.1:9/");
    let error = refused(moved).await;
    assert!(matches!(error, ModelError::BadRequest { .. }), "{error:?}");
    assert!(error.to_string().contains("status 307"), "{error}");
}
