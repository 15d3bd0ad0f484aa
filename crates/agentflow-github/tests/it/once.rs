//! What looks before it acts happens once, also after a crash.

use agentflow_github::{
    GitHubError, NewPullRequest, NewReview, NewReviewComment, PullRequestState, ReviewEvent,
};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{PREFIX, ok, on, pull, refused, repo, we_are_bot};

const MARK: &str = "Plan\n\n<!-- agentflow:t1:plan -->";

fn written_by(login: &str) -> Value {
    json!({ "id": 5, "body": MARK, "user": { "login": login, "type": "User" }, "state": "COMMENTED" })
}

#[tokio::test]
async fn a_comment_is_written_once() {
    for (name, there, posts) in [
        ("nothing there", json!([]), 1),
        ("ours is there", json!([written_by("bot")]), 0),
        (
            "the case of a login does not matter",
            json!([written_by("Bot")]),
            0,
        ),
        (
            "somebody copied the mark",
            json!([written_by("mallory")]),
            1,
        ),
        (
            "another key of ours",
            json!([{ "id": 4, "body": "<!-- agentflow:t1:plan2 -->", "user": { "login": "bot" } }]),
            1,
        ),
        (
            "a deleted account",
            json!([{ "id": 4, "body": MARK, "user": null }]),
            1,
        ),
    ] {
        let server = MockServer::start().await;
        we_are_bot(&server).await;
        on("GET", "/issues/7/comments")
            .respond_with(ok(there))
            .mount(&server)
            .await;
        on("POST", "/issues/7/comments")
            .and(wiremock::matchers::body_json(json!({ "body": MARK })))
            .respond_with(ResponseTemplate::new(201).set_body_json(written_by("bot")))
            .expect(posts)
            .named(name)
            .mount(&server)
            .await;
        let comment = repo(&server)
            .create_issue_comment_once(7, "t1:plan", "Plan")
            .await
            .unwrap();
        assert_eq!(comment.id, 5, "{name}");
    }
}

#[tokio::test]
async fn an_app_without_a_user_knows_its_comments_by_being_a_bot() {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::path(format!("{PREFIX}/user")))
        .respond_with(refused(403, "Resource not accessible by integration"))
        .expect(1)
        .mount(&server)
        .await;
    let by = |login: &str, kind: &str| json!({ "id": 5, "body": MARK, "user": { "login": login, "type": kind } });
    on("GET", "/issues/1/comments")
        .respond_with(ok(json!([by("mallory", "User")])))
        .mount(&server)
        .await;
    on("GET", "/issues/2/comments")
        .respond_with(ok(json!([by("app[bot]", "Bot")])))
        .mount(&server)
        .await;
    let repo = repo(&server);
    let marker = "t1:plan".parse().unwrap();
    assert!(repo.find_issue_comment(1, &marker).await.unwrap().is_none());
    assert!(repo.find_issue_comment(2, &marker).await.unwrap().is_some());
}

