//! What happens is told, once, signed, in GitHub's words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::receiver::{Manner, Received, Receiver};
use crate::site::{Site, test_data};
use crate::world::{git, write_files};

pub(crate) const SECRET: &str = "a long random text";

pub(crate) async fn hooked(site: &Site, url: &str, events: Value) -> u64 {
    let config = json!({ "url": url, "content_type": "json", "secret": SECRET });
    let made = site
        .own("POST hooks", json!({ "config": config, "events": events }))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.body["id"].as_u64().unwrap()
}

/// Commits these files on a branch of its own and pushes it.
async fn push(site: &Site, branch: &str, files: &[(&str, &str)]) {
    let clone = site.dir.path().join("clone");
    if !clone.exists() {
        std::fs::create_dir(&clone).unwrap();
        let bare = site
            .dir
            .path()
            .join(format!("state/repos/{}.git", site.repo));
        git(&clone, &["clone", "--quiet", &bare.to_string_lossy(), "."]);
        let host = site.forge.html_url().strip_prefix("http://").unwrap();
        let url = format!("http://x:{}@{host}/{}.git", site.owner, site.repo);
        git(&clone, &["remote", "set-url", "origin", &url]);
    }
    write_files(&clone, files);
    git(&clone, &["add", "--all"]);
    git(&clone, &["commit", "--quiet", "-m", "Change"]);
    git_in_background(
        &clone,
        &[
            "push",
            "--quiet",
            "origin",
            &format!("HEAD:refs/heads/{branch}"),
        ],
    )
    .await;
}

