//! What clients change: issues, comments, labels, check runs.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn issues_comments_and_labels_can_be_changed() {
    let world = World::open().await;
    let made = world
        .post(
            "issues",
            json!({ "title": "Two", "body": "b", "labels": ["bug", { "name": "new" }] }),
        )
        .await;
    assert_eq!((made.status, &made.body["number"]), (201, &json!(2)));
    let patch = json!({ "title": "Zwei", "body": null, "state": "closed", "labels": ["other"] });
    let edited = world
        .send(Method::PATCH, "issues/2", Some(&world.author), Some(patch))
        .await
        .body;
    assert_eq!(
        (&edited["title"], &edited["state"], &edited["state_reason"]),
        (&json!("Zwei"), &json!("closed"), &json!("completed"))
    );
    assert_eq!(
        (&edited["body"], &edited["closed_by"]["login"]),
        (&json!(""), &json!("octo"))
    );
    let reopened = world
        .send(
            Method::PATCH,
            "issues/2",
            Some(&world.author),
            Some(json!({ "state": "open" })),
        )
        .await;
    assert_eq!(reopened.body["closed_at"], Value::Null);

    let names = |labels: &Value| {
        labels
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["name"].clone())
            .collect::<Vec<_>>()
    };
    let added = world
        .post("issues/2/labels", json!({ "labels": ["bug"] }))
        .await;
    assert_eq!(names(&added.body), ["bug", "other"]);
    let set = world
        .send(
            Method::PUT,
            "issues/2/labels",
            Some(&world.author),
            Some(json!(["one", "Bug"])),
        )
        .await;
    assert_eq!(
        names(&set.body),
        ["bug", "one"],
        "names are the same without case"
    );
    let removed = world
        .send(
            Method::DELETE,
            "issues/2/labels/one",
            Some(&world.author),
            None,
        )
        .await;
    assert_eq!(names(&removed.body), ["bug"]);

    let comment = world
        .post("issues/2/comments", json!({ "body": "first" }))
        .await
        .body;
    let path = format!("issues/comments/{}", comment["id"]);
    let edited = world
        .send(
            Method::PATCH,
            &path,
            Some(&world.author),
            Some(json!({ "body": "second" })),
        )
        .await;
    assert_eq!(edited.body["body"], "second");
    assert_eq!(world.get(&path).await.body, edited.body);
    assert_eq!(world.get("issues/2").await.body["comments"], 1);
}

#[tokio::test]
async fn a_reported_check_counts_and_the_forges_own_cannot_be_forged() {
    let world = World::open().await;
    let number = world.pull("topic", &[("status", "bad\n")]).await;
    let head = world.get(&format!("pulls/{number}")).await.body["head"]["sha"].clone();
    let forged = json!({ "name": "ci", "head_sha": head, "conclusion": "success" });
    assert_eq!(world.post("check-runs", forged).await.status, 201);
    assert_eq!(
        world.get("pulls/2").await.body["mergeable_state"],
        "blocked"
    );
    let runs = world.get("commits/topic/check-runs").await.body;
    let own = runs["check_runs"][0]["id"].clone();
    let patch = Some(json!({ "conclusion": "success" }));
    let refused = world
        .send(
            Method::PATCH,
            &format!("check-runs/{own}"),
            Some(&world.author),
            patch,
        )
        .await;
    assert_eq!(refused.status, 403);

    let number = world.pull("other", &[("lines", "x\n")]).await;
    let lint = json!({ "name": "lint", "head_sha": "other", "status": "in_progress" });
    let lint = world.post("check-runs", lint).await.body;
    let pull = format!("pulls/{number}");
    assert_eq!(
        world.get(&pull).await.body["mergeable_state"],
        "blocked",
        "a reported check is waited for"
    );
    let done =
        json!({ "conclusion": "success", "output": { "title": "t", "summary": "s", "text": "x" } });
    let path = format!("check-runs/{}", lint["id"]);
    let done = world
        .send(Method::PATCH, &path, Some(&world.author), Some(done))
        .await
        .body;
    assert_eq!(
        (&done["status"], &done["output"]["text"]),
        (&json!("completed"), &json!("x"))
    );
    assert_eq!(world.get(&pull).await.body["mergeable_state"], "clean");
}
