//! Finds what a query asks for.

use axum::http::Method;
use serde_json::Value;
use sqlx::SqliteConnection;

use super::arguments::Arguments;
use super::error::QueryError;
use super::objects::{self, number_in};
use crate::access::Need;
use crate::http::call::{Caller, permitted};
use crate::store::pulls::{self, Pull};
use crate::store::repositories::{self, Repository};
use crate::store::threads;

/// A field's value. What needs no looking up is in its parent.
pub(super) async fn find(
    caller: &Caller,
    type_name: &str,
    parent: &Value,
    name: &str,
    arguments: &Arguments,
) -> Result<Value, QueryError> {
    let mut conn = caller.state.database.read().await?;
    match (type_name, name) {
        ("Query", "viewer") => Ok(objects::user(caller, &caller.bearer.user)),
        ("Query", "repository") => {
            let (owner, name) = (arguments.text("owner")?, arguments.text("name")?);
            let repo = repositories::find(&mut conn, owner, name).await?;
            let repo = readable(caller, &mut conn, repo, "").await?;
            let missing =
                format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
            let repo = repo.ok_or_else(|| QueryError::not_found(missing))?;
            Ok(objects::repository(caller, &repo))
        }
        ("Query", "node") => node(caller, &mut conn, arguments.text("id")?).await,
        ("Repository", "pullRequest") => {
            let number = arguments.number("number")?;
            let id = parent["databaseId"].as_i64().unwrap_or_default();
            let repo = repositories::by_id(&mut conn, id).await?;
            let repo = readable(caller, &mut conn, Some(repo), "pulls").await?;
            let found = match &repo {
                Some(repo) => pulls::find(&mut conn, repo.id, number).await?,
                None => None,
            };
            let missing =
                format!("Could not resolve to a PullRequest with the number of {number}.");
            let (Some(repo), Some(pull)) = (repo, found) else {
                return Err(QueryError::not_found(missing));
            };
            Ok(objects::pull(caller, &repo, &pull))
        }
        ("PullRequest", "reviewThreads") => {
            let id = parent["databaseId"].as_i64().unwrap_or_default();
            let (repo, pull) = pull_by_id(caller, &mut conn, id).await?;
            Ok(objects::threads(caller, &mut conn, &repo, &pull)
                .await?
                .into())
        }
        _ => Ok(parent[name].clone()),
    }
}

async fn node(caller: &Caller, conn: &mut SqliteConnection, id: &str) -> Result<Value, QueryError> {
    if let Some(number) = number_in(id, "PR") {
        let found = pull_by_id(caller, conn, number).await;
        let (repo, pull) = found.map_err(|_| no_node(id))?;
        return Ok(objects::pull(caller, &repo, &pull));
    }
    if let Some(first) = number_in(id, "PRRT") {
        let (repo, pull) = pull_of_thread(caller, conn, first, id).await?;
        return thread(caller, conn, &repo, &pull, id).await;
    }
    Err(no_node(id))
}

/// One conversation, by its id.
pub(super) async fn thread(
    caller: &Caller,
    conn: &mut SqliteConnection,
    repo: &Repository,
    pull: &Pull,
    id: &str,
) -> Result<Value, QueryError> {
    let all = objects::threads(caller, conn, repo, pull).await?;
    let found = all.into_iter().find(|thread| thread["id"] == id);
    found.ok_or_else(|| no_node(id))
}

pub(super) async fn pull_of_thread(
    caller: &Caller,
    conn: &mut SqliteConnection,
    first: i64,
    id: &str,
) -> Result<(Repository, Pull), QueryError> {
    let issue = threads::issue_of(conn, first).await?;
    let issue = issue.ok_or_else(|| no_node(id))?;
    pull_by_id(caller, conn, issue)
        .await
        .map_err(|_| no_node(id))
}

/// A pull request that the caller may read.
pub(super) async fn pull_by_id(
    caller: &Caller,
    conn: &mut SqliteConnection,
    id: i64,
) -> Result<(Repository, Pull), QueryError> {
    let missing = || no_node(&format!("PR_{id}"));
    let place = threads::place_of(conn, id).await?;
    let (repo, number) = place.ok_or_else(missing)?;
    let repo = repositories::by_id(conn, repo).await?;
    let repo = readable(caller, conn, Some(repo), "pulls").await?;
    let repo = repo.ok_or_else(missing)?;
    let pull = pulls::find(conn, repo.id, number).await?;
    Ok((repo, pull.ok_or_else(missing)?))
}

/// The repository, if the caller may read what is at this path of it.
async fn readable(
    caller: &Caller,
    conn: &mut SqliteConnection,
    repo: Option<Repository>,
    path: &str,
) -> Result<Option<Repository>, QueryError> {
    let Some(repo) = repo else { return Ok(None) };
    let need = Need::of(&Method::GET, path);
    let may = permitted(conn, Some(&caller.bearer), &repo, &need).await;
    Ok(may.is_ok().then_some(repo))
}

pub(super) fn no_node(id: &str) -> QueryError {
    QueryError::not_found(format!(
        "Could not resolve to a node with the global id of '{id}'"
    ))
}
