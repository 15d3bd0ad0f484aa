//! What becomes of a review after it was written down: submitted, changed, dismissed.

use serde_json::json;

use super::review::{ReviewEvent, ReviewRefusal};
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::pulls::Pull;
use crate::store::repositories::Repository;
use crate::store::reviews::{self, PENDING, Review};
use crate::store::{events, review_comments};

/// Submits a pending review; a body replaces the one it had.
pub(crate) async fn submit(
    state: &ForgeState,
    repo: &Repository,
    pull: &Pull,
    review: &Review,
    (event, body): (ReviewEvent, Option<&str>),
) -> Result<(), ReviewRefusal> {
    let by = &review.author;
    if review.state != PENDING {
        return Err(ReviewRefusal::NotPending);
    }
    event.check_author(pull, by)?;
    let mut tx = state.database.write().await?;
    let comments = review_comments::of_pull(&mut tx, pull.issue.id).await?;
    let has_comments = comments.iter().any(|it| it.review_id == review.id);
    let body = body.unwrap_or(&review.body);
    event.check_body(body, has_comments)?;
    reviews::set_body(&mut tx, review.id, body).await?;
    reviews::set_state(&mut tx, review, event.state()).await?;
    reviews::unrequest(&mut tx, pull.issue.id, by).await?;
    let commit = Some(review.commit_sha.as_str());
    events::record(
        &mut tx,
        repo.id,
        pull.number(),
        "reviewed",
        Some(by),
        commit,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Takes back what a review decided.
pub(crate) async fn dismiss(
    state: &ForgeState,
    repo: &Repository,
    review: &Review,
    by: &User,
    message: &str,
) -> Result<(), ReviewRefusal> {
    if !["APPROVED", "CHANGES_REQUESTED"].contains(&review.state.as_str()) {
        let state = review.state.to_lowercase();
        return Err(ReviewRefusal::NotDismissable { state });
    }
    let mut tx = state.database.write().await?;
    reviews::set_state(&mut tx, review, "DISMISSED").await?;
    let detail = json!({ "dismissed_review": {
        "state": review.state.to_lowercase(),
        "review_id": review.id,
        "dismissal_message": message,
    } });
    let place = (repo.id, review.number);
    events::record_with(&mut tx, place, "review_dismissed", by, &detail).await?;
    tx.commit().await?;
    Ok(())
}
