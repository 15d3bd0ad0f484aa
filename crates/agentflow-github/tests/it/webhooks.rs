//! Deliveries of webhooks: whose they are, and what they say.

use agentflow_github::{
    CheckConclusion, CommitState, Delivery, IssueState, PAYLOAD_BYTES_MAX, RefKind, ReviewState,
    WebhookError, WebhookEvent, WebhookSecrets,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::recorded::data;

const SECRET: &str = "a long random text";

fn secrets() -> WebhookSecrets {
    WebhookSecrets::new([SECRET.into()]).unwrap()
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        let value = HeaderValue::from_str(value).unwrap();
        (HeaderName::from_static(name), value)
    });
    pairs.collect()
}

/// The headers of a delivery as GitHub sends them.
fn signed(event: &str, body: &[u8]) -> HeaderMap {
    headers(&[
        ("content-type", "application/json"),
        ("x-github-event", event),
        ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        ("x-hub-signature-256", &secrets().sign(body)),
    ])
}

fn open(event: &str, payload: &Value) -> Result<Delivery, WebhookError> {
    let body = payload.to_string().into_bytes();
    secrets().open(&signed(event, &body), &body)
}

/// The example of GitHub's documentation.
#[test]
fn a_signature_is_that_of_githubs_example() {
    let secrets = WebhookSecrets::new(["It's a Secret to Everybody".into()]).unwrap();
    let want = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(secrets.sign(b"Hello, World!"), want);
}

#[test]
fn only_what_the_secret_signed_is_read() {
    let body = br#"{"zen":"Keep it logically awesome."}"#;
    let right = secrets().sign(body);
    let digits = right.strip_prefix("sha256=").unwrap();
    for (name, signature, taken) in [
        ("as it came", Some(right.clone()), true),
        (
            "in large letters",
            Some(format!("sha256={}", digits.to_uppercase())),
            true,
        ),
        ("none", None, false),
        ("empty", Some(String::new()), false),
        ("without its scheme", Some(digits.to_owned()), false),
        ("another scheme", Some(format!("sha1={digits}")), false),
        ("cut", Some(right[..right.len() - 2].to_owned()), false),
        (
            "half a byte short",
            Some(right[..right.len() - 1].to_owned()),
            false,
        ),
        ("longer", Some(format!("{right}00")), false),
        (
            "no digits",
            Some(format!("sha256={}", "zz".repeat(32))),
            false,
        ),
        ("of another body", Some(secrets().sign(b"{}")), false),
        (
            "all zeros",
            Some(format!("sha256={}", "00".repeat(32))),
            false,
        ),
    ] {
        let mut headers = signed("ping", body);
        headers.remove("x-hub-signature-256");
        if let Some(signature) = &signature {
            let value = HeaderValue::from_str(signature).unwrap();
            headers.insert("x-hub-signature-256", value);
        }
        match (secrets().open(&headers, body), taken) {
            (Ok(_), true) => {}
            (Err(error), false) => assert_eq!(error.status(), 401, "{name}"),
            (outcome, _) => panic!("{name}: {outcome:?}"),
        }
    }
}

#[test]
fn while_a_secret_is_changed_both_are_taken() {
    let body = b"{}";
    let both = WebhookSecrets::new(["the new one".into(), SECRET.into()]).unwrap();
    assert!(both.open(&signed("ping", body), body).is_ok());
    let new = WebhookSecrets::new(["the new one".into()]).unwrap();
    let refused = new.open(&signed("ping", body), body).unwrap_err();
    assert!(
        matches!(refused, WebhookError::WrongSignature),
        "{refused:?}"
    );
    assert_eq!(both.sign(body), new.sign(body), "the first signs");
}

#[test]
fn without_a_secret_nothing_is_taken_and_none_is_shown() {
    for none in [vec![], vec!["".into()], vec![SECRET.into(), "".into()]] {
        let refused = WebhookSecrets::new(none).unwrap_err();
        assert!(matches!(refused, WebhookError::NoSecret));
    }
    let shown = format!("{:?}", secrets());
    assert!(!shown.contains(SECRET), "{shown}");
}

