//! The forge itself, users and repositories.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use serde_json::json;

use crate::http::answer::{Answer, Refusal, ok};
use crate::http::call::{Call, Caller};
use crate::http::shape;
use crate::rates::Resource;
use crate::state::ForgeState;
use crate::store::accounts;
use crate::store::tokens::Bearer;

/// Where everything is to be found, with the rest of each address as a template.
const ADDRESSES: [(&str, &str); 31] = [
    ("current_user_url", "/user"),
    ("authorizations_url", "/authorizations"),
    (
        "code_search_url",
        "/search/code?q={query}{&page,per_page,sort,order}",
    ),
    (
        "commit_search_url",
        "/search/commits?q={query}{&page,per_page,sort,order}",
    ),
    ("emails_url", "/user/emails"),
    ("emojis_url", "/emojis"),
    ("events_url", "/events"),
    ("feeds_url", "/feeds"),
    ("followers_url", "/user/followers"),
    ("following_url", "/user/following{/target}"),
    ("gists_url", "/gists{/gist_id}"),
    (
        "issue_search_url",
        "/search/issues?q={query}{&page,per_page,sort,order}",
    ),
    ("issues_url", "/issues"),
    ("keys_url", "/user/keys"),
    (
        "label_search_url",
        "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}",
    ),
    ("notifications_url", "/notifications"),
    ("organization_url", "/orgs/{org}"),
    (
        "organization_repositories_url",
        "/orgs/{org}/repos{?type,page,per_page,sort}",
    ),
    ("organization_teams_url", "/orgs/{org}/teams"),
    ("public_gists_url", "/gists/public"),
    ("rate_limit_url", "/rate_limit"),
    ("repository_url", "/repos/{owner}/{repo}"),
    (
        "repository_search_url",
        "/search/repositories?q={query}{&page,per_page,sort,order}",
    ),
    (
        "current_user_repositories_url",
        "/user/repos{?type,page,per_page,sort}",
    ),
    ("starred_url", "/user/starred{/owner}{/repo}"),
    ("starred_gists_url", "/gists/starred"),
    (
        "topic_search_url",
        "/search/topics?q={query}{&page,per_page}",
    ),
    ("user_url", "/users/{user}"),
    ("user_organizations_url", "/user/orgs"),
    (
        "user_repositories_url",
        "/users/{user}/repos{?type,page,per_page,sort}",
    ),
    (
        "user_search_url",
        "/search/users?q={query}{&page,per_page,sort,order}",
    ),
];

pub(in crate::http) async fn root(caller: Caller) -> Answer {
    let links = caller.links();
    let (api, origin) = (links.api(), links.origin());
    let mut body = json!({
        "current_user_authorizations_html_url": format!("{origin}/settings/connections/applications{{/client_id}}"),
    });
    for (name, rest) in ADDRESSES {
        body[name] = format!("{api}{rest}").into();
    }
    ok(body)
}

pub(super) async fn current_user(caller: Caller) -> Answer {
    ok(shape::private_user(caller.links(), &caller.bearer.user))
}

pub(super) async fn user(caller: Caller) -> Answer {
    let mut conn = caller.state.database.read().await?;
    let user = accounts::user(&mut conn, caller.param("login"))
        .await?
        .ok_or_else(Refusal::not_found)?;
    ok(shape::private_user(caller.links(), &user))
}

/// Needs no token, and costs nothing.
pub(super) async fn rate_limit(
    State(state): State<Arc<ForgeState>>,
    bearer: Option<Extension<Bearer>>,
) -> Answer {
    let token = bearer.map(|Extension(bearer)| bearer.token_id);
    let limit = state.options.limits.requests_per_hour_max;
    let now = state.options.clock.unix();
    let shown = |resource: Resource| {
        let rate = state.rates.look((token, resource), limit, now);
        json!({
            "limit": rate.limit, "used": rate.used, "remaining": rate.remaining(),
            "reset": rate.reset,
        })
    };
    let core = shown(Resource::Core);
    let resources = json!({
        "core": core, "search": shown(Resource::Search), "graphql": shown(Resource::Graphql),
    });
    ok(json!({ "resources": resources, "rate": core }))
}

pub(super) async fn repository(call: Call) -> Answer {
    ok(shape::full_repository(call.links(), &call.repo, call.role))
}

/// Which addresses belong to the forge: its own, and nothing else.
pub(super) async fn meta(caller: Caller) -> Answer {
    let address = caller.state.address.ip();
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let own = [format!("{address}/{bits}")];
    ok(json!({
        "verifiable_password_authentication": false,
        "hooks": own, "web": own, "api": own, "git": own, "actions": own,
    }))
}