#[tokio::test]
async fn a_key_that_cannot_be_hidden_is_refused_before_anything_is_sent() {
    let server = MockServer::start().await;
    let error = repo(&server)
        .create_issue_comment_once(7, "a --> b", "Hi")
        .await
        .unwrap_err();
    assert!(
        matches!(error, GitHubError::InvalidRequest { .. }),
        "{error}"
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

fn new_pull() -> NewPullRequest {
    NewPullRequest {
        title: "Fix".into(),
        head: "fix".into(),
        base: "main".into(),
        ..NewPullRequest::default()
    }
}

#[tokio::test]
async fn a_pull_request_is_opened_once() {
    let closed = json!({ "state": "closed" });
    let merged = json!({ "state": "closed", "merged_at": "2026-11-03T10:00:00Z" });
    let of_fork = json!({ "head": { "ref": "fix", "sha": "aaa", "label": "mallory:fix" } });
    for (name, there, branch, want) in [
        ("none there", json!([]), "aaa", 9),
        ("an open one", json!([pull(3, json!({}))]), "ccc", 3),
        (
            "the newest counts",
            json!([pull(4, json!({})), pull(3, closed.clone())]),
            "aaa",
            4,
        ),
        (
            "a person closed it",
            json!([pull(3, closed.clone())]),
            "aaa",
            3,
        ),
        (
            "a person merged it",
            json!([pull(3, merged.clone())]),
            "aaa",
            3,
        ),
        (
            "the branch went on since",
            json!([pull(3, merged)]),
            "ccc",
            9,
        ),
        (
            "a server that ignores the filter",
            json!([pull(3, of_fork)]),
            "aaa",
            9,
        ),
    ] {
        let server = MockServer::start().await;
        on("GET", "/pulls")
            .respond_with(ok(there))
            .mount(&server)
            .await;
        on("GET", "/branches/fix")
            .respond_with(ok(json!({ "name": "fix", "commit": { "sha": branch } })))
            .mount(&server)
            .await;
        on("POST", "/pulls")
            .respond_with(ResponseTemplate::new(201).set_body_json(pull(9, json!({}))))
            .expect(u64::from(want == 9))
            .named(name)
            .mount(&server)
            .await;
        let pull = repo(&server)
            .ensure_pull_request(&new_pull())
            .await
            .unwrap();
        assert_eq!(pull.number, want, "{name}");
    }
}

#[tokio::test]
async fn a_pull_request_that_appeared_meanwhile_is_taken() {
    let server = MockServer::start().await;
    on("GET", "/pulls")
        .respond_with(ok(json!([])))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    on("GET", "/pulls")
        .and(wiremock::matchers::query_param("state", "open"))
        .and(wiremock::matchers::query_param("head", "octo:fix"))
        .respond_with(ok(json!([pull(3, json!({}))])))
        .mount(&server)
        .await;
    let exists = ResponseTemplate::new(422).set_body_json(json!({
        "message": "Validation Failed",
        "errors": [{ "resource": "PullRequest", "code": "custom", "message": "A pull request already exists for octo:fix." }],
    }));
    on("POST", "/pulls")
        .respond_with(exists)
        .expect(1)
        .mount(&server)
        .await;
    let pull = repo(&server)
        .ensure_pull_request(&new_pull())
        .await
        .unwrap();
    assert_eq!((pull.number, pull.state), (3, PullRequestState::Open));
}

#[tokio::test]
async fn an_outage_while_opening_may_be_repeated_because_it_looks_first() {
    let server = MockServer::start().await;
    on("GET", "/pulls")
        .respond_with(ok(json!([])))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    on("GET", "/pulls")
        .respond_with(ok(json!([pull(3, json!({}))])))
        .mount(&server)
        .await;
    on("POST", "/pulls")
        .respond_with(ResponseTemplate::new(502))
        .expect(1)
        .mount(&server)
        .await;
    let repo = repo(&server);
    assert!(
        repo.ensure_pull_request(&new_pull())
            .await
            .unwrap_err()
            .is_retryable()
    );
    assert_eq!(
        repo.ensure_pull_request(&new_pull()).await.unwrap().number,
        3
    );
}

#[tokio::test]
async fn a_review_is_submitted_once_with_its_comments() {
    let review = NewReview {
        event: ReviewEvent::RequestChanges,
        body: "Plan".into(),
        comments: vec![
            NewReviewComment {
                path: "a.rs".into(),
                line: 3,
                body: "x".into(),
                ..NewReviewComment::default()
            },
            NewReviewComment {
                path: "a.rs".into(),
                line: 9,
                start_line: Some(7),
                body: "y".into(),
                ..NewReviewComment::default()
            },
        ],
        commit_id: Some("aaa".into()),
    };
    let wire = json!({
        "event": "REQUEST_CHANGES",
        "body": MARK,
        "commit_id": "aaa",
        "comments": [
            { "path": "a.rs", "line": 3, "side": "RIGHT", "body": "x" },
            { "path": "a.rs", "line": 9, "side": "RIGHT", "start_line": 7, "start_side": "RIGHT", "body": "y" },
        ],
    });
    let mut pending = written_by("bot");
    pending["state"] = json!("PENDING");
    for (name, there, posts) in [
        ("nothing there", json!([]), 1),
        ("ours is there", json!([written_by("bot")]), 0),
        (
            "somebody copied the mark",
            json!([written_by("mallory")]),
            1,
        ),
        ("never submitted", json!([pending]), 1),
    ] {
        let server = MockServer::start().await;
        we_are_bot(&server).await;
        on("GET", "/pulls/7/reviews")
            .respond_with(ok(there))
            .mount(&server)
            .await;
        on("POST", "/pulls/7/reviews")
            .and(wiremock::matchers::body_json(&wire))
            .respond_with(ok(written_by("bot")))
            .expect(posts)
            .named(name)
            .mount(&server)
            .await;
        assert_eq!(
            repo(&server)
                .ensure_review(7, "t1:plan", &review)
                .await
                .unwrap()
                .id,
            5,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_branch_is_deleted_once() {
    for (name, status, message, branch, want) in [
        ("there", 204, "", ResponseTemplate::new(500), true),
        (
            "gone already",
            422,
            "Reference does not exist",
            ResponseTemplate::new(404),
            true,
        ),
        ("hidden", 404, "Not Found", ResponseTemplate::new(404), true),
        (
            "protected",
            422,
            "Cannot delete protected branch",
            ok(json!({ "name": "feat/x", "commit": { "sha": "a" } })),
            false,
        ),
    ] {
        let server = MockServer::start().await;
        on("DELETE", "/git/refs/heads/feat/x")
            .respond_with(refused(status, message))
            .expect(1)
            .mount(&server)
            .await;
        on("GET", "/branches/feat%2Fx")
            .respond_with(branch)
            .mount(&server)
            .await;
        on("GET", "")
            .respond_with(ok(json!({ "full_name": "octo/hello" })))
            .mount(&server)
            .await;
        let deleted = repo(&server).delete_branch("feat/x").await;
        assert_eq!(deleted.is_ok(), want, "{name}: {deleted:?}");
    }
}
