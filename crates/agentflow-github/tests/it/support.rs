//! A server on loopback, a client for it, and answers as GitHub shapes them.

use std::time::Duration;

use agentflow_github::{GitHub, GitHubBuilder, Repo, RetryPolicy};
use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Shaped like nothing real, so that no scanner takes it for a leak.
pub(crate) const TOKEN: &str = "not-a-real-token-4711";

pub(crate) const PREFIX: &str = "/api/v3";

/// A client of `server` that waits milliseconds where the real one waits seconds.
pub(crate) fn builder(server: &MockServer) -> GitHubBuilder {
    GitHub::builder()
        .base_url(format!("{}{PREFIX}", server.uri()))
        .token(SecretString::from(TOKEN))
        .retry(RetryPolicy {
            delay_min: Duration::from_millis(1),
            delay_max: Duration::from_millis(2),
            ..RetryPolicy::default()
        })
}

pub(crate) fn client(server: &MockServer) -> GitHub {
    builder(server).build().unwrap()
}

pub(crate) fn repo(server: &MockServer) -> Repo {
    client(server).repo("octo/hello".parse().unwrap())
}

/// An answer of `octo/hello` to one method and path; `below` comes after the repository.
pub(crate) fn on(verb: &str, below: &str) -> wiremock::MockBuilder {
    Mock::given(method(verb)).and(path(format!("{PREFIX}/repos/octo/hello{below}")))
}

pub(crate) fn ok(body: impl serde::Serialize) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) fn refused(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "message": message }))
}

/// Says that the token belongs to `bot`.
pub(crate) async fn we_are_bot(server: &MockServer) {
    Mock::given(method("GET"))
        .and(path(format!("{PREFIX}/user")))
        .respond_with(ok(json!({ "login": "bot", "id": 1, "type": "User" })))
        .mount(server)
        .await;
}

pub(crate) fn pull(number: u64, changes: Value) -> Value {
    let mut pull = json!({
        "number": number,
        "title": "Fix",
        "state": "open",
        "user": { "login": "bot" },
        "head": { "ref": "fix", "sha": "aaa", "label": "octo:fix", "repo": { "full_name": "octo/hello" } },
        "base": { "ref": "main", "sha": "bbb", "label": "octo:main" },
        "mergeable": true,
    });
    let Value::Object(changes) = changes else {
        panic!("changes are fields: {changes}")
    };
    for (key, value) in changes {
        pull[key] = value;
    }
    pull
}
