//! Takes a request in and gives its answer, which is 200 whatever became of it.

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::document::Document;
use super::execute::Execution;
use crate::http::answer::{Answer, ok};
use crate::http::call::{Caller, Fields};
use crate::state::ForgeState;

pub(in crate::http) fn routes() -> Router<Arc<ForgeState>> {
    Router::new()
        .route("/graphql", post(answer))
        .route("/api/graphql", post(answer))
}

#[derive(Deserialize)]
struct Asking {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    #[serde(rename = "operationName")]
    operation: Option<String>,
}

async fn answer(caller: Caller, Fields(asking): Fields<Asking>) -> Answer {
    let given = asking.variables.unwrap_or_default();
    let document = match Document::read(&asking.query, asking.operation.as_deref(), &given) {
        Ok(document) => document,
        Err(error) => return ok(json!({ "errors": [error.into_value()] })),
    };
    let execution = Execution {
        caller: &caller,
        document: &document,
    };
    let (data, errors) = execution.run().await;
    let mut body = json!({ "data": data });
    if !errors.is_empty() {
        let errors = errors.into_iter().map(|error| error.into_value());
        body["errors"] = errors.collect();
    }
    ok(body)
}
