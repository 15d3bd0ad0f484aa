//! What a server tells about its models and about the key.

use agentflow_llm::{ModelError, OpenAiCompatible};
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::client::{KEY, answers, open_router_at};
use crate::data;

async fn serves_at(route: &str, body: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(route))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn models_are_listed_beside_the_address_that_is_asked_for_chats() {
    let listed = json!({"data": [
        {"id": "a/b", "name": "B", "context_length": 8192, "supported_parameters": ["tools"], "pricing": {"prompt": "0.000001"}},
        {"id": "local", "context_length": null, "supported_parameters": null},
        {"object": "no model"},
    ]});
    let server = serves_at("/v1/models", listed.clone()).await;
    for base in ["/v1", "/v1/", "/v1/chat/completions"] {
        let model = OpenAiCompatible::builder(format!("{}{base}", server.uri()));
        let model = model.models(["m"]).build().unwrap();
        let list = model.model_list().await.unwrap();
        assert_eq!(list.as_json(), &listed);
        let models = list.models();
        let ids: Vec<_> = models.iter().map(|model| model.id.as_str()).collect();
        assert_eq!(ids, ["a/b", "local"]);
        assert_eq!(models[0].context_tokens, Some(8192));
        assert_eq!(models[0].parameters, ["tools"]);
        assert_eq!(models[1].name, None);
    }
}

#[tokio::test]
async fn the_recorded_list_is_understood() {
    let Some(recorded) = data::read("contracts/recordings/openrouter-models-sample-mit.json")
    else {
        return;
    };
    let listed: Value = serde_json::from_str(&recorded).unwrap();
    let server = serves_at("/api/v1/models", listed.clone()).await;
    let model = agentflow_llm::OpenRouter::builder(KEY);
    let model = model.base_url(format!("{}/api/v1", server.uri()));
    let list = model.build().unwrap().model_list().await.unwrap();
    let (models, prices) = (list.models(), list.prices().unwrap());
    let is_priced = |model: &&agentflow_llm::ModelInfo| prices.price(&model.id).is_some();
    assert!(models.iter().filter(is_priced).count() > models.len() / 2);
    assert_eq!(models.len(), listed["data"].as_array().unwrap().len());
    assert!(models.iter().all(|model| model.context_tokens.is_some()));
}

#[tokio::test]
async fn the_limits_of_a_key_are_whole_millionths_and_a_wrong_key_is_told() {
    let server = MockServer::start().await;
    let body = json!({"data": {
        "label": "sk-or-v1-au7...890", "limit": 100, "limit_remaining": 74.5, "usage": 25.5,
        "is_free_tier": false, "expires_at": "2027-12-31T23:59:59Z",
    }});
    Mock::given(method("GET"))
        .and(path("/key"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let limits = open_router_at(&server).key_limits().await.unwrap();
    assert_eq!(limits.limit_micro_usd, Some(100_000_000));
    assert_eq!(limits.remaining_micro_usd, Some(74_500_000));
    assert_eq!(limits.used_micro_usd, 25_500_000);
    assert_eq!(limits.expires_at.as_deref(), Some("2027-12-31T23:59:59Z"));
    let unlimited =
        json!({"data": {"label": "k", "limit": null, "limit_remaining": null, "usage": 0}});
    let limits = open_router_at(&answers(200, unlimited).await)
        .key_limits()
        .await;
    assert_eq!(limits.unwrap().limit_micro_usd, None);
    let wrong = json!({"error": {"code": 401, "message": "User not found."}});
    let error = open_router_at(&answers(401, wrong).await)
        .key_limits()
        .await
        .unwrap_err();
    assert!(
        matches!(error, ModelError::Authentication { .. }),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .starts_with("`/key` failed with status 401"),
        "{error}"
    );
}
