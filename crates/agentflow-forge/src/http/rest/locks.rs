//! Locked conversations, in which only those comment who may write.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::access::Role;
use crate::http::answer::{Answer, Refusal, no_content};
use crate::http::call::{Call, Fields, WriteCall};
use crate::store::events;
use crate::store::issues::{self, Issue};
use crate::store::roles::role_of;

const REASONS: [&str; 4] = ["off-topic", "too heated", "resolved", "spam"];

#[derive(Deserialize)]
pub(super) struct Lock {
    lock_reason: Option<String>,
}

pub(super) async fn lock(WriteCall(call): WriteCall, Fields(lock): Fields<Option<Lock>>) -> Answer {
    let reason = lock.and_then(|lock| lock.lock_reason);
    if let Some(reason) = reason.as_deref().filter(|it| !REASONS.contains(it)) {
        return Err(Refusal::invalid_value("Issue", "lock_reason", reason));
    }
    set(&call, true, reason.as_deref()).await
}

pub(super) async fn unlock(WriteCall(call): WriteCall) -> Answer {
    set(&call, false, None).await
}

async fn set(call: &Call, locked: bool, reason: Option<&str>) -> Answer {
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    issues::set_lock(&mut tx, issue.id, locked, reason).await?;
    if issue.is_locked != locked {
        let kind = if locked { "locked" } else { "unlocked" };
        let place = (call.repo.id, issue.number);
        let detail = json!({ "lock_reason": reason });
        events::record_with(&mut tx, place, kind, &call.bearer.user, &detail).await?;
    }
    tx.commit().await?;
    no_content()
}

/// Refuses a comment by who may not write in a locked conversation.
pub(super) async fn check(call: &Call, issue: &Issue) -> Result<(), Refusal> {
    if !issue.is_locked {
        return Ok(());
    }
    let mut conn = call.state.database.read().await?;
    if role_of(&mut conn, &call.repo, &call.bearer.user).await? >= Role::Write {
        return Ok(());
    }
    let message = "Unable to create comment because issue is locked.";
    Err(Refusal::new(StatusCode::FORBIDDEN, message))
}
