//! What is sent again, and what is sent exactly once.

use agentflow_github::{Limits, NewPullRequest, RetryPolicy};
use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{builder, client, ok, on, pull, refused, repo};

/// Answers `failure` once, then `then`; a third request fails the test.
async fn fails_once(
    verb: &str,
    below: &str,
    failure: ResponseTemplate,
    then: ResponseTemplate,
) -> MockServer {
    let server = MockServer::start().await;
    on(verb, below)
        .respond_with(failure)
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    on(verb, below)
        .respond_with(then)
        .expect(1)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_read_is_repeated_after_an_outage() {
    for status in [500, 502, 503, 504] {
        let server = fails_once(
            "GET",
            "/pulls/7",
            ResponseTemplate::new(status),
            ok(pull(7, json!({}))),
        )
        .await;
        assert_eq!(repo(&server).pull_request(7).await.unwrap().number, 7);
    }
}

#[tokio::test]
async fn a_read_is_given_up_after_the_last_attempt() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(502))
        .expect(4)
        .mount(&server)
        .await;
    let error = repo(&server).pull_request(7).await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        "read pull request octo/hello#7: the server is unavailable (status 502)"
    );
}

#[tokio::test]
async fn a_write_is_sent_once_when_its_outcome_is_unknown() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(502))
        .mount(&server)
        .await;
    let repo = repo(&server);
    let new = NewPullRequest {
        head: "fix".into(),
        base: "main".into(),
        ..NewPullRequest::default()
    };
    let error = repo.create_pull_request(&new).await.unwrap_err();
    assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
    repo.comment_on_issue(7, "Hi").await.unwrap_err();
    repo.merge(7, Default::default(), "aaa").await.unwrap_err();
    let received = server.received_requests().await.unwrap();
    let sent: Vec<_> = received
        .iter()
        .map(|request| request.method.as_str())
        .collect();
    assert_eq!(sent, ["POST", "POST", "PUT"]);
}

#[tokio::test]
async fn a_write_that_was_refused_for_its_rate_is_sent_again() {
    let limited =
        refused(403, "You have exceeded a secondary rate limit").insert_header("retry-after", "0");
    let server = fails_once(
        "POST",
        "/issues/7/comments",
        limited,
        ok(json!({ "id": 5 })),
    )
    .await;
    assert_eq!(repo(&server).comment_on_issue(7, "Hi").await.unwrap().id, 5);
}

#[tokio::test]
async fn a_limit_that_lasts_long_is_the_callers_to_wait_for() {
    let server = MockServer::start().await;
    let limited = refused(403, "API rate limit exceeded")
        .insert_header("x-ratelimit-remaining", "0")
        .insert_header("date", "Tue, 03 Nov 2026 10:00:00 GMT")
        .insert_header("retry-after", "1800");
    Mock::given(any())
        .respond_with(limited)
        .expect(1)
        .mount(&server)
        .await;
    let error = repo(&server).repository().await.unwrap_err();
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(1800));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_write_that_never_left_may_be_repeated() {
    // Taken and closed again, so nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let server = MockServer::start().await;
    let github = builder(&server)
        .base_url(format!("http://{address}"))
        .build()
        .unwrap();
    let repo = github.repo("octo/hello".parse().unwrap());
    let error = repo.comment_on_issue(7, "Hi").await.unwrap_err();
    assert!(error.is_retryable() && !error.outcome_unknown(), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_read_follows_a_redirect_on_its_own_server_only() {
    let server = MockServer::start().await;
    let moved = |to: String| ResponseTemplate::new(301).insert_header("location", to);
    let there = format!("{}/api/v3/repositories/1", server.uri());
    on("GET", "")
        .respond_with(moved(there))
        .mount(&server)
        .await;
    Mock::given(wiremock::matchers::path("/api/v3/repositories/1"))
        .respond_with(ok(json!({ "full_name": "octo/renamed" })))
        .expect(1)
        .mount(&server)
        .await;
    on("GET", "/issues/1")
        .respond_with(moved("http://127.0.0.2:1/steal".into()))
        .mount(&server)
        .await;
    on("GET", "/issues/2")
        .respond_with(moved("/api/v3/repos/octo/hello/issues/2".into()))
        .mount(&server)
        .await;
    on("POST", "/issues/3/comments")
        .respond_with(moved("/api/v3/user".into()))
        .expect(1)
        .mount(&server)
        .await;
    let repo = repo(&server);
    assert_eq!(repo.repository().await.unwrap().full_name, "octo/renamed");
    for error in [
        repo.issue(1).await.unwrap_err(),
        repo.issue(2).await.unwrap_err(),
        repo.comment_on_issue(3, "Hi").await.unwrap_err(),
    ] {
        assert_eq!(crate::recorded::meaning(&error), "InvalidAnswer", "{error}");
    }
}

#[tokio::test]
async fn an_answer_over_the_limit_is_not_read() {
    let server = MockServer::start().await;
    on("GET", "/pulls/7")
        .respond_with(ResponseTemplate::new(200).set_body_string("+".repeat(2_000)))
        .mount(&server)
        .await;
    let limits = Limits {
        body_bytes_max: 1_000,
        ..Limits::default()
    };
    let github = builder(&server)
        .limits(limits)
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let error = github
        .repo("octo/hello".parse().unwrap())
        .diff(7)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "read the diff of octo/hello#7: the answer is over the limit (body_bytes_max = 1000)"
    );
}

#[tokio::test]
async fn it_names_itself_once() {
    let server = MockServer::start().await;
    on("GET", "")
        .respond_with(ok(json!({ "full_name": "octo/hello" })))
        .mount(&server)
        .await;
    repo(&server).repository().await.unwrap();
    client(&server)
        .repo("octo/hello".parse().unwrap())
        .repository()
        .await
        .unwrap();
    for request in server.received_requests().await.unwrap() {
        let agents: Vec<_> = request.headers.get_all("user-agent").iter().collect();
        assert_eq!(agents, [concat!("agentflow/", env!("CARGO_PKG_VERSION"))]);
        assert_eq!(request.headers["x-github-api-version"], "2022-11-28");
    }
}
