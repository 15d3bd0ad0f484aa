//! Whole runs: to the merge, again, and into errors.

use std::fs;

use serde_json::json;

use crate::specimen;
use crate::support::run_demo;

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_becomes_a_merged_pull_request_once() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("not/yet/there");
    let first = run_demo(specimen::clear, &dir, &[]).await;
    assert_eq!(first.exit, 0, "{}", first.stderr);
    let mut result = first.result();
    let issue = result["issues"][0].as_object_mut().unwrap();
    assert!(issue.remove("duration_ms").unwrap().as_u64().unwrap() > 0);
    assert!(issue.remove("tokens").unwrap().as_u64().unwrap() > 0);
    issue.remove("cost_usd").unwrap();
    let want = json!({
        "type": "result",
        "issues": [{
            "issue": 7, "status": "merged", "pr": 2, "iterations": 1,
            "tests_before": {"passed": 0, "failed": 1}, "tests_after": {"passed": 1, "failed": 0},
        }],
        "ok": true,
    });
    assert_eq!(result, want);
    for line in [
        "note: a demo of a few lines",
        "✗ tests before the change: 0 passed, 1 failed",
        "/demo/greeting/pull/2",
    ] {
        assert!(
            first.stderr.contains(line),
            "{line} is missing in:\n{}",
            first.stderr
        );
    }
    let again = run_demo(specimen::clear, &dir, &[]).await;
    assert_eq!(again.exit, 0, "{}", again.stderr);
    assert_eq!(again.events("already").len(), 1);
    assert!(again.events("phase").is_empty(), "nothing is done twice");
    assert!(
        again.stderr.contains("✓ already merged, PR #2"),
        "{}",
        again.stderr
    );
    assert_eq!(again.result(), first.result());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_answers_nonsense_fails_the_issue_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_demo(specimen::nonsense, folder.path(), &[]).await;
    assert_eq!(ended.exit, 1);
    let result = ended.result();
    assert_eq!(result["issues"][0]["status"], "failed");
    let error = result["issues"][0]["error"].as_str().unwrap();
    for part in [
        "node `analyse` of thread `local/demo/greeting#1`",
        "3 times",
        "--model",
    ] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
    assert!(
        ended.stderr.contains("run the same command again to go on"),
        "{}",
        ended.stderr
    );
    assert!(
        !ended.stderr.contains("NodeFailed"),
        "an error is words: {}",
        ended.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn resume_begins_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_demo(specimen::clear, folder.path(), &["--resume"]).await;
    assert_eq!(ended.exit, 1);
    assert!(
        ended.stderr.contains("leave --resume out to begin one"),
        "{}",
        ended.stderr
    );
    assert!(ended.events("phase").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_the_demo_does_not_have_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("new");
    let ended = run_demo(specimen::clear, &dir, &["--issue", "8"]).await;
    assert_eq!(ended.exit, 2);
    assert_eq!(
        ended.result(),
        json!({"type": "result", "issues": [], "ok": false, "error": "the demo has no issue 8; it has 7"})
    );
    assert!(!fs::exists(&dir).unwrap());
}
