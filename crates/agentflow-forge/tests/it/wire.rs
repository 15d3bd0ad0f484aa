//! Every answer has what GitHub's own description requires, and every address is the forge's own.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use reqwest::Method;
use serde_json::{Value, json};

use crate::schema::Schemas;
use crate::world::{Reply, World};

/// A repository in which there is one of everything; the pull request is number 2.
async fn full_world() -> World {
    let world = World::open().await;
    world.pull("topic", &[("lines", "changed\n")]).await;
    world
        .post("issues/1/comments", json!({ "body": "hello" }))
        .await;
    world
        .post(
            "pulls/2/requested_reviewers",
            json!({ "reviewers": ["rev"] }),
        )
        .await;
    let comment = json!({ "path": "lines", "line": 1, "body": "look" });
    let review = json!({ "event": "REQUEST_CHANGES", "body": "no", "comments": [comment] });
    world
        .send(
            Method::POST,
            "pulls/2/reviews",
            Some(&world.reviewer),
            Some(review),
        )
        .await;
    world
}

#[tokio::test]
async fn reads_have_what_github_requires() {
    let Some(schemas) = Schemas::load() else {
        eprintln!(
            "SKIPPED: no test data; set AGENTFLOW_TEST_DATA to check answers against GitHub's schemas"
        );
        return;
    };
    let world = full_world().await;
    let repo = "/repos/{owner}/{repo}";
    for (path, template) in [
        ("/user", "/user".to_owned()),
        ("/users/rev", "/users/{username}".to_owned()),
        ("/rate_limit", "/rate_limit".to_owned()),
        ("", repo.to_owned()),
        ("issues", format!("{repo}/issues")),
        ("issues/1", format!("{repo}/issues/{{issue_number}}")),
        (
            "issues/1/comments",
            format!("{repo}/issues/{{issue_number}}/comments"),
        ),
        (
            "issues/1/labels",
            format!("{repo}/issues/{{issue_number}}/labels"),
        ),
        (
            "issues/comments/1",
            format!("{repo}/issues/comments/{{comment_id}}"),
        ),
        ("contents/status", format!("{repo}/contents/{{path}}")),
        ("contents/.ci", format!("{repo}/contents/{{path}}")),
        ("branches", format!("{repo}/branches")),
        ("branches/main", format!("{repo}/branches/{{branch}}")),
        ("git/ref/heads/main", format!("{repo}/git/ref/{{ref}}")),
        ("commits", format!("{repo}/commits")),
        ("commits/topic", format!("{repo}/commits/{{ref}}")),
        (
            "commits/topic/check-runs",
            format!("{repo}/commits/{{ref}}/check-runs"),
        ),
        (
            "commits/topic/check-suites",
            format!("{repo}/commits/{{ref}}/check-suites"),
        ),
        (
            "commits/topic/status",
            format!("{repo}/commits/{{ref}}/status"),
        ),
        (
            "commits/topic/pulls",
            format!("{repo}/commits/{{commit_sha}}/pulls"),
        ),
        (
            "compare/main...topic",
            format!("{repo}/compare/{{base}}...{{head}}"),
        ),
        ("pulls", format!("{repo}/pulls")),
        ("pulls/2", format!("{repo}/pulls/{{pull_number}}")),
        (
            "pulls/2/files",
            format!("{repo}/pulls/{{pull_number}}/files"),
        ),
        (
            "pulls/2/commits",
            format!("{repo}/pulls/{{pull_number}}/commits"),
        ),
        (
            "pulls/2/reviews",
            format!("{repo}/pulls/{{pull_number}}/reviews"),
        ),
        (
            "pulls/2/reviews/1",
            format!("{repo}/pulls/{{pull_number}}/reviews/{{review_id}}"),
        ),
        (
            "pulls/2/reviews/1/comments",
            format!("{repo}/pulls/{{pull_number}}/reviews/{{review_id}}/comments"),
        ),
        (
            "pulls/2/comments",
            format!("{repo}/pulls/{{pull_number}}/comments"),
        ),
        (
            "pulls/2/requested_reviewers",
            format!("{repo}/pulls/{{pull_number}}/requested_reviewers"),
        ),
        (
            "check-runs/1",
            format!("{repo}/check-runs/{{check_run_id}}"),
        ),
    ] {
        let reply = world.get(path).await;
        check(&world, &schemas, &template, "get", &reply);
        assert!(
            !reply.body.as_array().is_some_and(Vec::is_empty),
            "{path} is empty, so nothing was checked"
        );
    }
}

