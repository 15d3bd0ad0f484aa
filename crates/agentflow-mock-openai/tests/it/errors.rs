//! Errors of the model: each comes out of a client as the same error.

use std::mem::discriminant;
use std::time::Duration;

use agentflow_llm::{
    ChatModel, ChatRequest, ModelError, ModelFault, ReplyEvent, ScriptedModel, ScriptedReply,
};
use agentflow_mock_openai::MockOpenAi;
use serde_json::json;

use crate::client::client_of;
use crate::http::post;

fn fault(status: Option<u16>) -> ModelFault {
    let mut fault = ModelFault::new("any", "in its own words");
    fault.status = status;
    fault
}

/// Each error that a server can send, with the status that it has or gets.
fn errors() -> Vec<(ModelError, u16)> {
    let wait = Some(Duration::from_secs(2));
    let mut errors = Vec::new();
    for (statuses, make) in [
        (
            &[401][..],
            (|fault| ModelError::Authentication { fault }) as fn(_) -> _,
        ),
        (&[403], |fault| ModelError::Forbidden { fault }),
        (&[402, 429], |fault| ModelError::InsufficientCredit {
            fault,
        }),
        (&[504, 408, 524], |fault| ModelError::Timeout { fault }),
        (&[400, 413], |fault| ModelError::ContextLength { fault }),
        (&[404, 400], |fault| ModelError::NotFound { fault }),
        (&[400, 422], |fault| ModelError::BadRequest { fault }),
        (&[400, 403], |fault| ModelError::ContentFiltered { fault }),
    ] {
        errors.push((make(fault(None)), statuses[0]));
        errors.extend(
            statuses
                .iter()
                .map(|&status| (make(fault(Some(status))), status)),
        );
    }
    for retry_after in [None, wait] {
        for (status, sent) in [(None, 429), (Some(429), 429)] {
            let fault = fault(status);
            errors.push((ModelError::RateLimited { fault, retry_after }, sent));
        }
        for (status, sent) in [
            (None, 503),
            (Some(500), 500),
            (Some(529), 529),
            (Some(429), 429),
        ] {
            let fault = fault(status);
            errors.push((ModelError::Overloaded { fault, retry_after }, sent));
        }
    }
    errors
}

fn check(got: &ModelError, want: &ModelError, status: u16) {
    assert_eq!(discriminant(got), discriminant(want), "{want:?}: {got:?}");
    assert_eq!(got.retry_after(), want.retry_after(), "{want:?}");
    let said = format!("`any` failed with status {status}: in its own words");
    assert!(got.to_string().starts_with(&said), "{want:?}: {got}");
}

/// `ModelError` cannot be cloned; each is made anew, by its place.
fn model(
    of: impl Fn(ModelError) -> ScriptedReply + Send + Sync + 'static,
    place: usize,
) -> ScriptedModel {
    ScriptedModel::by_function(move |_| of(errors().swap_remove(place).0))
}

#[tokio::test]
async fn an_error_with_a_status_comes_back_as_the_same_error() {
    for (place, (error, status)) in errors().iter().enumerate() {
        let mock = MockOpenAi::start(model(ScriptedReply::from, place))
            .await
            .unwrap();
        let client = client_of(&mock);
        let whole = client.complete(ChatRequest::user("hi")).await.unwrap_err();
        check(&whole, error, *status);
        let streamed = client.stream(ChatRequest::user("hi")).await.unwrap_err();
        check(&streamed, error, *status);
    }
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_stream_comes_back_as_the_same_error() {
    for (place, (error, status)) in errors().iter().enumerate() {
        let breaks_off = |error| ScriptedReply::from("half a").then_fails(error);
        let mock = MockOpenAi::start(model(breaks_off, place)).await.unwrap();
        let mut reply = client_of(&mock)
            .stream(ChatRequest::user("hi"))
            .await
            .unwrap();
        for word in ["half ", "a"] {
            let event = reply.next().await.unwrap().unwrap();
            assert_eq!(event, ReplyEvent::Text { delta: word.into() });
        }
        let failed = reply.next().await.unwrap().unwrap_err();
        check(&failed, error, *status);
        assert!(reply.next().await.is_none());
    }
}

#[tokio::test]
async fn errors_without_a_status_are_told_in_openais_form() {
    let unreachable = || ModelError::Unreachable {
        address: "http://localhost:9".into(),
        source: "refused".into(),
    };
    let body = json!({"model": "any", "messages": [{"role": "user", "content": "hi"}]});
    for (error, status, code, start) in [
        (
            unreachable(),
            502,
            json!(null),
            "cannot reach http://localhost:9",
        ),
        (
            ModelError::CircuitOpen {
                model: "m".into(),
                failures: 3,
                retry_after: Duration::from_millis(1_500),
            },
            503,
            json!(null),
            "the circuit to `m` is open",
        ),
        (
            ModelError::NoneAnswered {
                tried: vec![unreachable()],
            },
            503,
            json!(null),
            "none of 1 models answered",
        ),
        (
            ModelError::NoneAnswered { tried: Vec::new() },
            502,
            json!(null),
            "none of 0 models answered",
        ),
    ] {
        let mock = MockOpenAi::start(ScriptedModel::replies([error]))
            .await
            .unwrap();
        let (got, answer) = post(&mock, "/chat/completions", &body).await;
        let error = &answer["error"];
        assert_eq!(
            (got, &error["code"], &error["type"]),
            (status, &code, &json!("server_error"))
        );
        assert!(
            error["message"].as_str().unwrap().starts_with(start),
            "{answer}"
        );
    }
    // What is not written down is no reason to ask again.
    let mock = MockOpenAi::start(ScriptedModel::replies([""; 0]))
        .await
        .unwrap();
    let (got, answer) = post(&mock, "/chat/completions", &body).await;
    assert_eq!(got, 400);
    let message = "the scripted model has no reply left: 0 were given, and then it was asked `hi`; script one more or ask less";
    let error = json!({"message": message, "type": "invalid_request_error", "param": null, "code": "script_exhausted"});
    assert_eq!(answer, json!({ "error": error }));
}

#[tokio::test]
async fn a_wait_is_told_in_the_head() {
    let fault = fault(None);
    let retry_after = Some(Duration::from_millis(1_500));
    let error = ModelError::RateLimited { fault, retry_after };
    let mock = MockOpenAi::start(ScriptedModel::replies([error]))
        .await
        .unwrap();
    let body = json!({"model": "any", "messages": [{"role": "user", "content": "hi"}]});
    let path = "/chat/completions";
    let answer = crate::http::send(&mock, reqwest::Method::POST, path, &body.to_string()).await;
    assert_eq!(answer.headers()["retry-after"], "2");
}
