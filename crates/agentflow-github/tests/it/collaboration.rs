//! Drafts, threads, reviewers and branches of pull requests.

use agentflow_github::GitHubError;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, body_partial_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::recorded::meaning;
use crate::support::{ok, on, pull, refused, repo};

/// An answer to GraphQL that holds these words in its query.
fn graphql(words: &'static str, variables: &Value) -> wiremock::MockBuilder {
    Mock::given(method("POST"))
        .and(path("/api/graphql"))
        .and(wiremock::matchers::body_string_contains(words))
        .and(body_partial_json(json!({ "variables": variables })))
}

#[tokio::test]
async fn a_draft_becomes_ready_and_a_draft_again() {
    let server = MockServer::start().await;
    on("GET", "/pulls/7")
        .respond_with(ok(pull(7, json!({ "draft": true, "node_id": "PR_7" }))))
        .mount(&server)
        .await;
    on("GET", "/pulls/8")
        .respond_with(ok(pull(8, json!({ "draft": false, "node_id": "PR_8" }))))
        .mount(&server)
        .await;
    graphql("markPullRequestReadyForReview", &json!({ "id": "PR_7" }))
        .respond_with(ok(json!({ "data": {} })))
        .expect(1)
        .mount(&server)
        .await;
    graphql("convertPullRequestToDraft", &json!({ "id": "PR_8" }))
        .respond_with(ok(json!({ "data": {} })))
        .expect(1)
        .mount(&server)
        .await;
    let repo = repo(&server);
    repo.mark_ready(7).await.unwrap();
    repo.convert_to_draft(8).await.unwrap();
    // Both are as they should be already: nothing is asked for.
    repo.convert_to_draft(7).await.unwrap();
    repo.mark_ready(8).await.unwrap();
}

#[tokio::test]
async fn what_graphql_refuses_has_its_meaning() {
    for (kind, want) in [
        ("NOT_FOUND", "NotFound"),
        ("FORBIDDEN", "Forbidden"),
        ("INSUFFICIENT_SCOPES", "Forbidden"),
        ("RATE_LIMITED", "RateLimited"),
        ("RATE_LIMIT", "RateLimited"),
        ("UNPROCESSABLE", "Validation"),
    ] {
        let server = MockServer::start().await;
        let answer =
            json!({ "data": { "x": null }, "errors": [{ "type": kind, "message": "no" }] });
        graphql("resolveReviewThread", &json!({ "id": "T" }))
            .respond_with(ok(answer))
            .mount(&server)
            .await;
        let github = crate::support::builder(&server)
            .retry(agentflow_github::RetryPolicy::never())
            .build()
            .unwrap();
        let repo = github.repo("octo/hello".parse().unwrap());
        let error = repo.resolve_thread("T").await.unwrap_err();
        assert_eq!(meaning(&error), want, "{error}");
    }
}

#[tokio::test]
async fn what_is_kept_of_a_thread_or_a_commit_is_read_back() {
    let comment = json!({ "databaseId": 5, "body": "look", "author": { "login": "rev" } });
    let thread = json!({
        "id": "T", "isResolved": false, "isOutdated": false, "path": "a", "line": 1,
        "comments": { "nodes": [comment] },
    });
    let commit = json!({
        "sha": "c", "parents": [{ "sha": "p" }],
        "commit": { "message": "m", "author": null, "verification": { "verified": true } },
    });
    let comparison = json!({ "ahead_by": 1, "behind_by": 0, "merge_base_commit": { "sha": "m" } });
    fn again<T>(sent: Value)
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        let read: T = serde_json::from_value(sent).unwrap();
        let kept = serde_json::to_value(&read).unwrap();
        assert_eq!(serde_json::from_value::<T>(kept).unwrap(), read);
    }
    again::<agentflow_github::ReviewThread>(thread);
    again::<agentflow_github::Commit>(commit);
    again::<agentflow_github::Comparison>(comparison);
}

#[tokio::test]
async fn an_answer_counts_in_its_own_thread_only() {
    let server = MockServer::start().await;
    crate::support::we_are_bot(&server).await;
    let marked = "Fixed.\n\n<!-- agentflow:fixed -->";
    let answer = |id: u64, to: Option<u64>| json!({ "id": id, "body": marked, "in_reply_to_id": to, "user": { "login": "bot" } });
    on("GET", "/pulls/7/comments")
        .respond_with(ok(json!([answer(20, Some(11)), { "id": 21, "in_reply_to_id": 11, "body": "", "user": null }])))
        .mount(&server)
        .await;
    on("POST", "/pulls/7/comments/12/replies")
        .respond_with(ok(answer(22, Some(12))))
        .expect(1)
        .mount(&server)
        .await;
    let repo = repo(&server);
    for (comment, want) in [(11, 20), (21, 20), (12, 22)] {
        let written = repo.reply_to_review_comment_once(7, comment, "fixed", "Fixed.");
        assert_eq!(written.await.unwrap().id, want, "to {comment}");
    }
}

