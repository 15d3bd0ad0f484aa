//! Errors come back from a cassette as what they were.

use std::time::Duration;

use agentflow_llm::{
    ChatModel, ChatRequest, InvalidReply, ModelError, ModelFault, Recorder, Replayer,
    ScriptedModel, ScriptedReply,
};
use serde::de::Error;

use crate::cassette::{folder, unreachable};

fn fault() -> ModelFault {
    let mut fault = ModelFault::new("large", "no \"room\"");
    fault.status = Some(429);
    fault.request_id = Some("gen-1".into());
    fault
}

/// Twice the same errors: one cannot be copied.
fn errors() -> Vec<ModelError> {
    let retry_after = Some(Duration::from_millis(1_500));
    let address = || "https://example.org".to_owned();
    let invalid = |problem| ModelError::InvalidReply {
        address: address(),
        problem,
    };
    vec![
        ModelError::Authentication { fault: fault() },
        ModelError::Forbidden { fault: fault() },
        ModelError::InsufficientCredit { fault: fault() },
        ModelError::RateLimited {
            fault: fault(),
            retry_after,
        },
        ModelError::Overloaded {
            fault: ModelFault::new("large", "down"),
            retry_after: None,
        },
        ModelError::Timeout { fault: fault() },
        ModelError::ContextLength { fault: fault() },
        ModelError::NotFound { fault: fault() },
        ModelError::BadRequest { fault: fault() },
        ModelError::ContentFiltered { fault: fault() },
        unreachable(),
        invalid(InvalidReply::NotJson {
            content_type: "text/html".into(),
            start: "<html>".into(),
        }),
        invalid(InvalidReply::Shape {
            source: serde_json::Error::custom("a word"),
        }),
        invalid(InvalidReply::NoChoice),
        invalid(InvalidReply::Unfinished),
        invalid(InvalidReply::TooLarge { bytes_max: 9 }),
        ModelError::CircuitOpen {
            model: "large".into(),
            failures: 5,
            retry_after: Duration::from_secs(7),
        },
        ModelError::NoneAnswered {
            tried: vec![unreachable(), ModelError::Timeout { fault: fault() }],
        },
    ]
}

async fn replayed(error: ModelError) -> ModelError {
    let (_folder, path) = folder();
    let model = ScriptedModel::replies([ScriptedReply::from(error)]);
    let recorder = Recorder::create(&path, model).unwrap();
    recorder.complete(ChatRequest::user("a")).await.unwrap_err();
    let replayer = Replayer::open(&path).unwrap();
    replayer.complete(ChatRequest::user("a")).await.unwrap_err()
}

#[tokio::test]
async fn an_error_is_replayed_with_its_meaning_its_words_and_its_wait() {
    for (error, recorded) in errors().into_iter().zip(errors()) {
        let again = replayed(recorded).await;
        assert_eq!(format!("{again:?}"), format!("{error:?}"));
        assert_eq!(again.to_string(), error.to_string());
    }
}

#[tokio::test]
async fn an_error_without_a_form_of_its_own_is_replayed_by_its_words() {
    let error = ModelError::ScriptMismatch {
        place: "a.toml:3".into(),
        expected: "fix".into(),
    };
    let words = error.to_string();
    let again = replayed(error).await;
    assert_eq!(
        again.to_string(),
        format!("the recorded call failed: {words}")
    );
    assert!(!again.is_retryable());
}
