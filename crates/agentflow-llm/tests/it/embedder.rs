//! The embedder against a server on this machine: what it sends, what it takes, what it
//! makes of refusals.

use std::time::Duration;

use agentflow_core::store::Embedder;
use agentflow_llm::{
    EmbeddingDims, InvalidReply, Jitter, ModelError, OpenAiCompatible, OpenAiCompatibleEmbedder,
    OpenRouter, Retry, RetryPolicy,
};
use serde_json::{Value, json};
use wiremock::matchers::{any, body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::client::{KEY, all_of, answers};

const DIMS: EmbeddingDims = EmbeddingDims::Native(2);

fn embedder_at(server: &MockServer) -> OpenAiCompatibleEmbedder {
    let builder = OpenAiCompatible::builder(server.uri()).key(KEY);
    builder.models(["m"]).build_embedder(DIMS).unwrap()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Gives each text its length and its place, the last text first.
struct Lengths;

impl Respond for Lengths {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let asked: Value = request.body_json().unwrap();
        let texts = asked["input"].as_array().unwrap().iter().enumerate();
        let data = texts.rev().map(|(n, text)| {
            let length = text.as_str().unwrap().len();
            json!({ "object": "embedding", "index": n, "embedding": [length, n] })
        });
        let data: Vec<Value> = data.collect();
        ResponseTemplate::new(200).set_body_json(json!({ "object": "list", "data": data }))
    }
}

async fn lengths() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(Lengths)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn texts_become_vectors_in_their_order() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/embeddings"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .and(body_partial_json(
            json!({ "model": "m", "encoding_format": "float" }),
        ))
        .respond_with(Lengths)
        .mount(&server)
        .await;
    for base in ["/v1", "/v1/", "/v1/embeddings", "/v1/chat/completions"] {
        let builder = OpenAiCompatible::builder(format!("{}{base}", server.uri())).key(KEY);
        let embedder = builder
            .models(["m", "unused"])
            .build_embedder(DIMS)
            .unwrap();
        let vectors = embedder
            .vectors(&texts(&["tea", "a", "четыре"]))
            .await
            .unwrap();
        assert_eq!(vectors, [[3.0, 0.0], [1.0, 1.0], [12.0, 2.0]], "{base}");
    }
}

#[tokio::test]
async fn a_length_is_asked_for_only_if_it_is_to_be_shortened() {
    for (dims, want) in [
        (EmbeddingDims::Native(2), Value::Null),
        (EmbeddingDims::Shortened(2), json!(2)),
    ] {
        let server = lengths().await;
        let builder = OpenAiCompatible::builder(server.uri()).models(["m"]);
        let embedder = builder.build_embedder(dims).unwrap();
        embedder.vectors(&texts(&["tea"])).await.unwrap();
        let requests = server.received_requests().await.unwrap();
        let asked: Value = requests[0].body_json().unwrap();
        assert_eq!(asked["dimensions"], want, "{dims:?}");
    }
}