#[test]
fn what_cannot_be_read_says_why_after_it_was_checked() {
    let large = vec![b' '; PAYLOAD_BYTES_MAX + 1];
    let no_number = br#"{"action":"opened","issue":{"state":"open"}}"#.as_slice();
    for (event, body, status, want) in [
        (
            "issues",
            b"{".as_slice(),
            400,
            "payload of the event `issues`",
        ),
        ("issues", b"[]", 400, "payload of the event `issues`"),
        ("issues", no_number, 400, "payload of the event `issues`"),
        ("issues", b"\xff", 400, "payload of the event `issues`"),
        (
            "push",
            &large,
            413,
            "has 26214401 bytes; GitHub sends at most 26214400",
        ),
        ("", b"{}", 400, "no header `x-github-event`"),
    ] {
        let refused = secrets().open(&signed(event, body), body).unwrap_err();
        assert_eq!(refused.status(), status, "{refused}");
        assert!(refused.to_string().contains(want), "{refused}");
        // Who cannot sign learns nothing of it.
        let mut forged = signed(event, body);
        forged.insert("x-hub-signature-256", HeaderValue::from_static("sha256=00"));
        let refused = secrets().open(&forged, body).unwrap_err();
        assert!(
            matches!(refused, WebhookError::WrongSignature),
            "{refused:?}"
        );
    }
    let mut headers = signed("ping", b"{}");
    headers.remove("x-github-delivery");
    let refused = secrets().open(&headers, b"{}").unwrap_err();
    assert!(
        refused.to_string().contains("`x-github-delivery`"),
        "{refused}"
    );
}

#[test]
fn a_form_with_the_payload_in_it_is_read_too() {
    let payload = json!({ "action": "closed", "note": "a+b & c=d %20 é" });
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &payload.to_string())
        .finish();
    let mut headers = signed("gollum", form.as_bytes());
    let content = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
    headers.insert("content-type", content);
    let delivery = secrets().open(&headers, form.as_bytes()).unwrap();
    assert_eq!(delivery.payload, payload);
    assert_eq!(delivery.event, WebhookEvent::Other);
    assert_eq!(delivery.action.as_deref(), Some("closed"));

    let empty = b"other=1";
    let mut headers = signed("ping", empty);
    headers.insert(
        "content-type",
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    let refused = secrets().open(&headers, empty).unwrap_err();
    assert!(
        matches!(refused, WebhookError::Unreadable { .. }),
        "{refused:?}"
    );
}

#[test]
fn an_issue_that_comes_without_its_state_has_that_of_its_times() {
    let closed = json!("2026-11-22T12:00:00Z");
    for (closed_at, want) in [
        (Value::Null, IssueState::Open),
        (closed, IssueState::Closed),
    ] {
        let issue = json!({ "number": 1, "user": null, "closed_at": closed_at });
        let delivery = open("issues", &json!({ "action": "pinned", "issue": issue })).unwrap();
        let WebhookEvent::Issues(event) = delivery.event else {
            panic!("an issue's event")
        };
        assert_eq!(event.issue.state, want);
    }
}

