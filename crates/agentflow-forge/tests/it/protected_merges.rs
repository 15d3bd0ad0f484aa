//! What a merge into a protected branch waits for.

use reqwest::Method;
use serde_json::{Value, json};

use crate::protection::{protect, send};
use crate::world::World;

#[tokio::test]
async fn a_merge_waits_for_what_its_base_requires() {
    let world = World::open().await;
    let pull = world.pull("topic", &[("lines", "x\n")]).await;
    let merge = async || {
        send(
            &world,
            Method::PUT,
            &format!("pulls/{pull}/merge"),
            json!({}),
        )
        .await
    };
    let state = async || world.get(&format!("pulls/{pull}")).await.body["mergeable_state"].clone();
    let refused = async |want: &str, message: &str| {
        assert_eq!(state().await, want, "{message}");
        let reply = merge().await;
        assert_eq!(
            (reply.status, &reply.body["message"]),
            (405, &json!(message))
        );
    };
    let more = json!({
        "required_status_checks": { "strict": true, "contexts": ["ci"], "checks": [{ "context": "deploy" }] },
        "required_pull_request_reviews": { "required_approving_review_count": 1, "dismiss_stale_reviews": true },
    });
    protect(&world, "main", more).await;
    let review = "At least 1 approving review is required by reviewers with write access.";
    refused("blocked", review).await;
    let approve = async || {
        let approval = Some(json!({ "event": "APPROVE" }));
        let path = format!("pulls/{pull}/reviews");
        world
            .send(Method::POST, &path, Some(&world.reviewer), approval)
            .await
    };
    approve().await;
    refused("blocked", "Required status check \"deploy\" is expected.").await;
    let report = async |state: &str| {
        let sha = world.get(&format!("pulls/{pull}")).await.body["head"]["sha"].clone();
        let path = format!("statuses/{}", sha.as_str().unwrap());
        world
            .post(&path, json!({ "state": state, "context": "deploy" }))
            .await
    };
    report("pending").await;
    refused(
        "blocked",
        "Required status check \"deploy\" is in progress.",
    )
    .await;
    report("error").await;
    refused("blocked", "Required status check \"deploy\" is failing.").await;
    report("success").await;
    assert_eq!(state().await, "clean");

    // Another pull request is merged first, so this one falls behind.
    let hurry = json!({ "message": "m", "content": "aGk=" });
    send(
        &world,
        Method::DELETE,
        "branches/main/protection",
        Value::Null,
    )
    .await;
    assert_eq!(
        send(&world, Method::PUT, "contents/hurry", hurry)
            .await
            .status,
        201
    );
    let strict = json!({
        "required_status_checks": { "strict": true, "contexts": ["ci"] },
        "required_pull_request_reviews": { "required_approving_review_count": 1, "dismiss_stale_reviews": true },
    });
    protect(&world, "main", strict).await;
    refused(
        "behind",
        "Head branch is out of date. Update it and try the merge again.",
    )
    .await;
    let stale = json!({ "expected_head_sha": "0".repeat(40) });
    let path = format!("pulls/{pull}/update-branch");
    let moved = send(&world, Method::PUT, &path, stale).await;
    let mismatch = "expected head sha didn’t match current head ref.";
    assert_eq!(
        (moved.status, &moved.body["message"]),
        (422, &json!(mismatch))
    );
    let updated = send(&world, Method::PUT, &path, json!({})).await;
    assert_eq!(updated.status, 202, "{}", updated.text);
    world.forge.checks_settled().await.unwrap();
    // The approval was of an older head.
    refused("blocked", review).await;
    approve().await;
    assert_eq!(state().await, "clean");
    assert_eq!(merge().await.status, 200);
}

#[tokio::test]
async fn administrators_pass_over_a_rule_that_does_not_bind_them() {
    let world = World::open().await;
    let pull = world.pull("topic", &[("lines", "x\n")]).await;
    let more = json!({
        "enforce_admins": false,
        "required_pull_request_reviews": { "required_approving_review_count": 1 },
    });
    protect(&world, "main", more).await;
    let path = format!("pulls/{pull}/merge");
    let by_other = world
        .send(Method::PUT, &path, Some(&world.reviewer), Some(json!({})))
        .await;
    assert_eq!(by_other.status, 405, "{}", by_other.text);
    assert_eq!(
        send(&world, Method::PUT, &path, json!({})).await.status,
        200
    );
}

#[tokio::test]
async fn a_history_that_must_be_linear_takes_no_merge_commit() {
    let world = World::open().await;
    let pull = world.pull("topic", &[("lines", "x\n")]).await;
    protect(&world, "main", json!({ "required_linear_history": true })).await;
    let path = format!("pulls/{pull}/merge");
    for (method, status) in [("merge", 405), ("squash", 200)] {
        let reply = send(
            &world,
            Method::PUT,
            &path,
            json!({ "merge_method": method }),
        )
        .await;
        assert_eq!(reply.status, status, "{method}: {}", reply.text);
    }
}