#[tokio::test]
async fn writes_have_what_github_requires() {
    let Some(schemas) = Schemas::load() else {
        eprintln!(
            "SKIPPED: no test data; set AGENTFLOW_TEST_DATA to check answers against GitHub's schemas"
        );
        return;
    };
    let world = full_world().await;
    world.push("next", &[("status", "good!\n")]).await;
    let repo = "/repos/{owner}/{repo}";
    let comment = world.get("pulls/2/comments").await.body[0]["id"].clone();
    let replies = format!("pulls/2/comments/{comment}/replies");
    for (method, path, template, body) in [
        (Method::POST, "issues", "/issues", json!({ "title": "t" })),
        (
            Method::PATCH,
            "issues/1",
            "/issues/{issue_number}",
            json!({ "title": "u" }),
        ),
        (
            Method::POST,
            "issues/1/comments",
            "/issues/{issue_number}/comments",
            json!({ "body": "b" }),
        ),
        (
            Method::PATCH,
            "issues/comments/1",
            "/issues/comments/{comment_id}",
            json!({ "body": "c" }),
        ),
        (
            Method::POST,
            "issues/1/labels",
            "/issues/{issue_number}/labels",
            json!({ "labels": ["x"] }),
        ),
        (
            Method::POST,
            "pulls",
            "/pulls",
            json!({ "title": "t", "head": "next", "base": "main" }),
        ),
        (
            Method::PATCH,
            "pulls/2",
            "/pulls/{pull_number}",
            json!({ "title": "u" }),
        ),
        (
            Method::POST,
            "pulls/2/reviews",
            "/pulls/{pull_number}/reviews",
            json!({ "event": "COMMENT", "body": "b" }),
        ),
        (
            Method::POST,
            &replies,
            "/pulls/{pull_number}/comments/{comment_id}/replies",
            json!({ "body": "b" }),
        ),
        (
            Method::POST,
            "pulls/2/requested_reviewers",
            "/pulls/{pull_number}/requested_reviewers",
            json!({ "reviewers": ["rev"] }),
        ),
        (
            Method::POST,
            "check-runs",
            "/check-runs",
            json!({ "name": "lint", "head_sha": "topic", "conclusion": "neutral" }),
        ),
        (
            Method::PUT,
            "pulls/2/merge",
            "/pulls/{pull_number}/merge",
            json!({}),
        ),
    ] {
        let reply = world
            .send(method.clone(), path, Some(&world.author), Some(body))
            .await;
        check(
            &world,
            &schemas,
            &format!("{repo}{template}"),
            method.as_str().to_lowercase().as_str(),
            &reply,
        );
    }
}

fn check(world: &World, schemas: &Schemas, template: &str, method: &str, reply: &Reply) {
    assert!(reply.status < 300, "{method} {template}: {}", reply.text);
    let mut faults = schemas.faults(template, method, reply.status, &reply.body);
    foreign_addresses(world.forge.html_url(), &reply.body, "", &mut faults);
    assert_eq!(
        faults,
        Vec::<String>::new(),
        "{method} {template}: {}",
        reply.text
    );
}

/// Addresses that lead elsewhere than to this forge.
fn foreign_addresses(origin: &str, value: &Value, at: &str, faults: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let is_address = name.ends_with("url") || name == "href";
                if let Some(text) = value.as_str().filter(|_| is_address)
                    && !text.starts_with(origin)
                {
                    faults.push(format!("{at}/{name}: {text} leads elsewhere"));
                }
                foreign_addresses(origin, value, &format!("{at}/{name}"), faults);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                foreign_addresses(origin, item, &format!("{at}/{index}"), faults);
            }
        }
        _ => {}
    }
}
