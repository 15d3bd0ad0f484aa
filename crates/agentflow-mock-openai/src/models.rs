//! `GET /v1/models`: the one model there is. Requests may name any.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::refusal::Refusal;
use crate::server::Mock;
use crate::wire::CREATED;

pub(crate) async fn list(State(mock): State<Arc<Mock>>) -> Json<Value> {
    Json(json!({ "object": "list", "data": [described(mock.model.name())] }))
}

pub(crate) async fn show(
    State(mock): State<Arc<Mock>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let known = mock.model.name();
    if name == known {
        Ok(Json(described(known)))
    } else {
        Err(Refusal::unknown_model(&name, known))
    }
}

fn described(name: &str) -> Value {
    json!({ "id": name, "object": "model", "created": CREATED, "owned_by": "agentflow" })
}
