//! What a refusal tells the person who reads it.

use agentflow_github::{BuildError, GitHub, GitHubError, NewReview, ReviewEvent};
use secrecy::SecretString;
use serde_json::json;
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{TOKEN, on, refused, repo};

#[tokio::test]
async fn a_refusal_says_what_where_and_what_to_do() {
    for (status, message, want) in [
        (401, "Bad credentials", "check that GITHUB_TOKEN is set"),
        (
            403,
            "Resource not accessible by personal access token",
            "lacks the right to do this (Resource not accessible",
        ),
        (
            404,
            "Not Found",
            "if it is private, check that the token may read",
        ),
        (
            410,
            "This issue was deleted",
            "not found (This issue was deleted)",
        ),
        (418, "I'm a teapot", "answer is not understood"),
    ] {
        let server = MockServer::start().await;
        on("GET", "/issues/7")
            .respond_with(refused(status, message))
            .mount(&server)
            .await;
        let error = repo(&server).issue(7).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("read issue octo/hello#7: ") && text.contains(want),
            "{text}"
        );
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn one_cannot_approve_ones_own_pull_request() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(422).set_body_json(json!({
        "message": "Unprocessable Entity",
        "errors": ["Can not approve your own pull request"],
    }));
    on("POST", "/pulls/7/reviews")
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let review = NewReview {
        event: ReviewEvent::Approve,
        ..NewReview::default()
    };
    let error = repo(&server).create_review(7, &review).await.unwrap_err();
    assert!(
        matches!(&error, GitHubError::OwnPullRequest { message, .. } if message.contains("Can not approve")),
        "{error}"
    );
}

#[tokio::test]
async fn particular_mistakes_are_listed() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(422).set_body_json(json!({
        "message": "Validation Failed",
        "errors": [{ "resource": "PullRequest", "field": "base", "code": "invalid" }, "and another", { "x": 1 }],
    }));
    on("PATCH", "/pulls/7")
        .respond_with(answer)
        .mount(&server)
        .await;
    let error = repo(&server)
        .update_pull_request(7, &Default::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"update pull request octo/hello#7: refused: Validation Failed; PullRequest base: invalid; and another; {"x":1}"#
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_when_building() {
    let error = |builder: agentflow_github::GitHubBuilder| builder.build().unwrap_err();
    let base = error(GitHub::builder().base_url("https://me:pw@ghe.example"));
    assert!(matches!(base, BuildError::BaseUrl(_)), "{base}");
    let token = error(GitHub::builder().token(SecretString::from(format!("{TOKEN}\n"))));
    assert!(matches!(token, BuildError::Token) && !token.to_string().contains(TOKEN));
    let agent = error(GitHub::builder().user_agent("a\nb"));
    assert!(matches!(agent, BuildError::UserAgent { .. }), "{agent}");
}

#[test]
fn outside_a_runtime_nothing_is_built() {
    assert!(matches!(
        GitHub::builder().build().unwrap_err(),
        BuildError::NoRuntime
    ));
}
