//! Who was asked to review a pull request. Teams are not known here.

use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::http::answer::{Answer, Refusal, created, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::shape;
use crate::store::accounts::{self, User};
use crate::store::pulls::Pull;
use crate::store::{events, reviews};

#[derive(Deserialize)]
pub(super) struct Reviewers {
    reviewers: Vec<String>,
}

pub(super) async fn list(call: Call) -> Answer {
    let pull = call.pull().await?;
    let mut conn = call.state.database.read().await?;
    let requested = reviews::requested(&mut conn, pull.issue.id).await?;
    let users: Vec<Value> = requested
        .iter()
        .map(|user| shape::user(call.links(), user))
        .collect();
    ok(json!({ "users": users, "teams": [] }))
}

pub(super) async fn add(WriteCall(call): WriteCall, Fields(asked): Fields<Reviewers>) -> Answer {
    let pull = call.pull().await?;
    let users = known(&call, &asked.reviewers).await?;
    if users.contains(&pull.issue.author) {
        return Err(Refusal::unprocessable(
            "Review cannot be requested from pull request author.",
        ));
    }
    let mut tx = call.state.database.write().await?;
    for user in &users {
        reviews::request(&mut tx, pull.issue.id, user).await?;
        record(&mut tx, &call, &pull, "review_requested", user).await?;
    }
    tx.commit().await?;
    created(shown(&call, &pull).await?)
}

pub(super) async fn remove(WriteCall(call): WriteCall, Fields(asked): Fields<Reviewers>) -> Answer {
    let pull = call.pull().await?;
    let users = known(&call, &asked.reviewers).await?;
    let mut tx = call.state.database.write().await?;
    for user in &users {
        reviews::unrequest(&mut tx, pull.issue.id, user).await?;
        record(&mut tx, &call, &pull, "review_request_removed", user).await?;
    }
    tx.commit().await?;
    ok(shown(&call, &pull).await?)
}

async fn record(
    conn: &mut SqliteConnection,
    call: &Call,
    pull: &Pull,
    kind: &str,
    user: &User,
) -> Result<(), Refusal> {
    let by = &call.bearer.user;
    let detail = json!({
        "review_requester": shape::user(call.links(), by),
        "requested_reviewer": shape::user(call.links(), user),
    });
    let place = (call.repo.id, pull.number());
    Ok(events::record_with(conn, place, kind, by, &detail).await?)
}

async fn known(call: &Call, logins: &[String]) -> Result<Vec<User>, Refusal> {
    let mut conn = call.state.database.read().await?;
    let mut users = Vec::new();
    for login in logins {
        let unknown = || {
            Refusal::unprocessable(format!(
                "Could not resolve to a user with the login of '{login}'."
            ))
        };
        users.push(
            accounts::user(&mut conn, login)
                .await?
                .ok_or_else(unknown)?,
        );
    }
    Ok(users)
}

async fn shown(call: &Call, pull: &Pull) -> Result<Value, Refusal> {
    let mut conn = call.state.database.read().await?;
    let requested = reviews::requested(&mut conn, pull.issue.id).await?;
    Ok(shape::pull(call.links(), &call.repo, pull, &[], &requested))
}
