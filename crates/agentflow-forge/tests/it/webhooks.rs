//! What happens is told, once, signed, in GitHub's words.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::receiver::{Manner, Received, Receiver};
use crate::site::{Site, test_data};
use crate::world::{git, write_files};

const SECRET: &str = "a long random text";

async fn hooked(site: &Site, url: &str, events: Value) -> u64 {
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
        ("delete", "/ref", json!("topic")),
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

#[tokio::test]
async fn a_delivery_is_signed_and_says_what_it_is() {
    let site = Site::open().await;
    let receiver = Receiver::start(Manner::Answers(204)).await;
    let hook = hooked(&site, &receiver.url, json!(["issues"])).await;
    site.own("POST issues", json!({ "title": "t" })).await;
    site.own("POST issues/1/comments", json!({ "body": "not asked for" }))
        .await;
    site.forge.webhooks_settled().await.unwrap();
    let received = receiver.received();
    let names: Vec<String> = received.iter().map(Received::name).collect();
    assert_eq!(names, ["ping", "issues.opened"]);
    for delivery in &received {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(&delivery.body);
        let hex: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        assert_eq!(
            delivery.header("x-hub-signature-256"),
            format!("sha256={hex}")
        );
        assert_eq!(delivery.header("x-github-hook-id"), hook.to_string());
        assert_eq!(delivery.header("content-type"), "application/json");
        assert!(
            delivery
                .header("user-agent")
                .starts_with("GitHub-Hookshot/")
        );
        let parts: Vec<usize> = delivery
            .header("x-github-delivery")
            .split('-')
            .map(str::len)
            .collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }
    let config = json!({ "content_type": "form", "secret": "" });
    let edited = site
        .own(&format!("PATCH hooks/{hook}"), json!({ "config": config }))
        .await;
    assert_eq!(
        edited.body["config"]["content_type"], "form",
        "{}",
        edited.text
    );
    let ping = site
        .own(&format!("POST hooks/{hook}/pings"), Value::Null)
        .await;
    assert_eq!(ping.status, 204);
    site.forge.webhooks_settled().await.unwrap();
    let last = receiver.received().pop().unwrap();
    assert_eq!(
        last.header("content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(last.header("x-hub-signature-256"), "");
    let body = String::from_utf8(last.body.to_vec()).unwrap();
    assert!(body.starts_with("payload=%7B%22"), "{body}");
}

#[tokio::test]
async fn what_came_of_a_delivery_is_written_down() {
    let site =
        Site::with(|options| options.limits.hook_time_max = Duration::from_millis(300)).await;
    for (name, manner, code, status) in [
        ("well", Some(Manner::Answers(200)), 200, "OK"),
        (
            "badly",
            Some(Manner::Answers(500)),
            500,
            "Internal Server Error",
        ),
        ("elsewhere", Some(Manner::Redirects), 302, "Found"),
        ("never", Some(Manner::NeverAnswers), 504, "timed out"),
        ("nobody", None, 502, "failed to connect to host"),
    ] {
        let receiver = Receiver::start(manner.unwrap_or(Manner::Answers(200))).await;
        let url = match manner {
            Some(_) => receiver.url.clone(),
            None => "http://127.0.0.1:1/".to_owned(),
        };
        let hook = hooked(&site, &url, json!(["issues"])).await;
        site.forge.webhooks_settled().await.unwrap();
        let listed = site
            .own(&format!("GET hooks/{hook}/deliveries"), Value::Null)
            .await;
        assert_eq!(
            listed.body.as_array().map(Vec::len),
            Some(1),
            "{name}: {}",
            listed.text
        );
        let item = &listed.body[0];
        assert_eq!(
            (&item["status_code"], &item["status"]),
            (&json!(code), &json!(status)),
            "{name}"
        );
        assert_eq!(
            receiver.received().len(),
            usize::from(manner.is_some()),
            "{name}"
        );
        let path = format!("hooks/{hook}/deliveries/{}", item["id"]);
        let one = site.own(&format!("GET {path}"), Value::Null).await;
        assert_eq!(one.body["request"]["payload"]["hook_id"], hook, "{name}");
        assert_eq!(
            one.body["request"]["headers"]["x-github-event"], "ping",
            "{name}"
        );

        receiver.behave(Manner::Answers(202));
        let again = site
            .own(&format!("POST {path}/attempts"), Value::Null)
            .await;
        assert_eq!(again.status, 202, "{name}");
        site.forge.webhooks_settled().await.unwrap();
        let listed = site
            .own(&format!("GET hooks/{hook}/deliveries"), Value::Null)
            .await;
        let newest = &listed.body[0];
        assert_eq!(
            (&newest["redelivery"], &newest["guid"]),
            (&json!(true), &item["guid"]),
            "{name}"
        );
        if manner.is_some() {
            assert_eq!(newest["status_code"], 202, "{name}");
            let shown = site.own(&format!("GET hooks/{hook}"), Value::Null).await;
            assert_eq!(shown.body["last_response"]["status"], "active", "{name}");
            assert_eq!(shown.body["config"]["secret"], "********", "{name}");
        }
        let gone = site.own(&format!("DELETE hooks/{hook}"), Value::Null).await;
        assert_eq!(gone.status, 204, "{name}");
        assert_eq!(
            site.own(&format!("GET {path}"), Value::Null).await.status,
            404,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_hook_that_cannot_be_is_refused() {
    let site = Site::open().await;
    let stranger = site.writer("rev").await;
    let hook = |url: &str| json!({ "config": { "url": url }, "events": ["push"] });
    for (name, body, status, message) in [
        ("no config", json!({}), 422, "Validation Failed"),
        ("no url", json!({ "config": {} }), 422, "Validation Failed"),
        (
            "an address elsewhere",
            hook("http://example.com/"),
            422,
            "Validation Failed",
        ),
        (
            "no events",
            json!({ "config": { "url": "http://127.0.0.1:1/" }, "events": [] }),
            422,
            "Validation Failed",
        ),
        (
            "another name",
            json!({ "name": "mail", "config": { "url": "http://127.0.0.1:1/" } }),
            422,
            "Validation Failed",
        ),
    ] {
        let refused = site.own("POST hooks", body).await;
        assert_eq!(
            (refused.status, &refused.body["message"]),
            (status, &json!(message)),
            "{name}"
        );
    }
    let body = hook("http://127.0.0.1:1/");
    let refused = site.call("POST hooks", &stranger, Some(&body)).await;
    let want = json!("Must have admin rights to Repository.");
    assert_eq!((refused.status, &refused.body["message"]), (403, &want));
    assert_eq!(site.own("POST hooks", body.clone()).await.status, 201);
    let twice = site.own("POST hooks", body).await;
    assert_eq!(
        twice.body["errors"][0]["message"],
        "Hook already exists on this repository"
    );
}

#[tokio::test]
async fn what_was_not_delivered_is_delivered_when_the_forge_is_next_opened() {
    let site = Site::open().await;
    let receiver = Receiver::start(Manner::Answers(200)).await;
    hooked(&site, &receiver.url, json!(["issues"])).await;
    site.forge.webhooks_settled().await.unwrap();
    receiver.next().await;
    receiver.behave(Manner::NeverAnswers);
    site.own("POST issues", json!({ "title": "one" })).await;
    receiver.next().await;
    site.own("POST issues", json!({ "title": "two" })).await;
    let Site { dir, forge, .. } = site;
    forge.shutdown().await;
    let cut_off = receiver.received().pop().unwrap();
    receiver.behave(Manner::Answers(200));
    let site = Site::at(dir, |_| {}).await;
    site.forge.webhooks_settled().await.unwrap();
    let after: Vec<Received> = receiver.received().split_off(2);
    let titles: Vec<Value> = after
        .iter()
        .map(|it| it.json()["issue"]["title"].clone())
        .collect();
    assert_eq!(titles, ["one", "two"]);
    let id = "x-github-delivery";
    assert_eq!(
        after[0].header(id),
        cut_off.header(id),
        "it is known by its id"
    );
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
