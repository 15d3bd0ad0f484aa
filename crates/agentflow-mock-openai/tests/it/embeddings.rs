//! Vectors over the wire, and the list of models.

use agentflow_llm::{EmbeddingDims, OpenAiCompatible, ScriptedModel};
use agentflow_mock_openai::MockOpenAi;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::http::{get, post};

async fn mock() -> MockOpenAi {
    MockOpenAi::start(ScriptedModel::replies([""; 0]))
        .await
        .unwrap()
}

/// The vectors as numbers, however they came.
fn vectors(answer: &Value) -> Vec<Vec<f32>> {
    let data = answer["data"].as_array().unwrap().iter().enumerate();
    let vectors = data.map(|(index, one)| {
        assert_eq!(
            (&one["object"], &one["index"]),
            (&json!("embedding"), &json!(index))
        );
        match &one["embedding"] {
            Value::String(encoded) => {
                let bytes = STANDARD.decode(encoded).unwrap();
                let numbers = bytes.as_chunks::<4>().0.iter();
                numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect()
            }
            numbers => serde_json::from_value(numbers.clone()).unwrap(),
        }
    });
    vectors.collect()
}

#[tokio::test]
async fn texts_that_share_words_are_near_each_other_in_every_server() {
    let texts = ["the cat sat", "The cat, sat!", "stocks fell"].map(str::to_owned);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mock = mock().await;
        let embedder = OpenAiCompatible::builder(mock.base_url()).models(["any"]);
        let embedder = embedder
            .build_embedder(EmbeddingDims::Shortened(64))
            .unwrap();
        seen.push(embedder.vectors(&texts).await.unwrap());
    }
    assert_eq!(seen[0], seen[1]);
    let [cat, again, stocks] = &seen[0][..] else {
        panic!("{seen:?}");
    };
    let likeness =
        |one: &[f32], other: &[f32]| -> f32 { one.iter().zip(other).map(|(a, b)| a * b).sum() };
    assert!(likeness(cat, again) > 0.99);
    assert!(likeness(cat, stocks) < 0.5);
}

#[tokio::test]
async fn a_vector_is_the_same_in_numbers_and_in_base64_and_as_long_as_it_is_asked_for() {
    let mock = mock().await;
    for (more, dims) in [
        (json!({}), 1_536),
        (json!({"dimensions": 5}), 5),
        (
            json!({"dimensions": null, "encoding_format": "float"}),
            1_536,
        ),
    ] {
        let mut body = json!({"model": "any", "input": ["one two", "three"]});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let (status, answer) = post(&mock, "/embeddings", &body).await;
        assert_eq!((status, &answer["model"]), (200, &json!("any")), "{answer}");
        assert_eq!(
            answer["usage"],
            json!({"prompt_tokens": 4, "total_tokens": 4})
        );
        let numbers = vectors(&answer);
        assert_eq!(numbers.iter().map(Vec::len).collect::<Vec<_>>(), [dims; 2]);
        body["encoding_format"] = json!("base64");
        let (_, answer) = post(&mock, "/embeddings", &body).await;
        assert!(answer["data"][0]["embedding"].is_string());
        assert_eq!(vectors(&answer), numbers);
    }
}

#[tokio::test]
async fn a_text_may_come_alone_and_in_tokens() {
    let mock = mock().await;
    let embed = async |input: Value| {
        let body = json!({"model": "any", "dimensions": 16, "input": input});
        let (status, answer) = post(&mock, "/embeddings", &body).await;
        assert_eq!(status, 200, "{answer}");
        vectors(&answer)
    };
    assert_eq!(embed(json!("one")).await, embed(json!(["one"])).await);
    assert_eq!(embed(json!([7, 8])).await, embed(json!([[7, 8]])).await);
    assert_eq!(embed(json!([[7, 8], "one"])).await.len(), 2);
    assert_ne!(embed(json!([7])).await, embed(json!([8])).await);
}

#[tokio::test]
async fn the_model_is_listed_and_no_other_is_there() {
    let mock = mock().await;
    let (status, list) = get(&mock, "/models").await;
    assert_eq!((status, &list["object"]), (200, &json!("list")));
    let (status, one) = get(&mock, "/models/scripted").await;
    assert_eq!((status, &one), (200, &list["data"][0]));
    assert_eq!(
        (&one["id"], &one["object"]),
        (&json!("scripted"), &json!("model"))
    );
    let (status, answer) = get(&mock, "/models/openai/other").await;
    let error = json!({
        "message": "there is no model `openai/other`; there is `scripted`",
        "type": "invalid_request_error", "param": null, "code": "model_not_found",
    });
    assert_eq!((status, answer), (404, json!({ "error": error })));
}