async fn git_in_background(dir: &std::path::Path, args: &[&str]) {
    let (dir, args) = (
        dir.to_owned(),
        args.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>(),
    );
    let run = move || git(&dir, &args.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap();
}

/// From an issue to a merged pull request, with everything that is told on the way.
async fn story(site: &Site) {
    let reviewer = site.writer("rev").await;
    site.own("POST issues", json!({ "title": "t", "labels": ["bug"] }))
        .await;
    site.own("POST issues/1/comments", json!({ "body": "hello" }))
        .await;
    site.own("PATCH issues/comments/1", json!({ "body": "hello again" }))
        .await;
    site.own("PATCH issues/1", json!({ "title": "u" })).await;
    site.own("PUT issues/1/labels", json!(["bug", "new"])).await;
    site.own("DELETE issues/1/labels/bug", Value::Null).await;
    site.own("PATCH issues/1", json!({ "state": "closed" }))
        .await;
    site.own("PATCH issues/1", json!({ "state": "open" })).await;
    push(site, "topic", &[("lines", "one\nTWO\nthree\n")]).await;
    let pull = json!({ "title": "p", "head": "topic", "base": "main", "body": "Closes #1" });
    let opened = site.own("POST pulls", pull).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    site.forge.checks_settled().await.unwrap();
    push(site, "topic", &[("more", "x\n")]).await;
    site.forge.checks_settled().await.unwrap();
    site.own(
        "POST pulls/2/requested_reviewers",
        json!({ "reviewers": ["rev"] }),
    )
    .await;
    site.own("POST issues/2/labels", json!(["ready"])).await;
    let comment = json!({ "path": "lines", "line": 2, "body": "loud" });
    let review = json!({ "event": "APPROVE", "comments": [comment] });
    let reviewed = site
        .call("POST pulls/2/reviews", &reviewer, Some(&review))
        .await;
    assert_eq!(reviewed.status, 200, "{}", reviewed.text);
    for mutation in [
        "resolveReviewThread(input: {threadId: \"PRRT_1\"}) { thread { id } }",
        "unresolveReviewThread(input: {threadId: \"PRRT_1\"}) { thread { id } }",
        "convertPullRequestToDraft(input: {pullRequestId: \"PR_2\"}) { pullRequest { id } }",
        "markPullRequestReadyForReview(input: {pullRequestId: \"PR_2\"}) { pullRequest { id } }",
    ] {
        let asked = site.http.post(format!("{}/graphql", site.forge.html_url()));
        let query = json!({ "query": format!("mutation {{ {mutation} }}") });
        let done = asked.bearer_auth(&site.owner).json(&query).send().await;
        let done: Value = serde_json::from_str(&done.unwrap().text().await.unwrap()).unwrap();
        assert_eq!(done["errors"], Value::Null, "{done}");
    }
    site.own("PATCH pulls/2", json!({ "state": "closed" }))
        .await;
    site.own("PATCH pulls/2", json!({ "state": "open" })).await;
    let merged = site.own("PUT pulls/2/merge", json!({})).await;
    assert_eq!(merged.status, 200, "{}", merged.text);
    site.own("DELETE git/refs/heads/topic", Value::Null).await;
    site.forge.webhooks_settled().await.unwrap();
}

#[tokio::test]
async fn what_happens_is_told_in_order() {
    let site = Site::open().await;
    let receiver = Receiver::start(Manner::Answers(200)).await;
    hooked(&site, &receiver.url, json!(["*"])).await;
    story(&site).await;
    let received = receiver.received();
    let names: Vec<String> = received.iter().map(Received::name).collect();
    let checked = [
        "check_suite.requested",
        "check_run.created",
        "check_run.completed",
        "check_suite.completed",
    ];
    let mut want = vec![
        "ping",
        "issues.opened",
        "issues.labeled",
        "issue_comment.created",
        "issue_comment.edited",
        "issues.edited",
        "issues.labeled",
        "issues.unlabeled",
        "issues.closed",
        "issues.reopened",
        "create",
        "push",
        "pull_request.opened",
    ];
    want.extend(checked);
    want.extend(["push", "pull_request.synchronize"]);
    want.extend(checked);
    want.extend([
        "pull_request.review_requested",
        "pull_request.labeled",
        "pull_request_review.submitted",
        "pull_request_review_comment.created",
        "pull_request_review_thread.resolved",
        "pull_request_review_thread.unresolved",
        "pull_request.converted_to_draft",
        "pull_request.ready_for_review",
        "pull_request.closed",
        "pull_request.reopened",
        "pull_request.closed",
        "issues.closed",
        "push",
        "push",
        "delete",
    ]);
    assert_eq!(names, want);
    let told = |name: &str| {
        let found = received.iter().find(|it| it.name() == name);
        found.unwrap_or_else(|| panic!("{name} was told")).json()
    };
    for (name, pointer, value) in [
        ("issues.opened", "/issue/state", json!("open")),
        ("issues.opened", "/issue/title", json!("t")),
        ("issues.opened", "/sender/login", json!("octo")),
        ("issues.edited", "/changes/title/from", json!("t")),
        ("issues.labeled", "/label/name", json!("bug")),
        ("issues.unlabeled", "/label/name", json!("bug")),
        ("issue_comment.created", "/comment/body", json!("hello")),
        ("issue_comment.edited", "/changes/body/from", json!("hello")),
        ("create", "/ref", json!("topic")),
        ("create", "/ref_type", json!("branch")),
        ("push", "/created", json!(true)),
        ("push", "/commits/0/modified/0", json!("lines")),
        ("push", "/pusher/name", json!("octo")),
        ("pull_request.opened", "/pull_request/state", json!("open")),
        (
            "pull_request.review_requested",
            "/requested_reviewer/login",
            json!("rev"),
        ),
        (
            "pull_request_review.submitted",
            "/review/state",
            json!("approved"),
        ),
        (
            "pull_request_review.submitted",
            "/sender/login",
            json!("rev"),
        ),
        ("check_run.created", "/check_run/status", json!("queued")),
        (
            "check_run.completed",
            "/check_run/conclusion",
            json!("neutral"),
        ),
        (
            "check_suite.completed",
            "/check_suite/conclusion",
            json!("success"),
        ),
        (
            "check_suite.requested",
            "/check_suite/head_branch",
            json!("topic"),
        ),
        (
            "check_run.created",
            "/check_run/check_suite/head_branch",
            json!("topic"),
        ),
        ("delete", "/ref", json!("topic")),
        (
            "pull_request_review_thread.resolved",
            "/thread/comments/0/body",
            json!("loud"),
        ),
        (
            "pull_request.converted_to_draft",
            "/pull_request/draft",
            json!(true),
        ),
        (
            "pull_request.ready_for_review",
            "/pull_request/draft",
            json!(false),
        ),
    ] {
        assert_eq!(
            told(name).pointer(pointer),
            Some(&value),
            "{name} {pointer}"
        );
    }
    let synchronized = told("pull_request.synchronize");
    assert_eq!(
        synchronized["after"],
        synchronized["pull_request"]["head"]["sha"]
    );
    let before = &received
        .iter()
        .find(|it| it.name() == "push")
        .unwrap()
        .json()["after"];
    assert_eq!(&synchronized["before"], before);
    let last = received
        .iter()
        .rev()
        .find(|it| it.name() == "pull_request.closed");
    assert_eq!(last.unwrap().json()["pull_request"]["merged"], true);
}

/// Every key with where it is, such as `/issue/labels/[]/name`.
fn keys(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let at = format!("{at}/{name}");
                keys(value, &at, found);
                found.insert(at);
            }
        }
        Value::Array(items) => {
            for item in items {
                keys(item, &format!("{at}/[]"), found);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn payloads_have_the_keys_of_real_ones() {
    let Some(recorded) = test_data("contracts/recordings/github-webhooks-mit.jsonl") else {
        return;
    };
    let Some(described) = test_data("contracts/github-openapi-trimmed.json") else {
        return;
    };
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut needed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in recorded.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let event = row["event"].as_str().unwrap().to_owned();
        let mut found = BTreeSet::new();
        keys(&row["payload"], "", &mut found);
        known.entry(event.clone()).or_default().extend(found);
        let name = match row["payload"]["action"].as_str() {
            Some(action) => format!("{event}.{action}"),
            None => event,
        };
        // What all real ones of a kind have at their top.
        let top: BTreeSet<String> = row["payload"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let common = needed.entry(name).or_insert_with(|| top.clone());
        *common = common.intersection(&top).cloned().collect();
    }
    let site = Site::open().await;
    let receiver = Receiver::start(Manner::Answers(200)).await;
    hooked(&site, &receiver.url, json!(["*"])).await;
    story(&site).await;
    let mut faults = BTreeSet::new();
    for delivery in receiver.received() {
        let (name, payload) = (delivery.name(), delivery.json());
        let mut ours = BTreeSet::new();
        keys(&payload, "", &mut ours);
        let real = &known[delivery.header("x-github-event")];
        for key in ours.difference(real) {
            // What was added since the recordings is in the description of the REST shapes.
            let last = key.rsplit('/').next().unwrap();
            if !described.contains(&format!("\"{last}\":")) {
                faults.insert(format!("{name}: {key} is not GitHub's"));
            }
        }
        let top = needed.get(&name).into_iter().flatten();
        for key in top.filter(|key| !["installation", "organization"].contains(&key.as_str())) {
            if payload.get(key).is_none() {
                faults.insert(format!("{name}: lacks {key}"));
            }
        }
    }
    assert_eq!(faults, BTreeSet::new());
}
