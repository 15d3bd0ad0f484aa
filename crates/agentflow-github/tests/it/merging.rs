//! Merging exactly the commit that was looked at.

use agentflow_github::MergeMethod;
use serde_json::{Value, json};
use wiremock::matchers::body_json;
use wiremock::{MockServer, ResponseTemplate};

use crate::recorded::meaning;
use crate::support::{ok, on, pull, refused, repo};

/// What `ensure_merged` says when the pull request looks like `looks` one after another, and
/// merging is answered with `answers` one after another.
async fn check(name: &str, looks: Vec<Value>, answers: Vec<ResponseTemplate>, want: &str) {
    let server = MockServer::start().await;
    for look in looks {
        on("GET", "/pulls/7")
            .respond_with(ok(pull(7, look)))
            .up_to_n_times(1)
            .expect(1)
            .named(name)
            .mount(&server)
            .await;
    }
    for answer in answers {
        on("PUT", "/pulls/7/merge")
            .and(body_json(json!({ "merge_method": "squash", "sha": "aaa" })))
            .respond_with(answer)
            .up_to_n_times(1)
            .expect(1)
            .named(name)
            .mount(&server)
            .await;
    }
    let got = match repo(&server)
        .ensure_merged(7, MergeMethod::Squash, "aaa")
        .await
    {
        Ok(merged) => merged.sha,
        Err(error) => meaning(&error),
    };
    assert_eq!(got, want, "{name}");
}

#[tokio::test]
async fn a_pull_request_is_merged_once() {
    let open = || json!({});
    let merged = || json!({ "state": "closed", "merged": true, "merge_commit_sha": "mmm" });
    let other = json!({ "sha": "zzz", "ref": "fix" });
    let yes = || ok(json!({ "sha": "mmm", "merged": true, "message": "merged" }));
    let base_moved = || {
        refused(
            405,
            "Base branch was modified. Review and try the merge again.",
        )
    };
    let no = || refused(405, "Pull Request is not mergeable");
    let head_moved = || {
        refused(
            409,
            "Head branch was modified. Review and try the merge again.",
        )
    };

    check("at once", vec![open()], vec![yes()], "mmm").await;
    check("already", vec![merged()], vec![], "mmm").await;
    check(
        "the base moved",
        vec![open(), open()],
        vec![base_moved(), yes()],
        "mmm",
    )
    .await;
    check(
        "an outage, but it happened",
        vec![open(), merged()],
        vec![ResponseTemplate::new(502)],
        "mmm",
    )
    .await;
    check(
        "an outage, and it did not",
        vec![open(), open()],
        vec![ResponseTemplate::new(502), yes()],
        "mmm",
    )
    .await;
    check(
        "somebody else merged it",
        vec![open(), merged()],
        vec![no()],
        "mmm",
    )
    .await;
    check(
        "conflicts",
        vec![open(), json!({ "mergeable": false })],
        vec![no()],
        "NotMergeable",
    )
    .await;
    check(
        "not computed yet",
        vec![open(), json!({ "mergeable": null })],
        vec![no(), yes()],
        "mmm",
    )
    .await;
    check(
        "the head moved",
        vec![open()],
        vec![head_moved()],
        "HeadMoved",
    )
    .await;
    check(
        "the head moved before",
        vec![json!({ "head": other.clone() })],
        vec![],
        "HeadMoved",
    )
    .await;
    check(
        "merged with other commits",
        vec![json!({ "head": other, "merged": true, "merge_commit_sha": "mmm" })],
        vec![],
        "HeadMoved",
    )
    .await;
    check(
        "given up",
        vec![json!({ "state": "closed" })],
        vec![],
        "NotMergeable",
    )
    .await;
    check(
        "no right",
        vec![open()],
        vec![refused(403, "Must have push access")],
        "Forbidden",
    )
    .await;
}
