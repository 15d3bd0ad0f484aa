//! Branches merged and renamed over REST, and repositories in which there is none yet.

use std::sync::Arc;

use agentflow_forge::ProcessCheckRunner;
use reqwest::Method;
use serde_json::json;

use crate::world::{World, git};

#[tokio::test]
async fn branches_are_merged_without_a_pull_request() {
    let world = World::open().await;
    world.push("one", &[("lines", "one\n")]).await;
    world.push("two", &[("lines", "two\n")]).await;
    world.push("three", &[("three", "3\n")]).await;
    for (base, head, status, message) in [
        ("one", "three", 201, "Merge three into one"),
        ("one", "three", 204, ""),
        ("one", "two", 409, "Merge conflict"),
        ("none", "two", 404, "Base does not exist"),
        ("one", "none", 404, "Head does not exist"),
    ] {
        let reply = world
            .post("merges", json!({ "base": base, "head": head }))
            .await;
        assert_eq!(reply.status, status, "{base} {head}: {}", reply.text);
        let told = match status {
            201 => &reply.body["commit"]["message"],
            204 => continue,
            _ => &reply.body["message"],
        };
        assert_eq!(told, message, "{base} {head}");
    }
}

#[tokio::test]
async fn a_renamed_branch_keeps_its_pull_requests_and_its_protection() {
    let world = World::open().await;
    let pull = world.pull("topic", &[("lines", "x\n")]).await;
    let path = format!("pulls/{pull}");
    for (from, to, status) in [
        ("topic", "fix/one", 201),
        ("fix/one", "main", 422),
        ("none", "other", 404),
        ("fix/one", "a..b", 422),
        ("fix/one", "fix/one/two", 422),
        ("fix/one", "fix", 422),
        ("main", "trunk", 201),
    ] {
        let reply = world
            .post(
                &format!("branches/{from}/rename"),
                json!({ "new_name": to }),
            )
            .await;
        assert_eq!(reply.status, status, "{from} {to}: {}", reply.text);
    }
    let default = world
        .send(
            Method::POST,
            "branches/trunk/rename",
            Some(&world.reviewer),
            Some(json!({ "new_name": "x" })),
        )
        .await;
    assert_eq!(default.status, 403);
    let world = world
        .reopened(Arc::new(ProcessCheckRunner::default()))
        .await;
    assert_eq!(world.get("").await.body["default_branch"], "trunk");
    assert_eq!(world.get("branches/trunk").await.body["protected"], true);
    assert_eq!(world.get("branches/main").await.status, 404);
    let told = world.get(&path).await.body;
    assert_eq!(
        (&told["head"]["ref"], &told["base"]["ref"]),
        (&json!("fix/one"), &json!("trunk"))
    );
    assert_eq!(
        (&told["state"], &told["mergeable_state"]),
        (&json!("open"), &json!("clean"))
    );
    let bare = world.dir.path().join("state/repos/octo/demo.git");
    assert_eq!(git(&bare, &["symbolic-ref", "HEAD"]), "refs/heads/trunk");
}

#[tokio::test]
async fn a_new_repository_is_empty_and_can_be_filled() {
    let world = World::open().await;
    let made = world
        .post(
            "/user/repos",
            json!({ "name": "fresh", "description": "New" }),
        )
        .await;
    assert_eq!(
        (made.status, &made.body["description"]),
        (201, &json!("New")),
        "{}",
        made.text
    );
    let again = world.post("/user/repos", json!({ "name": "Fresh" })).await;
    assert_eq!(
        again.body["errors"][0]["message"],
        "name already exists on this account"
    );
    for (body, field) in [
        (json!({ "name": "a b" }), "/errors/0/field"),
        (json!({ "name": "x", "private": true }), "/errors/0/message"),
        (
            json!({ "name": "x", "license_template": "mit" }),
            "/errors/0/message",
        ),
    ] {
        let refused = world.post("/user/repos", body.clone()).await;
        assert!(
            refused.status == 422 && refused.body.pointer(field).is_some(),
            "{body}: {}",
            refused.text
        );
    }
    let others = world.post("/orgs/rev/repos", json!({ "name": "x" })).await;
    assert_eq!(others.status, 403);
    assert_eq!(
        world
            .post("/orgs/none/repos", json!({ "name": "x" }))
            .await
            .status,
        404
    );
    assert_eq!(
        world.get("/repos/octo/fresh/branches").await.body,
        json!([])
    );
    let empty = world.get("/repos/octo/fresh/commits").await;
    assert_eq!(empty.status, 409, "{}", empty.text);
    let file = json!({ "message": "Begin", "content": "aGk=" });
    let readme = "/repos/octo/fresh/contents/README.md";
    let first = world
        .send(Method::PUT, readme, Some(&world.author), Some(file))
        .await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(first.body["commit"]["parents"], json!([]));
    assert_eq!(
        world
            .get("/repos/octo/fresh/commits")
            .await
            .body
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
