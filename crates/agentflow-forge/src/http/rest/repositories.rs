//! New repositories: empty ones, or with a first commit that introduces them.

use axum::http::StatusCode;
use serde::Deserialize;

use crate::access::Role;
use crate::http::answer::{Answer, Refusal, created};
use crate::http::call::{Caller, Fields};
use crate::http::shape;
use crate::names::RepositoryName;
use crate::new_repository::{NewRepository, create_empty};
use crate::store::accounts;
use crate::store::accounts::User;

const RESOURCE: &str = "Repository";

#[derive(Deserialize)]
pub(super) struct Fresh {
    name: String,
    description: Option<String>,
    #[serde(default)]
    auto_init: bool,
    #[serde(default)]
    private: bool,
    visibility: Option<String>,
    gitignore_template: Option<String>,
    license_template: Option<String>,
}

pub(super) async fn for_caller(caller: Caller, Fields(new): Fields<Fresh>) -> Answer {
    let owner = caller.bearer.user.clone();
    create(&caller, &owner, new).await
}

/// An organization is a user like every other here.
pub(super) async fn for_organization(caller: Caller, Fields(new): Fields<Fresh>) -> Answer {
    let mut conn = caller.state.database.read().await?;
    let owner = accounts::user(&mut conn, caller.param("org")).await?;
    drop(conn);
    let owner = owner.ok_or_else(Refusal::not_found)?;
    if owner != caller.bearer.user {
        let message = "You need admin access to the organization before adding a repository to it.";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    create(&caller, &owner, new).await
}

async fn create(caller: &Caller, owner: &User, new: Fresh) -> Answer {
    if !caller.bearer.grant.makes_repositories() {
        return Err(Refusal::read_only());
    }
    let is_public = new.visibility.as_deref().is_none_or(|it| it == "public");
    if new.private || !is_public {
        let sentence = "This forge makes public repositories only over its API.";
        return Err(Refusal::broken_rule(RESOURCE, sentence));
    }
    if new.gitignore_template.is_some() || new.license_template.is_some() {
        let sentence = "This forge has no templates.";
        return Err(Refusal::broken_rule(RESOURCE, sentence));
    }
    let name = RepositoryName::new(owner.login.clone(), new.name)
        .map_err(|_| Refusal::invalid(RESOURCE, "name", "invalid"))?;
    let wanted = NewRepository {
        name: &name,
        owner,
        description: new.description.as_deref(),
        with_readme: new.auto_init,
    };
    let made = create_empty(&caller.state, wanted).await?;
    let taken = || {
        let sentence = "name already exists on this account";
        Refusal::broken_field(RESOURCE, "name", sentence)
    };
    let repo = made.ok_or_else(taken)?;
    created(shape::full_repository(caller.links(), &repo, Role::Admin))
}
