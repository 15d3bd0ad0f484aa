//! Who may not, and what cannot be taken.

use reqwest::Method;
use serde_json::json;

use crate::world::{World, reply};

#[tokio::test]
async fn who_may_do_what() {
    let world = World::open().await;
    let comment = json!({ "body": "hello" });
    for (name, token, method, path, want, message) in [
        (
            "no token",
            None,
            Method::GET,
            "",
            401,
            "Requires authentication",
        ),
        (
            "a bad token",
            Some("afp_no"),
            Method::GET,
            "",
            401,
            "Bad credentials",
        ),
        (
            "reading with a reader's token",
            Some(world.reader.as_str()),
            Method::GET,
            "",
            200,
            "",
        ),
        (
            "writing with a reader's token",
            Some(world.reader.as_str()),
            Method::POST,
            "issues/1/comments",
            403,
            "Resource not accessible by personal access token",
        ),
        (
            "writing with a writer's token",
            Some(world.author.as_str()),
            Method::POST,
            "issues/1/comments",
            201,
            "",
        ),
        (
            "an unknown repository",
            Some(world.author.as_str()),
            Method::GET,
            "/repos/octo/none",
            404,
            "Not Found",
        ),
        (
            "a route the forge does not have",
            Some(world.author.as_str()),
            Method::GET,
            "milestones",
            404,
            "Not Found: this forge has no route GET /api/v3/repos/octo/demo/milestones",
        ),
        (
            "a method the route does not have",
            Some(world.author.as_str()),
            Method::DELETE,
            "issues/1",
            404,
            "Not Found: this forge has no route DELETE /api/v3/repos/octo/demo/issues/1",
        ),
    ] {
        let body = (method == Method::POST).then(|| comment.clone());
        let reply = world.send(method, path, token, body).await;
        assert_eq!(reply.status, want, "{name}: {}", reply.text);
        assert!(reply.headers.contains_key("x-github-request-id"), "{name}");
        if want >= 400 {
            assert_eq!(reply.body["message"], message, "{name}");
            assert_eq!(reply.body["status"], want.to_string(), "{name}");
            assert!(reply.body["documentation_url"].is_string(), "{name}");
        }
    }
}

#[tokio::test]
async fn every_form_of_authorization_is_read() {
    let world = World::open().await;
    let url = world.url("/user");
    for scheme in ["token", "Bearer", "bearer"] {
        let request = world
            .request(Method::GET, &url)
            .header("authorization", format!("{scheme} {}", world.reviewer));
        assert_eq!(reply(request).await.body["login"], "rev", "{scheme}");
    }
    let request = world
        .request(Method::GET, &url)
        .basic_auth("anything", Some(&world.reviewer));
    assert_eq!(reply(request).await.body["login"], "rev");
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_with_its_reason() {
    let world = World::open().await;
    world.push("same-tree", &[("status", "good\n\n")]).await;
    let long = "x".repeat(65_537);
    for (method, path, body, status, pointer, want) in [
        (
            Method::POST,
            "issues",
            json!({ "title": " " }),
            422,
            "/errors/0/code",
            json!("missing_field"),
        ),
        (
            Method::POST,
            "issues/1/comments",
            json!({ "body": "" }),
            422,
            "/errors/0/field",
            json!("body"),
        ),
        (
            Method::POST,
            "issues/1/comments",
            json!({ "body": long }),
            422,
            "/errors/0/code",
            json!("custom"),
        ),
        (
            Method::POST,
            "issues/9/comments",
            json!({ "body": "x" }),
            404,
            "/message",
            json!("Not Found"),
        ),
        (
            Method::PATCH,
            "issues/1",
            json!({ "state": "half" }),
            422,
            "/errors/0/field",
            json!("state"),
        ),
        (
            Method::DELETE,
            "issues/1/labels/none",
            json!({}),
            404,
            "/message",
            json!("Label does not exist"),
        ),
        (
            Method::POST,
            "pulls",
            json!({ "title": "t", "head": "none", "base": "main" }),
            422,
            "/errors/0/field",
            json!("head"),
        ),
        (
            Method::POST,
            "pulls",
            json!({ "title": "t", "head": "a:b", "base": "main" }),
            422,
            "/errors/0/field",
            json!("head"),
        ),
        (
            Method::POST,
            "pulls",
            json!({ "title": "t", "head": "same-tree", "base": "none" }),
            422,
            "/errors/0/field",
            json!("base"),
        ),
        (
            Method::POST,
            "pulls",
            json!({ "title": "t", "head": "main", "base": "same-tree" }),
            422,
            "/errors/0/message",
            json!("No commits between same-tree and main"),
        ),
        (
            Method::DELETE,
            "git/refs/heads/main",
            json!({}),
            422,
            "/message",
            json!("Cannot delete this reference"),
        ),
        (
            Method::DELETE,
            "git/refs/heads/none",
            json!({}),
            422,
            "/message",
            json!("Reference does not exist"),
        ),
        (
            Method::POST,
            "check-runs",
            json!({ "name": "x" }),
            422,
            "/errors/0/field",
            json!("head_sha"),
        ),
        (
            Method::POST,
            "check-runs",
            json!({ "name": "x", "head_sha": "main", "status": "completed" }),
            422,
            "/errors/0/field",
            json!("conclusion"),
        ),
        (
            Method::PUT,
            "pulls/9/merge",
            json!({}),
            404,
            "/message",
            json!("Not Found"),
        ),
    ] {
        let reply = world
            .send(method.clone(), path, Some(&world.author), Some(body))
            .await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text);
        assert_eq!(
            reply.body.pointer(pointer),
            Some(&want),
            "{method} {path}: {}",
            reply.text
        );
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_large_is_refused() {
    let world = World::open().await;
    let large = format!("{{\"body\": \"{}\"}}", "x".repeat(5 << 20));
    for (body, status, message) in [
        ("{", 400, "Problems parsing JSON"),
        (
            "{}",
            422,
            "Invalid request.\n\nmissing field `body` at line 1 column 2",
        ),
        (
            &large,
            413,
            "the body could not be read; at most 4194304 bytes are taken",
        ),
    ] {
        let request = world
            .request(Method::POST, &world.url("issues/1/comments"))
            .bearer_auth(&world.author);
        let reply = reply(request.body(body.to_owned())).await;
        assert_eq!(
            (reply.status, &reply.body["message"]),
            (status, &json!(message))
        );
    }
}
