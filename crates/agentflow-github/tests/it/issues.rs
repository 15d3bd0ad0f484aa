//! Opening, changing and listing issues.

use agentflow_github::{CloseReason, IssueFilter, IssueStateFilter, NewIssue};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, query_param};
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{ok, on, refused, repo, we_are_bot};

fn issue(number: u64, body: &str, author: &str) -> Value {
    json!({ "number": number, "title": "T", "body": body, "state": "open", "user": { "login": author } })
}

#[tokio::test]
async fn an_issue_is_opened_once_for_its_key() {
    let server = MockServer::start().await;
    we_are_bot(&server).await;
    // Anybody can copy a marker.
    let strangers = issue(3, "<!-- agentflow:k -->", "somebody");
    on("GET", "/issues")
        .and(query_param("creator", "bot"))
        .and(query_param("state", "all"))
        .respond_with(ok(json!([strangers])))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let ours = issue(4, "Text\n\n<!-- agentflow:k -->", "bot");
    on("GET", "/issues")
        .respond_with(ok(json!([strangers, ours])))
        .mount(&server)
        .await;
    let sent = json!({
        "title": "T", "body": "Text\n\n<!-- agentflow:k -->", "labels": ["bug"], "assignees": [],
    });
    on("POST", "/issues")
        .and(body_json(sent))
        .respond_with(ok(&ours))
        .expect(1)
        .mount(&server)
        .await;
    let new = NewIssue {
        title: "T".into(),
        body: "Text".into(),
        labels: vec!["bug".into()],
        assignees: vec![],
    };
    let repo = repo(&server);
    for _ in 0..2 {
        assert_eq!(repo.create_issue_once("k", &new).await.unwrap().number, 4);
    }
}

#[tokio::test]
async fn an_issue_is_closed_with_its_reason_and_opened_again() {
    let server = MockServer::start().await;
    for (body, reply) in [
        (
            json!({ "state": "closed", "state_reason": "not_planned" }),
            json!({ "number": 7, "state": "closed", "user": null }),
        ),
        (
            json!({ "state": "open" }),
            json!({ "number": 7, "state": "open", "user": null }),
        ),
    ] {
        on("PATCH", "/issues/7")
            .and(body_json(body))
            .respond_with(ok(reply))
            .expect(1)
            .mount(&server)
            .await;
    }
    let repo = repo(&server);
    repo.close_issue(7, CloseReason::NotPlanned).await.unwrap();
    repo.reopen_issue(7).await.unwrap();
}

#[tokio::test]
async fn labels_and_assignees_may_be_said_twice() {
    let server = MockServer::start().await;
    for (verb, below, body, reply) in [
        (
            "POST",
            "/issues/7/labels",
            json!({ "labels": ["a"] }),
            json!([{ "name": "a" }, { "name": "b" }]),
        ),
        (
            "PUT",
            "/issues/7/labels",
            json!({ "labels": [] }),
            json!([]),
        ),
        (
            "POST",
            "/issues/7/assignees",
            json!({ "assignees": ["rev"] }),
            issue(7, "", "bot"),
        ),
        (
            "DELETE",
            "/issues/7/assignees",
            json!({ "assignees": ["rev"] }),
            issue(7, "", "bot"),
        ),
    ] {
        // An outage in between is waited out, since twice is the same as once.
        on(verb, below)
            .respond_with(ResponseTemplate::new(502))
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
        on(verb, below)
            .and(body_json(body))
            .respond_with(ok(reply))
            .expect(1)
            .mount(&server)
            .await;
    }
    let repo = repo(&server);
    assert_eq!(repo.add_labels(7, &["a"]).await.unwrap(), ["a", "b"]);
    assert!(repo.set_labels(7, &[]).await.unwrap().is_empty());
    repo.assign(7, &["rev"]).await.unwrap();
    repo.unassign(7, &["rev"]).await.unwrap();
}

#[tokio::test]
async fn what_is_gone_already_is_fine_and_what_never_was_is_told() {
    let server = MockServer::start().await;
    for below in [
        "/issues/7/labels/to%20do",
        "/issues/8/labels/x",
        "/issues/comments/5",
    ] {
        on("DELETE", below)
            .respond_with(refused(404, "Not Found"))
            .expect(1)
            .mount(&server)
            .await;
    }
    on("GET", "/issues/7")
        .respond_with(ok(issue(7, "", "bot")))
        .mount(&server)
        .await;
    let repo = repo(&server);
    repo.remove_label(7, "to do").await.unwrap();
    repo.delete_issue_comment(5).await.unwrap();
    let error = repo.remove_label(8, "x").await.unwrap_err();
    assert_eq!(crate::recorded::meaning(&error), "NotFound");
}

#[tokio::test]
async fn a_comment_is_edited() {
    let server = MockServer::start().await;
    on("PATCH", "/issues/comments/5")
        .and(body_json(json!({ "body": "New" })))
        .respond_with(ok(json!({ "id": 5, "body": "New", "user": null })))
        .mount(&server)
        .await;
    assert_eq!(
        repo(&server)
            .edit_issue_comment(5, "New")
            .await
            .unwrap()
            .body,
        "New"
    );
}

#[tokio::test]
async fn a_listing_asks_for_what_fits_and_leaves_pull_requests_out() {
    let server = MockServer::start().await;
    let mut pull = issue(8, "", "bot");
    pull["pull_request"] = json!({ "url": "x" });
    on("GET", "/issues")
        .and(query_param("state", "closed"))
        .and(query_param("labels", "a,b c"))
        .and(query_param("assignee", "rev"))
        .and(query_param("since", "2026-11-03T10:00:00Z"))
        .respond_with(ok(json!([pull, issue(7, "", "bot")])))
        .mount(&server)
        .await;
    let filter = IssueFilter {
        state: IssueStateFilter::Closed,
        labels: vec!["a".into(), "b c".into()],
        assignee: Some("rev".into()),
        since: Some("2026-11-03T10:00:00Z".into()),
        creator: None,
    };
    let issues = repo(&server).issues(&filter).await.unwrap();
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].number, 7);
}
