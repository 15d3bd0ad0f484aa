//! What is not sent at all: answers that still hold, limits that were reached, a server that is
//! down.

use std::time::Duration;

use agentflow_github::{CircuitPolicy, GitHub, Limits, Pace, RateLimit, Repo, RetryPolicy};
use serde_json::json;
use wiremock::matchers::{any, header, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{builder, client, ok, on, refused, repo};

fn issue(title: &str) -> ResponseTemplate {
    let issue = json!({ "number": 7, "title": title, "state": "open", "user": null });
    ok(issue)
}

async fn requests(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_read_is_answered_from_memory_where_the_server_says_that_it_still_holds() {
    let server = MockServer::start().await;
    on("GET", "/issues/7")
        .and(header("if-none-match", "\"one\""))
        .respond_with(ResponseTemplate::new(304))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    on("GET", "/issues/7")
        .respond_with(issue("First").insert_header("etag", "\"one\""))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    on("GET", "/issues/7")
        .respond_with(issue("Second").insert_header("etag", "\"two\""))
        .mount(&server)
        .await;
    let repo = repo(&server);
    for want in ["First", "First", "First", "Second"] {
        assert_eq!(repo.issue(7).await.unwrap().title, want);
    }
    let sent = server.received_requests().await.unwrap();
    let tags = sent
        .iter()
        .map(|request| request.headers.get("if-none-match"));
    let tags: Vec<_> = tags
        .map(|tag| tag.map(|tag| tag.to_str().unwrap()))
        .collect();
    let one = Some("\"one\"");
    assert_eq!(tags, [None, one, one, one]);
}

#[tokio::test]
async fn a_listing_from_memory_has_its_further_pages() {
    let server = MockServer::start().await;
    let link = format!(r#"<{}/api/v3/page2>; rel="next""#, server.uri());
    let comment = |id: u64| json!([{ "id": id, "body": "Hi", "user": null }]);
    on("GET", "/issues/7/comments")
        .and(header("if-none-match", "\"p1\""))
        .respond_with(ResponseTemplate::new(304))
        .mount(&server)
        .await;
    on("GET", "/issues/7/comments")
        .respond_with(
            ok(comment(1))
                .insert_header("etag", "\"p1\"")
                .insert_header("link", link.as_str()),
        )
        .mount(&server)
        .await;
    Mock::given(wiremock::matchers::path("/api/v3/page2"))
        .respond_with(ok(comment(2)))
        .expect(2)
        .mount(&server)
        .await;
    let repo = repo(&server);
    for _ in 0..2 {
        let comments = repo.issue_comments(7).await.unwrap();
        let ids: Vec<_> = comments.iter().map(|comment| comment.id).collect();
        assert_eq!(ids, [1, 2]);
    }
}

#[tokio::test]
async fn a_page_that_comes_later_is_found_though_the_one_before_still_holds() {
    for (name, count, told) in [
        ("the server tells", 2, true),
        (
            "the page was full, and the server does not tell",
            100,
            false,
        ),
    ] {
        let server = MockServer::start().await;
        let link = format!(r#"<{}/api/v3/page2>; rel="next""#, server.uri());
        let comments: Vec<_> = (0..count)
            .map(|id| json!({ "id": id, "body": "", "user": null }))
            .collect();
        let page = ok(&comments).insert_header("etag", "\"p1\"");
        let mut again = ResponseTemplate::new(304);
        if told {
            again = again.insert_header("link", link.as_str());
        }
        on("GET", "/issues/7/comments")
            .and(header("if-none-match", "\"p1\""))
            .respond_with(again)
            .mount(&server)
            .await;
        on("GET", "/issues/7/comments")
            .respond_with(page.clone())
            .up_to_n_times(1)
            .mount(&server)
            .await;
        on("GET", "/issues/7/comments")
            .respond_with(page.insert_header("link", link.as_str()))
            .mount(&server)
            .await;
        Mock::given(wiremock::matchers::path("/api/v3/page2"))
            .respond_with(ok(json!([{ "id": count, "body": "", "user": null }])))
            .mount(&server)
            .await;
        let repo = repo(&server);
        for more in [0, 1] {
            let found = repo.issue_comments(7).await.unwrap().len();
            assert_eq!(found, count + more, "{name}");
        }
    }
}

#[tokio::test]
async fn without_room_every_answer_is_asked_for() {
    let server = MockServer::start().await;
    on("GET", "/issues/7")
        .respond_with(issue("First").insert_header("etag", "\"one\""))
        .mount(&server)
        .await;
    let limits = Limits {
        cache_bytes_max: 0,
        ..Limits::default()
    };
    let github = builder(&server).limits(limits).build().unwrap();
    let repo = github.repo("octo/hello".parse().unwrap());
    for _ in 0..2 {
        repo.issue(7).await.unwrap();
    }
    for request in server.received_requests().await.unwrap() {
        assert!(!request.headers.contains_key("if-none-match"));
    }
}

fn impatient(server: &MockServer) -> GitHub {
    let circuit = CircuitPolicy {
        failures_max: 3,
        pause: Duration::from_secs(3_600),
    };
    let retry = RetryPolicy {
        delay_min: Duration::from_millis(1),
        delay_max: Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    builder(server)
        .circuit(circuit)
        .retry(retry)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_server_that_is_down_is_left_alone_by_all_calls() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(503))
        .expect(3)
        .mount(&server)
        .await;
    let repo: Repo = impatient(&server).repo("octo/hello".parse().unwrap());
    repo.issue(7).await.unwrap_err();
    let error = repo.comment_on_issue(7, "Hi").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "comment on octo/hello#7: the server failed 3 times in a row and is not asked for 3599 s"
    );
    // Nothing was sent, so nothing can have happened.
    assert!(error.is_retryable() && !error.outcome_unknown());
    assert!(error.retry_after().unwrap() > Duration::from_secs(3_500));
}

#[tokio::test]
async fn a_refusal_shows_that_the_server_is_there() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(refused(404, "Not Found"))
        .expect(9)
        .mount(&server)
        .await;
    let repo = impatient(&server).repo("octo/hello".parse().unwrap());
    for _ in 0..9 {
        repo.issue(7).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_limit_that_was_reached_holds_for_the_calls_after_it() {
    let server = MockServer::start().await;
    let limited = refused(403, "API rate limit exceeded")
        .insert_header("x-ratelimit-remaining", "0")
        .insert_header("date", "Tue, 03 Nov 2026 10:00:00 GMT")
        .insert_header("x-ratelimit-reset", "1793703600");
    Mock::given(any())
        .respond_with(limited)
        .expect(1)
        .mount(&server)
        .await;
    let repo = repo(&server);
    let first = repo.issue(7).await.unwrap_err();
    assert_eq!(first.retry_after().map(|wait| wait.as_secs()), Some(3_601));
    let second = repo.comment_on_issue(7, "Hi").await.unwrap_err();
    assert!(second.retry_after().unwrap() > Duration::from_secs(3_500));
    assert!(second.is_retryable() && !second.outcome_unknown());
}

#[tokio::test]
async fn more_writes_than_the_pace_allows_are_not_sent() {
    let server = MockServer::start().await;
    on("POST", "/issues/7/comments")
        .respond_with(ok(json!({ "id": 5 })))
        .mount(&server)
        .await;
    on("GET", "/issues/7")
        .respond_with(issue("First"))
        .mount(&server)
        .await;
    let pace = Pace {
        writes_per_minute_max: 2,
        ..Pace::default()
    };
    let retry = RetryPolicy {
        limit_wait_max: Duration::ZERO,
        ..RetryPolicy::default()
    };
    let github = builder(&server).pace(pace).retry(retry).build().unwrap();
    let repo = github.repo("octo/hello".parse().unwrap());
    for _ in 0..2 {
        repo.comment_on_issue(7, "Hi").await.unwrap();
    }
    let error = repo.comment_on_issue(7, "Hi").await.unwrap_err();
    assert_eq!(
        crate::recorded::meaning(&error),
        "RateLimited",
        "it was {error}"
    );
    assert!(error.to_string().contains("this client's own pace"));
    assert!(
        matches!(error, agentflow_github::GitHubError::RateLimited { limit: RateLimit::Pace, retry_after, .. } if retry_after > Duration::from_secs(50))
    );
    repo.issue(7).await.unwrap();
    assert_eq!(requests(&server).await, 3);
}

#[tokio::test]
async fn a_server_on_this_machine_is_not_paced() {
    let server = MockServer::start().await;
    on("POST", "/issues/7/comments")
        .respond_with(ok(json!({ "id": 5 })))
        .mount(&server)
        .await;
    let repo = client(&server).repo("octo/hello".parse().unwrap());
    for _ in 0..70 {
        repo.comment_on_issue(7, "Hi").await.unwrap();
    }
    assert_eq!(requests(&server).await, 70);
}

#[tokio::test]
async fn a_missing_right_is_named() {
    for (header, value, want) in [
        (
            "x-accepted-github-permissions",
            "issues=write",
            "; it needs issues=write",
        ),
        (
            "x-accepted-oauth-scopes",
            "repo, public_repo",
            "; it needs repo, public_repo",
        ),
        ("x-accepted-oauth-scopes", "", ""),
    ] {
        let server = MockServer::start().await;
        Mock::given(query_param("per_page", "100"))
            .respond_with(refused(403, "Not accessible").insert_header(header, value))
            .mount(&server)
            .await;
        let error = repo(&server).issue_comments(7).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "list comments of octo/hello#7: the token lacks the right to do this (Not accessible){want}"
            )
        );
    }
}
