//! Deliveries of a webhook: list, get, deliver again.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;
use sqlx::SqliteConnection;

use super::hooks::known;
use crate::error::ForgeError;
use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::{Call, WriteCall};
use crate::http::{page, shape};
use crate::store::deliveries::{self, Delivery, Draft};

pub(super) async fn list(call: Call) -> Answer {
    let mut conn = call.state.database.read().await?;
    let hook = known(&call, &mut conn).await?;
    let found = deliveries::of_hook(&mut conn, hook.id).await?;
    let shown = |it| shape::delivery(it, &call.repo);
    page::list(&call, found.iter().map(shown).collect())
}

pub(super) async fn get(call: Call) -> Answer {
    let mut conn = call.state.database.read().await?;
    let found = one(&call, &mut conn).await?;
    ok(shape::full_delivery(&found, &call.repo))
}

/// The same payload once more, with the same id.
pub(super) async fn attempt(WriteCall(call): WriteCall) -> Answer {
    let mut tx = call.state.database.write().await?;
    let found = one(&call, &mut tx).await?;
    let draft = Draft {
        hook_id: found.hook_id,
        guid: &found.guid,
        event: &found.event,
        action: found.action.as_deref(),
        payload: &found.payload,
        redelivery: true,
    };
    deliveries::insert(&mut tx, &draft)
        .await
        .map_err(ForgeError::from)?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response())
}

async fn one(call: &Call, conn: &mut SqliteConnection) -> Result<Delivery, Refusal> {
    let hook = known(call, conn).await?;
    let found = deliveries::find(conn, hook.id, call.number("delivery")?).await?;
    // One that still waits has no outcome to show.
    let tried = found.filter(|delivery| delivery.delivered_at.is_some());
    tried.ok_or_else(Refusal::not_found)
}
