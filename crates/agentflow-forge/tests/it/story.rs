//! The way from an issue to a merged pull request, with everything real but the author.

use std::sync::Arc;

use agentflow_forge::ProcessCheckRunner;
use reqwest::Method;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn an_issue_becomes_a_merged_pull_request() {
    let world = World::open().await;
    let first = world
        .push("fix", &[("status", "bad\n"), ("lines", "1\n2\n")])
        .await;
    let body =
        json!({ "title": "Digits", "head": "octo:fix", "base": "main", "body": "Closes #1" });
    let opened = world.post("pulls", body.clone()).await;
    assert_eq!((opened.status, &opened.body["number"]), (201, &json!(2)));
    assert_eq!(opened.body["head"]["sha"], json!(first));
    let again = world.post("pulls", body).await;
    assert_eq!(again.status, 422);
    assert_eq!(
        again.body["errors"][0]["message"],
        "A pull request already exists for octo:fix."
    );

    world.forge.checks_settled().await.unwrap();
    let run = &world.get(&format!("commits/{first}/check-runs")).await.body["check_runs"][0];
    assert_eq!(
        (&run["name"], &run["conclusion"]),
        (&json!("ci"), &json!("failure"))
    );
    assert_eq!(run["output"]["text"], "bad\n");
    assert_eq!(
        world.get("pulls/2").await.body["mergeable_state"],
        "blocked"
    );
    let refused = world
        .send(Method::PUT, "pulls/2/merge", Some(&world.author), None)
        .await;
    assert_eq!(
        (refused.status, refused.body["message"].as_str()),
        (405, Some("Required status check \"ci\" is failing."))
    );

    let second = world.push("fix", &[("status", "good\n")]).await;
    assert_eq!(
        world.get("pulls/2").await.body["head"]["sha"],
        json!(second),
        "a push is followed before it ends"
    );
    world.forge.checks_settled().await.unwrap();
    assert_eq!(world.get("pulls/2").await.body["mergeable_state"], "clean");

    let comment = json!({ "path": "lines", "line": 1, "side": "RIGHT", "body": "Digits, good." });
    let review = json!({ "event": "APPROVE", "body": "Fine.", "comments": [comment] });
    let reviewed = world
        .send(
            Method::POST,
            "pulls/2/reviews",
            Some(&world.reviewer),
            Some(review),
        )
        .await;
    assert_eq!(
        (reviewed.status, &reviewed.body["state"]),
        (200, &json!("APPROVED"))
    );

    let stale = world
        .send(
            Method::PUT,
            "pulls/2/merge",
            Some(&world.author),
            Some(json!({ "sha": first })),
        )
        .await;
    assert_eq!(
        (
            stale.status,
            stale.body["message"]
                .as_str()
                .unwrap()
                .starts_with("Head branch was modified")
        ),
        (409, true)
    );
    let merged = world
        .send(
            Method::PUT,
            "pulls/2/merge",
            Some(&world.author),
            Some(json!({ "sha": second })),
        )
        .await;
    assert_eq!((merged.status, &merged.body["merged"]), (200, &json!(true)));
    assert_eq!(world.get("pulls/2/merge").await.status, 204);
    assert_eq!(
        world.get("branches/main").await.body["commit"]["sha"],
        merged.body["sha"]
    );
    assert_eq!(world.get("issues/1").await.body["state"], "closed");
    let twice = world
        .send(Method::PUT, "pulls/2/merge", Some(&world.author), None)
        .await;
    assert_eq!(twice.status, 405);

    let world = world
        .reopened(Arc::new(ProcessCheckRunner::default()))
        .await;
    let records = world.forge.records(&world.repo).await.unwrap();
    assert_eq!(
        (
            records.pulls.len(),
            records.reviews.len(),
            records.review_comments.len()
        ),
        (1, 1, 1)
    );
    assert_eq!(
        records.pulls[0].merge_sha.as_deref(),
        merged.body["sha"].as_str()
    );
    let conclusions: Vec<_> = records
        .check_runs
        .iter()
        .map(|run| run.conclusion.as_deref())
        .collect();
    assert_eq!(conclusions, [Some("failure"), Some("success")]);
    let main = records
        .branches
        .iter()
        .find(|branch| branch.name == "main")
        .unwrap();
    assert_eq!(Some(main.sha.as_str()), merged.body["sha"].as_str());
}
