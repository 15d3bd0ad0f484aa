//! Users. The forge knows a login and little else.

use serde_json::{Value, json};

use super::Links;
use crate::store::accounts::User;

pub(in crate::http) fn user(links: Links<'_>, user: &User) -> Value {
    let login = &user.login;
    let api = format!("{}/users/{login}", links.api());
    json!({
        "login": login,
        "id": user.id,
        "node_id": format!("U_{}", user.id),
        "avatar_url": format!("{}/{login}.png", links.origin()),
        "gravatar_id": "",
        "url": api,
        "html_url": format!("{}/{login}", links.origin()),
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": "User",
        "site_admin": false,
    })
}

/// A user as seen by itself.
pub(in crate::http) fn private_user(links: Links<'_>, of: &User) -> Value {
    let mut value = user(links, of);
    let epoch = "1970-01-01T00:00:00Z";
    let more = json!({
        "name": of.login, "company": null, "blog": "", "location": null, "email": null, "hireable": null,
        "bio": null, "twitter_username": null, "public_repos": 0, "public_gists": 0, "followers": 0,
        "following": 0, "created_at": epoch, "updated_at": epoch, "private_gists": 0,
        "total_private_repos": 0, "owned_private_repos": 0, "disk_usage": 0, "collaborators": 0,
        "two_factor_authentication": false,
    });
    merge(&mut value, more);
    value
}

/// Adds the fields of one object to another.
pub(in crate::http) fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
