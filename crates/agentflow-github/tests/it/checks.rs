//! What CI says, alone and together, and waiting for it.

use std::time::Duration;

use agentflow_github::{CheckState, GitHubError, WaitPolicy};
use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{ok, on, repo};

fn run(name: &str, status: &str, conclusion: Option<&str>) -> Value {
    json!({
        "id": 1, "name": name, "status": status, "conclusion": conclusion,
        "output": { "title": "2 tests failed", "summary": "see below", "text": null },
        "details_url": "https://ci.example/1",
    })
}

async fn says(server: &MockServer, runs: Value, statuses: Value) {
    on("GET", "/commits/aaa/check-runs")
        .respond_with(ok(json!({ "check_runs": runs })))
        .mount(server)
        .await;
    on("GET", "/commits/aaa/status")
        .respond_with(ok(json!({ "statuses": statuses })))
        .mount(server)
        .await;
}

#[tokio::test]
async fn check_runs_and_statuses_count_together() {
    let status =
        |state: &str| json!({ "context": "old-ci", "state": state, "description": "broken" });
    let done = |conclusion| run("test", "completed", Some(conclusion));
    for (name, runs, statuses, want) in [
        ("nothing", json!([]), json!([]), CheckState::Absent),
        (
            "all passed",
            json!([done("success"), done("skipped"), done("neutral")]),
            json!([status("success")]),
            CheckState::Success,
        ),
        (
            "one runs",
            json!([done("success"), run("b", "in_progress", None)]),
            json!([]),
            CheckState::Pending,
        ),
        (
            "one waits for a person",
            json!([run("b", "waiting", None)]),
            json!([]),
            CheckState::Pending,
        ),
        (
            "one runs, one failed",
            json!([done("failure"), run("b", "queued", None)]),
            json!([]),
            CheckState::Pending,
        ),
        (
            "a status runs",
            json!([done("success")]),
            json!([status("pending")]),
            CheckState::Pending,
        ),
        (
            "a status failed",
            json!([done("success")]),
            json!([status("error")]),
            CheckState::Failure,
        ),
        (
            "it took too long",
            json!([done("timed_out")]),
            json!([]),
            CheckState::Failure,
        ),
        (
            "somebody stopped it",
            json!([done("cancelled")]),
            json!([]),
            CheckState::Failure,
        ),
        (
            "an end we do not know",
            json!([done("exploded")]),
            json!([]),
            CheckState::Failure,
        ),
        (
            "an end without a conclusion",
            json!([run("b", "completed", None)]),
            json!([]),
            CheckState::Failure,
        ),
    ] {
        let server = MockServer::start().await;
        says(&server, runs, statuses).await;
        assert_eq!(
            repo(&server).check_summary("aaa").await.unwrap().state(),
            want,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_failed_check_tells_what_it_wrote() {
    let server = MockServer::start().await;
    let mut failed = run("test", "completed", Some("failure"));
    failed["output"]["text"] = json!(format!("first{}last", "x".repeat(40_000)));
    says(&server, json!([failed]), json!([])).await;
    let summary = repo(&server).check_summary("aaa").await.unwrap();
    let failed = &summary.failed[0];
    assert_eq!(
        (failed.name.as_str(), failed.url.as_deref()),
        ("test", Some("https://ci.example/1"))
    );
    assert!(
        failed
            .output
            .starts_with("2 tests failed\n\nsee below\n\nfirst")
    );
    assert!(failed.output.contains("bytes left out") && failed.output.ends_with("last"));
    assert!(failed.output.len() < 17_000);
}

#[tokio::test]
async fn waiting_ends_with_the_last_check() {
    let server = MockServer::start().await;
    on("GET", "/commits/aaa/check-runs")
        .respond_with(ok(
            json!({ "check_runs": [run("test", "in_progress", None)] }),
        ))
        .up_to_n_times(2)
        .expect(2)
        .mount(&server)
        .await;
    // An outage longer than the client's own attempts is waited out too.
    on("GET", "/commits/aaa/check-runs")
        .respond_with(ResponseTemplate::new(502))
        .up_to_n_times(5)
        .expect(5)
        .mount(&server)
        .await;
    says(
        &server,
        json!([run("test", "completed", Some("success"))]),
        json!([]),
    )
    .await;
    let policy = WaitPolicy {
        interval: Duration::from_millis(1),
        settle: Duration::ZERO,
        ..WaitPolicy::default()
    };
    let summary = repo(&server).wait_for_checks("aaa", &policy).await.unwrap();
    assert_eq!(summary.passed, ["test"]);
}

#[tokio::test]
async fn waiting_says_for_what_it_waited_in_vain() {
    let server = MockServer::start().await;
    says(
        &server,
        json!([run("slow", "in_progress", None)]),
        json!([]),
    )
    .await;
    let policy = WaitPolicy {
        timeout: Duration::ZERO,
        ..WaitPolicy::default()
    };
    let error = repo(&server)
        .wait_for_checks("aaa", &policy)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, GitHubError::ChecksPending { waiting, .. } if waiting == &["slow"]),
        "{error}"
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn waiting_stops_at_what_will_not_pass() {
    let server = MockServer::start().await;
    let error = repo(&server)
        .wait_for_checks("aaa", &WaitPolicy::default())
        .await
        .unwrap_err();
    assert!(matches!(error, GitHubError::NotFound { .. }), "{error}");
}
