//! Searches of issues and of code.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn issues_are_found_by_words_and_qualifiers() {
    let world = World::open().await;
    world.pull("topic", &[("lines", "x\n")]).await;
    let third = json!({ "title": "Slow counting", "body": "In words.", "assignees": ["rev"] });
    world
        .send(Method::POST, "issues", Some(&world.reviewer), Some(third))
        .await;
    world
        .post("issues/3/comments", json!({ "body": "digits would do" }))
        .await;
    world
        .send(
            Method::PATCH,
            "issues/3",
            Some(&world.author),
            Some(json!({ "state": "closed" })),
        )
        .await;
    for (query, want) in [
        ("digits", &[1, 3][..]),
        ("digit", &[]),
        ("digits in:title", &[1]),
        ("words are", &[1]),
        ("words slow", &[1, 3]),
        ("\"words are\"", &[1]),
        ("\"are words\"", &[]),
        ("is:issue", &[1, 3]),
        ("is:pr", &[2]),
        ("type:pr is:open", &[2]),
        ("is:closed", &[3]),
        ("state:open is:issue", &[1]),
        ("label:bug", &[1]),
        ("label:\"good first issue\"", &[1]),
        ("-label:bug is:issue", &[3]),
        ("author:rev", &[3]),
        ("assignee:rev", &[3]),
        ("no:assignee", &[1, 2]),
        ("commenter:octo", &[3]),
        ("head:topic", &[2]),
        ("head:other", &[]),
        ("base:main", &[2]),
        ("repo:octo/demo is:merged", &[]),
        ("user:rev", &[]),
        ("draft:false", &[2]),
    ] {
        let reply = world
            .send(
                Method::GET,
                &format!(
                    "/search/issues?q={}",
                    query.replace(' ', "+").replace('"', "%22")
                ),
                Some(&world.author),
                None,
            )
            .await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.text);
        let items = reply.body["items"].as_array().unwrap();
        let mut found: Vec<u64> = items
            .iter()
            .map(|it| it["number"].as_u64().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(found, want, "{query}");
        assert_eq!(reply.body["total_count"], want.len(), "{query}");
    }
    for (query, pointer, want) in [
        ("", "/errors/0/code", "missing"),
        ("repo:octo/none", "/errors/0/field", "q"),
        (
            "stars:3",
            "/errors/0/message",
            "This forge does not know the qualifier `stars:`.",
        ),
    ] {
        let reply = world.get(&format!("/search/issues?q={query}")).await;
        assert_eq!(
            (reply.status, reply.body.pointer(pointer)),
            (422, Some(&json!(want))),
            "{query}"
        );
    }
}

#[tokio::test]
async fn code_is_found_on_the_default_branch() {
    let world = World::open().await;
    world.push("topic", &[("src/only.rs", "three\n")]).await;
    for (query, want) in [
        ("three", &["lines"][..]),
        ("THREE repo:octo/demo", &["lines"]),
        ("thre", &[]),
        ("three+four", &["lines"]),
        ("three+good", &[]),
        ("%22grep+-q%22", &[".ci/run"]),
        ("run+in:path", &[".ci/run"]),
        ("good+filename:status", &["status"]),
        ("path:.ci", &[".ci/run"]),
        ("three+extension:rs", &[]),
        ("-e", &[]),
    ] {
        let reply = world
            .get(&format!("/search/code?q={}", query.replace(' ', "+")))
            .await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.text);
        let items = reply.body["items"].as_array().unwrap();
        let found: Vec<&Value> = items.iter().map(|it| &it["path"]).collect();
        assert_eq!(found, want, "{query}");
    }
    let refused = world.get("/search/code?q=repo:octo/demo").await;
    assert_eq!(refused.status, 422, "words are needed, too");
}