/// Small ones of our own making: what is recorded is not there for everybody.
#[test]
fn an_event_is_read_for_what_a_workflow_acts_on() {
    let someone = json!({ "login": "ann", "id": 7, "type": "User" });
    let common = json!({
        "action": "done",
        "sender": someone,
        "repository": { "full_name": "octo/hello" },
        "installation": { "id": 9, "node_id": "x" },
    });
    let with = |more: Value| {
        let mut payload = common.clone();
        for (name, value) in more.as_object().unwrap() {
            payload[name] = value.clone();
        }
        payload
    };
    let issue = json!({ "number": 3, "state": "open", "user": someone, "pull_request": {} });
    let side = json!({ "ref": "fix", "sha": "abc", "label": "octo:fix", "repo": null });
    let pull = json!({ "number": 4, "state": "closed", "user": null, "head": side, "base": side,
        "merged": true });
    let review = json!({ "id": 5, "state": "changes_requested", "user": someone, "body": null });
    let comment = json!({ "id": 6, "path": "a.rs", "user": someone, "body": "why?" });
    let check = json!({ "id": 8, "name": "test", "head_sha": "abc", "status": "completed",
        "conclusion": "failure", "output": { "title": null } });

    let read = |event: &str, more: Value| {
        let delivery = open(event, &with(more)).unwrap();
        assert_eq!(delivery.name, event);
        assert_eq!(delivery.action.as_deref(), Some("done"));
        assert_eq!(delivery.repository.as_deref(), Some("octo/hello"));
        assert_eq!(
            delivery.sender.map(|sender| sender.login).as_deref(),
            Some("ann")
        );
        assert_eq!(delivery.installation, Some(9));
        delivery.event
    };
    let WebhookEvent::Issues(it) = read(
        "issues",
        json!({ "issue": issue, "label": { "name": "bug" } }),
    ) else {
        panic!("an issue")
    };
    assert_eq!(
        (it.issue.state, it.label.as_deref()),
        (IssueState::Open, Some("bug"))
    );
    let WebhookEvent::IssueComment(it) = read(
        "issue_comment",
        json!({ "issue": issue, "comment": comment }),
    ) else {
        panic!("a comment")
    };
    assert!(it.issue.is_pull_request && it.comment.body == "why?");
    let WebhookEvent::PullRequest(it) = read(
        "pull_request",
        json!({ "pull_request": pull, "before": "a", "after": "b", "requested_reviewer": someone }),
    ) else {
        panic!("a pull request")
    };
    assert!(it.pull_request.is_merged() && it.after.as_deref() == Some("b"));
    let WebhookEvent::PullRequestReview(it) = read(
        "pull_request_review",
        json!({ "review": review, "pull_request": pull }),
    ) else {
        panic!("a review")
    };
    assert_eq!(it.review.state, ReviewState::ChangesRequested);
    let WebhookEvent::PullRequestReviewComment(it) = read(
        "pull_request_review_comment",
        json!({ "comment": comment, "pull_request": pull }),
    ) else {
        panic!("a comment on a line")
    };
    assert_eq!(it.comment.path, "a.rs");
    let WebhookEvent::PullRequestReviewThread(it) = read(
        "pull_request_review_thread",
        json!({ "pull_request": pull, "thread": { "comments": [comment] } }),
    ) else {
        panic!("a thread")
    };
    assert_eq!(it.comments.len(), 1);
    let commit = json!({ "id": "b", "added": ["x"], "removed": [], "modified": null });
    let WebhookEvent::Push(it) = read(
        "push",
        json!({ "ref": "refs/heads/main", "before": "a", "after": "b", "forced": true,
            "commits": [commit] }),
    ) else {
        panic!("a push")
    };
    assert!(it.forced && !it.created && it.commits[0].added == ["x"]);
    for event in ["create", "delete"] {
        let it = read(event, json!({ "ref": "v1", "ref_type": "tag" }));
        let (WebhookEvent::Create(it) | WebhookEvent::Delete(it)) = it else {
            panic!("{event}")
        };
        assert_eq!((it.name.as_str(), it.kind), ("v1", RefKind::Tag));
    }
    let WebhookEvent::CheckRun(it) = read(
        "check_run",
        json!({ "check_run": check, "requested_action": { "identifier": "fix" } }),
    ) else {
        panic!("a check")
    };
    assert_eq!(it.check_run.conclusion, Some(CheckConclusion::Failure));
    assert_eq!(it.requested_action.as_deref(), Some("fix"));
    let WebhookEvent::CheckSuite(it) = read("check_suite", json!({ "check_suite": check })) else {
        panic!("a suite")
    };
    assert_eq!(it.check_suite.head_sha, "abc");
    let WebhookEvent::Status(it) = read(
        "status",
        json!({ "sha": "abc", "context": "ci", "state": "pending" }),
    ) else {
        panic!("a status")
    };
    assert_eq!(it.state, CommitState::Pending);
    let WebhookEvent::WorkflowRun(it) = read("workflow_run", json!({ "workflow_run": check }))
    else {
        panic!("a run")
    };
    assert_eq!((it.workflow_run.id, it.workflow_run.run_attempt), (8, 0));
    let repositories = json!([{ "full_name": "octo/a" }]);
    let WebhookEvent::Installation(it) = read(
        "installation_repositories",
        json!({ "repositories_added": repositories }),
    ) else {
        panic!("an installation")
    };
    assert_eq!((it.added, it.removed.len()), (vec!["octo/a".to_owned()], 0));
    assert_eq!(read("ping", json!({})), WebhookEvent::Ping);
    assert_eq!(read("star", json!({})), WebhookEvent::Other);
}

#[test]
fn every_recorded_delivery_is_read() {
    let Some(recorded) = data("recordings/github-webhooks-mit.jsonl") else {
        return;
    };
    let mut read = 0;
    for line in recorded.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (event, payload) = (row["event"].as_str().unwrap(), &row["payload"]);
        let delivery = open(event, payload).unwrap_or_else(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            panic!("{event}: {error}: {source:?}")
        });
        read += 1;
        assert_eq!(&delivery.payload, payload);
        assert_eq!(delivery.action.as_deref(), payload["action"].as_str());
        let repository = payload
            .pointer("/repository/full_name")
            .and_then(Value::as_str);
        assert_eq!(delivery.repository.as_deref(), repository);
        let installation = payload.pointer("/installation/id").and_then(Value::as_u64);
        assert_eq!(delivery.installation, installation);
        assert!(delivery.sender.is_some());
        let untyped = [
            "label",
            "branch_protection_rule",
            "merge_group",
            "repository_dispatch",
            "workflow_job",
        ];
        let is_other = delivery.event == WebhookEvent::Other;
        assert_eq!(is_other, untyped.contains(&event), "{event}");
    }
    assert_eq!(read, 159);
}

proptest! {
    #[test]
    fn whatever_is_sent_is_refused_or_read_and_never_panics(
        event in "[a-z_]{0,12}",
        signature in "[ -~]{0,80}",
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut headers = signed(&event, &body);
        let _ = secrets().open(&headers, &body);
        headers.insert("x-hub-signature-256", HeaderValue::from_str(&signature).unwrap());
        prop_assert!(secrets().open(&headers, &body).is_err());
    }
}
