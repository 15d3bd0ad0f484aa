//! What users may do in a repository.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::access::Role;
use crate::http::answer::{Answer, Refusal, no_content, ok};
use crate::http::call::Call;
use crate::http::{page, shape};
use crate::store::accounts::{self, User};
use crate::store::roles::{self, role_of};

pub(super) async fn list(call: Call) -> Answer {
    let wanted = match call.asked("permission") {
        Some("admin") => Role::Admin,
        Some("maintain") => Role::Maintain,
        Some("push") => Role::Write,
        Some("triage") => Role::Triage,
        _ => Role::Read,
    };
    let mut conn = call.state.database.read().await?;
    let found = roles::collaborators(&mut conn, &call.repo).await?;
    let wanted = found.iter().filter(|(_, role)| *role >= wanted);
    let values = wanted.map(|(user, role)| with_role(&call, user, *role));
    page::list(&call, values.collect())
}

pub(super) async fn check(call: Call) -> Answer {
    let user = known(&call).await?;
    let mut conn = call.state.database.read().await?;
    if role_of(&mut conn, &call.repo, &user).await? > Role::Read {
        no_content()
    } else {
        Err(Refusal::not_found())
    }
}

pub(super) async fn permission(call: Call) -> Answer {
    let user = known(&call).await?;
    let mut conn = call.state.database.read().await?;
    if role_of(&mut conn, &call.repo, &call.bearer.user).await? < Role::Write {
        let message = "Must have push access to view collaborator permission.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    let role = role_of(&mut conn, &call.repo, &user).await?;
    ok(json!({
        "permission": rounded(role),
        "role_name": role.as_str(),
        "user": with_role(&call, &user, role),
    }))
}

async fn known(call: &Call) -> Result<User, Refusal> {
    let login = call.param("login");
    let mut conn = call.state.database.read().await?;
    let missing = || Refusal::new(StatusCode::NOT_FOUND, format!("{login} is not a user"));
    accounts::user(&mut conn, login).await?.ok_or_else(missing)
}

/// The role as it was called before there were five of them.
fn rounded(role: Role) -> &'static str {
    match role {
        Role::Read | Role::Triage => "read",
        Role::Write | Role::Maintain => "write",
        Role::Admin => "admin",
    }
}

fn with_role(call: &Call, user: &User, role: Role) -> Value {
    let mut value = shape::user(call.links(), user);
    value["permissions"] = json!({
        "admin": role >= Role::Admin, "maintain": role >= Role::Maintain,
        "push": role >= Role::Write, "triage": role >= Role::Triage, "pull": true,
    });
    value["role_name"] = role.as_str().into();
    value
}
