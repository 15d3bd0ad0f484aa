//! Reactions to issues, their comments, and comments on lines. A second one of the same kind by
//! the same user is the first.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::json;

use crate::http::answer::{Answer, Refusal};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::shape;
use crate::store::reactions::{self, Subject};
use crate::store::{comments, review_comments};

const CONTENTS: [&str; 8] = [
    "+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes",
];

#[derive(Deserialize)]
pub(super) struct NewReaction {
    content: String,
}

pub(super) async fn to_issue(
    WriteCall(call): WriteCall,
    Fields(new): Fields<NewReaction>,
) -> Answer {
    let issue = call.issue().await?;
    react(&call, Subject::Issue(issue.id), &new).await
}

pub(super) async fn to_comment(
    WriteCall(call): WriteCall,
    Fields(new): Fields<NewReaction>,
) -> Answer {
    let mut conn = call.state.database.read().await?;
    let found = comments::find(&mut conn, call.repo.id, call.number("id")?).await?;
    drop(conn);
    let comment = found.ok_or_else(Refusal::not_found)?;
    react(&call, Subject::Comment(comment.id), &new).await
}

pub(super) async fn to_review_comment(
    WriteCall(call): WriteCall,
    Fields(new): Fields<NewReaction>,
) -> Answer {
    let mut conn = call.state.database.read().await?;
    let found = review_comments::find(&mut conn, call.repo.id, call.number("id")?).await?;
    drop(conn);
    let comment = found.ok_or_else(Refusal::not_found)?;
    react(&call, Subject::ReviewComment(comment.id), &new).await
}

async fn react(call: &Call, to: Subject, new: &NewReaction) -> Answer {
    if !CONTENTS.contains(&new.content.as_str()) {
        return Err(Refusal::invalid_value("Reaction", "content", &new.content));
    }
    let user = &call.bearer.user;
    let mut tx = call.state.database.write().await?;
    let is_new = reactions::add(&mut tx, to, user, &new.content).await?;
    let all = reactions::to(&mut tx, to).await?;
    tx.commit().await?;
    let reaction = all
        .iter()
        .find(|it| it.author == *user && it.content == new.content)
        .ok_or_else(Refusal::not_found)?;
    let status = match is_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    let body = json!({
        "id": reaction.id,
        "node_id": format!("REA_{}", reaction.id),
        "user": shape::user(call.links(), &reaction.author),
        "content": reaction.content,
        "created_at": reaction.created_at,
    });
    Ok((status, Json(body)).into_response())
}