#[tokio::test]
async fn threads_are_listed_from_page_to_page_and_resolved() {
    let server = MockServer::start().await;
    let page = |id: &str, next: Option<&str>| {
        let comment = json!({ "databaseId": 5, "body": "look", "author": { "login": "rev" } });
        let ghost = json!({ "databaseId": 6, "body": "gone", "author": null });
        let thread = json!({
            "id": id, "isResolved": false, "isOutdated": true, "path": "a.rs", "line": null,
            "comments": { "nodes": [comment, ghost] },
        });
        let info = json!({ "hasNextPage": next.is_some(), "endCursor": next });
        let threads = json!({ "pageInfo": info, "nodes": [thread] });
        ok(json!({ "data": { "repository": { "pullRequest": { "reviewThreads": threads } } } }))
    };
    let at =
        |after: Value| json!({ "owner": "octo", "name": "hello", "number": 7, "after": after });
    graphql("reviewThreads", &at(Value::Null))
        .respond_with(page("T1", Some("c")))
        .mount(&server)
        .await;
    graphql("reviewThreads", &at(json!("c")))
        .respond_with(page("T2", None))
        .mount(&server)
        .await;
    graphql("reviewThreads", &json!({ "number": 9 }))
        .respond_with(ok(
            json!({ "data": { "repository": { "pullRequest": null } } }),
        ))
        .mount(&server)
        .await;
    for mutation in ["resolveReviewThread", "unresolveReviewThread"] {
        let words: &'static str = match mutation {
            "resolveReviewThread" => "  resolveReviewThread",
            _ => "unresolveReviewThread",
        };
        graphql(words, &json!({ "id": "T2" }))
            .respond_with(ok(json!({ "data": {} })))
            .expect(1)
            .mount(&server)
            .await;
    }
    let repo = repo(&server);
    let threads = repo.review_threads(7).await.unwrap();
    let ids: Vec<_> = threads.iter().map(|thread| thread.id.as_str()).collect();
    assert_eq!(ids, ["T1", "T2"]);
    assert_eq!(threads[0].comments[0].author.as_deref(), Some("rev"));
    assert_eq!(threads[0].comments[1].author, None);
    let missing = repo.review_threads(9).await.unwrap_err();
    assert_eq!(meaning(&missing), "NotFound");
    repo.resolve_thread("T2").await.unwrap();
    repo.unresolve_thread("T2").await.unwrap();
}

#[tokio::test]
async fn the_owners_of_what_changes_are_asked_but_for_the_author() {
    let server = MockServer::start().await;
    on("GET", "/pulls/7")
        .respond_with(ok(pull(7, json!({}))))
        .mount(&server)
        .await;
    // * @Bot @rev / docs/ @octo/writers mail@example.com
    let owners = "KiBAQm90IEByZXYKZG9jcy8gQG9jdG8vd3JpdGVycyBtYWlsQGV4YW1wbGUuY29tCg==";
    on("GET", "/contents/.github/CODEOWNERS")
        .respond_with(ok(json!({ "type": "file", "path": "x", "sha": "s", "encoding": "base64", "content": owners })))
        .mount(&server)
        .await;
    let files = json!([
        { "filename": "docs/new", "previous_filename": "src/old", "status": "renamed" },
    ]);
    on("GET", "/pulls/7/files")
        .respond_with(ok(files))
        .mount(&server)
        .await;
    on("POST", "/pulls/7/requested_reviewers")
        .and(body_json(
            json!({ "reviewers": ["rev"], "team_reviewers": ["writers"] }),
        ))
        .respond_with(ok(pull(7, json!({}))))
        .expect(1)
        .mount(&server)
        .await;
    let asked = repo(&server).request_code_owners(7).await.unwrap();
    let asked: Vec<_> = asked.iter().map(ToString::to_string).collect();
    assert_eq!(asked, ["@rev", "@octo/writers"]);
}

#[tokio::test]
async fn nobody_is_asked_where_nothing_is_owned() {
    let server = MockServer::start().await;
    on("GET", "/pulls/7")
        .respond_with(ok(pull(7, json!({}))))
        .mount(&server)
        .await;
    on("GET", "")
        .respond_with(ok(json!({ "full_name": "octo/hello" })))
        .mount(&server)
        .await;
    Mock::given(wiremock::matchers::any())
        .respond_with(refused(404, "Not Found"))
        .mount(&server)
        .await;
    assert!(
        repo(&server)
            .request_code_owners(7)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_branch_is_updated_at_the_head_that_was_looked_at() {
    let server = MockServer::start().await;
    on("PUT", "/pulls/7/update-branch")
        .and(body_json(json!({ "expected_head_sha": "aaa" })))
        .respond_with(
            ResponseTemplate::new(202)
                .set_body_json(json!({ "message": "Updating pull request branch." })),
        )
        .mount(&server)
        .await;
    on("PUT", "/pulls/7/update-branch")
        .respond_with(refused(
            422,
            "expected head sha didn\u{2019}t match current head ref.",
        ))
        .mount(&server)
        .await;
    let repo = repo(&server);
    repo.update_branch(7, "aaa").await.unwrap();
    let error = repo.update_branch(7, "bbb").await.unwrap_err();
    assert!(matches!(error, GitHubError::HeadMoved { .. }), "{error}");
}

#[tokio::test]
async fn who_is_asked_for_a_review_is_told() {
    let server = MockServer::start().await;
    on("GET", "/pulls/7/requested_reviewers")
        .respond_with(ok(
            json!({ "users": [{ "login": "rev" }], "teams": [{ "slug": "writers" }] }),
        ))
        .mount(&server)
        .await;
    let asked = repo(&server).requested_reviewers(7).await.unwrap();
    assert_eq!(asked.users[0].login, "rev");
    assert_eq!(asked.teams[0].slug, "writers");
}
