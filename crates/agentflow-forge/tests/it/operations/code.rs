//! Checks, objects and branches.

use serde_json::{Value, json};

use super::Tour;
use super::Who::Author;

pub(super) async fn checks(tour: &mut Tour) {
    let head = tour.world.get("pulls/2").await.body["head"]["sha"].clone();
    let head = head.as_str().unwrap();
    let output = json!({ "title": "t", "summary": "s", "annotations": [{
        "path": "lines", "start_line": 1, "end_line": 1, "annotation_level": "warning",
        "message": "m",
    }] });
    let new =
        json!({ "name": "lint", "head_sha": head, "conclusion": "neutral", "output": output });
    let made = tour.send(Author, "POST", "check-runs", new, 201).await;
    assert_eq!(made.body["output"]["annotations_count"], 1);
    let run = format!("check-runs/{}", made.body["id"]);
    let suite = format!("check-suites/{}/check-runs", made.body["check_suite"]["id"]);
    tour.read(&[&run, &format!("{run}/annotations"), &suite])
        .await;
    tour.send(
        Author,
        "POST",
        &format!("{run}/rerequest"),
        Value::Null,
        201,
    )
    .await;
    let done = json!({ "conclusion": "success", "completed_at": "2026-01-01T00:00:00Z" });
    tour.send(Author, "PATCH", &run, done, 200).await;
    let status =
        json!({ "state": "success", "context": "deploy", "target_url": "http://x.invalid/1" });
    tour.send(Author, "POST", &format!("statuses/{head}"), status, 201)
        .await;
    tour.read(&["commits/topic/statuses", "commits/topic/status"])
        .await;
    let runs = tour
        .send(Author, "GET", "actions/runs", Value::Null, 200)
        .await;
    let id = runs.body["workflow_runs"][0]["id"].clone();
    let (run, job) = (format!("actions/runs/{id}"), format!("actions/jobs/{id}"));
    tour.read(&[&run, &format!("{run}/jobs"), &job]).await;
    for path in [format!("{job}/logs"), format!("{run}/logs")] {
        tour.send(Author, "GET", &path, Value::Null, 302).await;
    }
}

pub(super) async fn objects(tour: &mut Tour) {
    let blob = json!({ "content": "hello", "encoding": "utf-8" });
    let blob = tour.send(Author, "POST", "git/blobs", blob, 201).await.body["sha"].clone();
    let entry = json!({ "path": "new", "mode": "100644", "type": "blob", "sha": blob });
    let tree = json!({ "base_tree": "main", "tree": [entry] });
    let tree = tour.send(Author, "POST", "git/trees", tree, 201).await.body["sha"].clone();
    let main = tour.world.get("commits/main").await.body["sha"].clone();
    let commit = json!({ "message": "m", "tree": tree, "parents": [main] });
    let commit = tour
        .send(Author, "POST", "git/commits", commit, 201)
        .await
        .body["sha"]
        .clone();
    let plain = |it: &Value| it.as_str().unwrap().to_owned();
    tour.read(&[
        &format!("git/blobs/{}", plain(&blob)),
        &format!("git/trees/{}", plain(&tree)),
        &format!("git/commits/{}", plain(&commit)),
    ])
    .await;
    let made = json!({ "ref": "refs/heads/made", "sha": main });
    tour.send(Author, "POST", "git/refs", made, 201).await;
    tour.send(
        Author,
        "PATCH",
        "git/refs/heads/made",
        json!({ "sha": commit }),
        200,
    )
    .await;
    tour.send(Author, "DELETE", "git/refs/heads/made", Value::Null, 204)
        .await;
    let tag = json!({ "tag": "v1", "message": "m", "object": commit, "type": "commit" });
    let tag = tour.send(Author, "POST", "git/tags", tag, 201).await.body["sha"].clone();
    tour.read(&[&format!("git/tags/{}", plain(&tag)), "languages"])
        .await;
    let file = json!({ "message": "m", "content": "aGk=", "branch": "topic" });
    let file = tour
        .send(Author, "PUT", "contents/greeting", file, 201)
        .await;
    let gone = json!({ "message": "m", "sha": file.body["content"]["sha"], "branch": "topic" });
    tour.send(Author, "DELETE", "contents/greeting", gone, 200)
        .await;
}

pub(super) async fn branches(tour: &mut Tour) {
    let new = json!({ "ref": "refs/heads/free", "sha": tour.world.get("commits/main").await.body["sha"] });
    tour.send(Author, "POST", "git/refs", new, 201).await;
    let rule = json!({
        "required_status_checks": { "strict": true, "contexts": ["ci"] }, "enforce_admins": true,
        "required_pull_request_reviews": { "required_approving_review_count": 1 },
        "restrictions": null,
    });
    tour.send(Author, "PUT", "branches/free/protection", rule, 200)
        .await;
    tour.read(&[
        "branches/free",
        "branches/free/protection",
        "rules/branches/free",
    ])
    .await;
    tour.send(
        Author,
        "DELETE",
        "branches/free/protection",
        Value::Null,
        204,
    )
    .await;
    let name = json!({ "new_name": "freed" });
    tour.send(Author, "POST", "branches/free/rename", name, 201)
        .await;
    tour.send(
        Author,
        "DELETE",
        "branches/main/protection",
        Value::Null,
        204,
    )
    .await;
    let file = json!({ "message": "m", "content": "aGk=" });
    tour.send(Author, "PUT", "contents/more", file, 201).await;
    let both = json!({ "base": "freed", "head": "main" });
    tour.send(Author, "POST", "merges", both.clone(), 201).await;
    tour.send(Author, "POST", "merges", both, 204).await;
    tour.send(Author, "PUT", "pulls/2/update-branch", json!({}), 202)
        .await;
    tour.world.forge.checks_settled().await.unwrap();
    tour.send(Author, "PUT", "pulls/2/merge", json!({}), 200)
        .await;
    tour.send(Author, "GET", "pulls/2/merge", Value::Null, 204)
        .await;
    // A check that would take longer than the test.
    tour.world.push("next", &[(".ci/run", "sleep 600")]).await;
    let pull = json!({ "title": "t", "head": "next", "base": "main" });
    tour.send(Author, "POST", "pulls", pull, 201).await;
    let runs = tour.world.get("actions/runs?branch=next").await;
    let run = format!("actions/runs/{}", runs.body["workflow_runs"][0]["id"]);
    tour.send(Author, "POST", &format!("{run}/cancel"), Value::Null, 202)
        .await;
    tour.world.forge.checks_settled().await.unwrap();
    tour.send(
        Author,
        "POST",
        &format!("{run}/rerun-failed-jobs"),
        Value::Null,
        201,
    )
    .await;
}
