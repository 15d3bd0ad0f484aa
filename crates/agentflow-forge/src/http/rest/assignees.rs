//! Who is to work on an issue or pull request.

use serde::Deserialize;
use serde_json::json;
use sqlx::SqliteConnection;

use super::issues::shown;
use crate::access::Role;
use crate::http::answer::{Answer, Refusal, created, ok};
use crate::http::call::{Call, Fields, WriteCall};
use crate::http::shape;
use crate::store::accounts::{self, User};
use crate::store::issues::Issue;
use crate::store::roles::role_of;
use crate::store::{assignees, events};

/// Most assignees of one issue, as on GitHub.
const ASSIGNEES_MAX: usize = 10;

#[derive(Deserialize)]
pub(super) struct Logins {
    #[serde(default)]
    assignees: Vec<Login>,
}

/// A user by his login, or as an object that has one.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Login {
    Bare(String),
    Object { login: String },
}

impl From<Login> for String {
    fn from(login: Login) -> Self {
        match login {
            Login::Bare(login) | Login::Object { login } => login,
        }
    }
}

pub(super) async fn add(WriteCall(call): WriteCall, Fields(asked): Fields<Logins>) -> Answer {
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    for login in asked.assignees {
        // Whoever may not work on the repository is passed over, as on GitHub.
        if let Some(user) = assignable(&mut tx, &call, &String::from(login)).await? {
            assign(&mut tx, &call, &issue, &user).await?;
        }
    }
    tx.commit().await?;
    created(shown(&call, &call.issue().await?).await?)
}

pub(super) async fn remove(WriteCall(call): WriteCall, Fields(asked): Fields<Logins>) -> Answer {
    let issue = call.issue().await?;
    let mut tx = call.state.database.write().await?;
    for login in asked.assignees {
        if let Some(user) = accounts::user(&mut tx, &String::from(login)).await? {
            unassign(&mut tx, &call, &issue, &user).await?;
        }
    }
    tx.commit().await?;
    ok(shown(&call, &call.issue().await?).await?)
}

/// Makes these the assignees and nobody else; one who cannot be assigned refuses all.
pub(super) async fn set(
    conn: &mut SqliteConnection,
    call: &Call,
    issue: &Issue,
    logins: Vec<Login>,
) -> Result<(), Refusal> {
    let mut users = Vec::new();
    for login in logins.into_iter().map(String::from) {
        let found = assignable(conn, call, &login).await?;
        let invalid = || Refusal::invalid_value("Issue", "assignees", &login);
        users.push(found.ok_or_else(invalid)?);
    }
    for user in issue.assignees.iter().filter(|user| !users.contains(user)) {
        unassign(conn, call, issue, user).await?;
    }
    for user in &users {
        assign(conn, call, issue, user).await?;
    }
    Ok(())
}

async fn assignable(
    conn: &mut SqliteConnection,
    call: &Call,
    login: &str,
) -> Result<Option<User>, Refusal> {
    let Some(user) = accounts::user(conn, login).await? else {
        return Ok(None);
    };
    let role = role_of(conn, &call.repo, &user).await?;
    Ok((role > Role::Read).then_some(user))
}

async fn assign(
    conn: &mut SqliteConnection,
    call: &Call,
    issue: &Issue,
    user: &User,
) -> Result<(), Refusal> {
    if assignees::of_issue(conn, issue.id).await?.len() >= ASSIGNEES_MAX {
        let sentence = format!("at most {ASSIGNEES_MAX} assignees are taken");
        return Err(Refusal::broken_rule("Issue", sentence));
    }
    if assignees::add(conn, issue.id, user).await? {
        record(conn, call, issue, "assigned", user).await?;
    }
    Ok(())
}

async fn unassign(
    conn: &mut SqliteConnection,
    call: &Call,
    issue: &Issue,
    user: &User,
) -> Result<(), Refusal> {
    if assignees::remove(conn, issue.id, user).await? {
        record(conn, call, issue, "unassigned", user).await?;
    }
    Ok(())
}

async fn record(
    conn: &mut SqliteConnection,
    call: &Call,
    issue: &Issue,
    kind: &str,
    user: &User,
) -> Result<(), Refusal> {
    let shown = shape::user(call.links(), user);
    let detail = json!({ "assignee": shown });
    let place = (call.repo.id, issue.number);
    Ok(events::record_with(conn, place, kind, &call.bearer.user, &detail).await?)
}