#[tokio::test]
async fn many_texts_go_in_several_requests() {
    let server = lengths().await;
    let embedder = embedder_at(&server).texts_max(2);
    let vectors = embedder
        .vectors(&texts(&["a", "bb", "ccc", "dddd", "eeeee"]))
        .await;
    let lengths: Vec<f32> = vectors.unwrap().iter().map(|vector| vector[0]).collect();
    assert_eq!(lengths, [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
    assert!(embedder.vectors(&[]).await.unwrap().is_empty());
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_not_one_vector_of_the_length_for_each_text_is_refused() {
    let vector = |index: Value, numbers: &[f64]| json!({ "index": index, "embedding": numbers });
    let good = [1.0, 2.0];
    for (name, data, want) in [
        ("none", json!([]), Some("0 vectors where 2")),
        ("null", Value::Null, Some("0 vectors where 2")),
        (
            "one",
            json!([vector(json!(0), &good)]),
            Some("1 vectors where 2"),
        ),
        (
            "one twice",
            json!([vector(json!(0), &good), vector(json!(0), &good)]),
            Some("1 vectors where 2"),
        ),
        (
            "one too far",
            json!([vector(json!(0), &good), vector(json!(2), &good)]),
            Some("1 vectors where 2"),
        ),
        (
            "too long",
            json!([vector(json!(0), &good), vector(json!(1), &[1.0, 2.0, 3.0])]),
            Some("a vector of 3 numbers where 2"),
        ),
        (
            "without numbers",
            json!([vector(Value::Null, &good), vector(Value::Null, &good)]),
            None,
        ),
    ] {
        let server = answers(200, json!({ "data": data })).await;
        let vectors = embedder_at(&server).vectors(&texts(&["a", "b"])).await;
        match (vectors, want) {
            (Ok(vectors), None) => assert_eq!(vectors, [good.map(|n| n as f32); 2], "{name}"),
            (Err(error), Some(want)) => {
                assert!(!error.is_retryable(), "{name}");
                let ModelError::InvalidReply { problem, .. } = &error else {
                    panic!("{name}: {error:?}")
                };
                assert!(matches!(problem, InvalidReply::Vectors { .. }), "{name}");
                assert!(all_of(&error).contains(want), "{name}: {}", all_of(&error));
            }
            (vectors, _) => panic!("{name}: {vectors:?}"),
        }
    }
}

#[tokio::test]
async fn refusals_mean_what_they_mean_in_a_chat_and_never_show_the_key() {
    for (status, body, want) in [
        (
            401,
            json!({ "error": { "message": format!("bad key {KEY}") } }),
            "Authentication",
        ),
        (
            429,
            json!({ "error": { "message": "slow down" } }),
            "RateLimited",
        ),
        (
            200,
            json!({ "error": { "code": 402, "message": "no credit" } }),
            "InsufficientCredit",
        ),
        (200, json!("a text"), "InvalidReply"),
    ] {
        let server = answers(status, body).await;
        let embedder = embedder_at(&server);
        let error = embedder.embed(&texts(&["a"])).await.unwrap_err();
        let error: Box<ModelError> = error.downcast().unwrap();
        let shown = format!("{} {embedder:?}", all_of(&*error));
        assert!(format!("{error:?}").starts_with(want), "{status}: {shown}");
        assert!(!shown.contains(KEY), "{shown}");
    }
}

#[tokio::test]
async fn what_may_pass_is_asked_again_and_nothing_else() {
    let policy = RetryPolicy {
        delay_first: Duration::from_millis(1),
        jitter: Jitter::Off,
        ..RetryPolicy::default()
    };
    for (status, failures, is_ok, asked) in
        [(503, 2, true, 3), (503, 9, false, 4), (400, 1, false, 1)]
    {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(status).set_body_json(json!({ "error": "no" })))
            .up_to_n_times(failures)
            .mount(&server)
            .await;
        Mock::given(any())
            .respond_with(Lengths)
            .mount(&server)
            .await;
        let embedder = Retry::with_policy(embedder_at(&server), policy.clone());
        let vectors = embedder.embed(&texts(&["tea"])).await;
        assert_eq!(vectors.is_ok(), is_ok, "{status} {vectors:?}");
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.len(), asked, "{status}");
    }
}

#[test]
fn settings_that_cannot_be_right_are_refused() {
    let build = |models: &[&str], dims| {
        let builder = OpenRouter::builder(KEY).models(models.iter().copied());
        let embedder = builder.build_embedder(dims);
        embedder
            .map(|embedder| embedder.dims())
            .map_err(|error| error.to_string())
    };
    assert_eq!(build(&["m"], EmbeddingDims::Shortened(512)), Ok(512));
    let error = build(&[], DIMS).unwrap_err();
    assert!(
        error.starts_with("no model is named for https://openrouter.ai"),
        "{error}"
    );
    let error = build(&["m"], EmbeddingDims::Native(0)).unwrap_err();
    assert!(error.starts_with("vectors of 0 numbers"), "{error}");
}
