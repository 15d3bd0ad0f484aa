//! The forge's own checks as workflow runs, and what clients report beside them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_run_of_the_forges_own_check_is_a_workflow_run_with_a_log() {
    let world = World::open().await;
    world.pull("topic", &[("status", "bad\n")]).await;
    let head = world.get("pulls/2").await.body["head"]["sha"].clone();
    let runs = world.get("actions/runs").await.body;
    assert_eq!(runs["total_count"], 1);
    let run = &runs["workflow_runs"][0];
    for (field, want) in [
        ("head_sha", head.clone()),
        ("head_branch", json!("topic")),
        ("status", json!("completed")),
        ("conclusion", json!("failure")),
        ("event", json!("pull_request")),
    ] {
        assert_eq!(run[field], want, "{field}");
    }
    for (query, count) in [
        ("branch=topic", 1),
        ("branch=main", 0),
        ("status=failure", 1),
        ("status=queued", 0),
        ("event=push", 0),
        (&format!("head_sha={}", head.as_str().unwrap()), 1),
        (&format!("check_suite_id={}", run["check_suite_id"]), 1),
        ("check_suite_id=1", 0),
    ] {
        let found = world.get(&format!("actions/runs?{query}")).await.body;
        assert_eq!(found["total_count"], count, "{query}");
    }
    let id = &run["id"];
    let found = world.get(&format!("actions/jobs/{id}/logs")).await;
    let address = found.headers["location"].to_str().unwrap();
    let log = reqwest::get(address).await.unwrap().text().await.unwrap();
    assert_eq!(log, "bad\n");
    let found = world.get(&format!("actions/runs/{id}/logs")).await;
    let address = found.headers["location"].to_str().unwrap();
    let zip = reqwest::get(address).await.unwrap().bytes().await.unwrap();
    assert!(
        zip.starts_with(b"PK") && zip.windows(8).any(|it| it == b"0_ci.txt"),
        "a zip with one log"
    );
    let refused = world
        .post(&format!("actions/runs/{id}/cancel"), Value::Null)
        .await;
    assert_eq!(refused.status, 409, "it is over");
    let again = world
        .post(&format!("actions/runs/{id}/rerun-failed-jobs"), Value::Null)
        .await;
    assert_eq!(again.status, 201, "{}", again.text);
    world.forge.checks_settled().await.unwrap();
    assert_eq!(
        world.get(&format!("actions/runs/{id}")).await.body["conclusion"],
        "failure"
    );
    assert_eq!(world.get("actions/runs/99").await.status, 404);
}

#[tokio::test]
async fn a_check_that_runs_is_called_off_and_stays_so() {
    let world = World::open().await;
    world.push("topic", &[(".ci/run", "sleep 600")]).await;
    world
        .post(
            "pulls",
            json!({ "title": "t", "head": "topic", "base": "main" }),
        )
        .await;
    let runs = world.get("actions/runs").await.body;
    let path = format!("actions/runs/{}", runs["workflow_runs"][0]["id"]);
    let cancelled = world.post(&format!("{path}/cancel"), Value::Null).await;
    assert_eq!(cancelled.status, 202, "{}", cancelled.text);
    world.forge.checks_settled().await.unwrap();
    assert_eq!(world.get(&path).await.body["conclusion"], "cancelled");
    let world = world
        .reopened(std::sync::Arc::new(
            agentflow_forge::ProcessCheckRunner::default(),
        ))
        .await;
    world.forge.checks_settled().await.unwrap();
    assert_eq!(
        world.get(&path).await.body["conclusion"],
        "cancelled",
        "nobody asked for it again"
    );
}

#[tokio::test]
async fn statuses_come_to_one_word() {
    let world = World::open().await;
    let sha = world.push("topic", &[("lines", "x\n")]).await;
    let state = async || world.get("commits/topic/status").await.body["state"].clone();
    assert_eq!(state().await, "pending", "nothing was reported");
    for (context, reported, want) in [
        ("one", "success", "success"),
        ("two", "pending", "pending"),
        ("three", "error", "failure"),
        ("three", "success", "pending"),
        ("two", "failure", "failure"),
        ("two", "success", "success"),
    ] {
        let status = json!({ "state": reported, "context": context, "description": "d" });
        assert_eq!(
            world.post(&format!("statuses/{sha}"), status).await.status,
            201
        );
        assert_eq!(state().await, want, "{context} {reported}");
    }
    let combined = world.get("commits/topic/status").await.body;
    assert_eq!(
        (&combined["total_count"], &combined["sha"]),
        (&json!(3), &json!(sha))
    );
    let all = world.get("commits/topic/statuses").await.body;
    let first = (
        &all[0]["context"],
        &all[0]["state"],
        &all[0]["creator"]["login"],
    );
    assert_eq!(first, (&json!("two"), &json!("success"), &json!("octo")));
    assert_eq!(
        all.as_array().unwrap().len(),
        6,
        "every one is kept, the newest first"
    );
    for (path, body, status) in [
        (format!("statuses/{sha}"), json!({ "state": "fine" }), 422),
        (
            "statuses/none".to_owned(),
            json!({ "state": "success" }),
            422,
        ),
    ] {
        assert_eq!(world.post(&path, body).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_check_says_what_is_wrong_with_which_lines() {
    let world = World::open().await;
    let annotation = |more: Value| {
        let mut annotation = json!({
            "path": "lines", "start_line": 1, "end_line": 2, "annotation_level": "warning", "message": "m",
        });
        for (name, value) in more.as_object().unwrap() {
            annotation[name] = value.clone();
        }
        annotation
    };
    let with = |annotations: Vec<Value>| json!({ "title": "t", "summary": "s", "annotations": annotations });
    let new =
        json!({ "name": "lint", "head_sha": "main", "output": with(vec![annotation(json!({}))]) });
    let made = world.post("check-runs", new).await.body;
    let path = format!("check-runs/{}", made["id"]);
    let more = Some(json!({ "output": with(vec![annotation(json!({ "title": "more" }))]) }));
    let edited = world
        .send(Method::PATCH, &path, Some(&world.author), more)
        .await
        .body;
    assert_eq!(edited["output"]["annotations_count"], 2, "they add up");
    let told = world.get(&format!("{path}/annotations")).await.body;
    assert_eq!(
        (&told[0]["title"], &told[1]["title"]),
        (&Value::Null, &json!("more"))
    );
    for wrong in [
        json!({ "annotation_level": "loud" }),
        json!({ "start_line": 3 }),
        json!({ "path": "../lines" }),
    ] {
        let body = Some(json!({ "output": with(vec![annotation(wrong.clone())]) }));
        let refused = world
            .send(Method::PATCH, &path, Some(&world.author), body)
            .await;
        assert_eq!(refused.status, 422, "{wrong}");
    }
    let many = Some(json!({ "output": with(vec![annotation(json!({})); 51]) }));
    assert_eq!(
        world
            .send(Method::PATCH, &path, Some(&world.author), many)
            .await
            .status,
        422
    );
    let open = world.post(&format!("{path}/rerequest"), Value::Null).await;
    assert_eq!(open.status, 403, "it is not over");
}
