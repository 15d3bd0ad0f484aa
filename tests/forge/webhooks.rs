//! Deliveries of the forge are opened by our client, typed.

use agentflow_forge::{NewIssue, NewWebhook};
use agentflow_github::{
    Delivery, MergeMethod, NewReview, NewReviewComment, RetryPolicy, ReviewEvent, WebhookError,
    WebhookEvent, WebhookSecrets,
};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::world::{World, topic};

const SECRET: &str = "a long random text";

async fn deliveries(receiver: &MockServer, secret: &str) -> Vec<Result<Delivery, WebhookError>> {
    let secrets = WebhookSecrets::new([secret.into()]).unwrap();
    let received = receiver.received_requests().await.unwrap();
    let open = |request: &wiremock::Request| secrets.open(&request.headers, &request.body);
    received.iter().map(open).collect()
}

#[tokio::test]
async fn every_delivery_is_opened_and_typed() {
    let world = World::open().await;
    let receiver = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200))
        .mount(&receiver)
        .await;
    let hook = NewWebhook {
        url: &receiver.uri(),
        secret: SECRET,
        events: &["*"],
    };
    let id = world.forge.create_webhook(&world.name, hook).await.unwrap();
    assert_eq!(
        world.forge.create_webhook(&world.name, hook).await.unwrap(),
        id
    );
    let issue = NewIssue {
        key: "one",
        title: "Count in digits",
        author: "octo",
        labels: &["bug"],
        ..NewIssue::default()
    };
    world.forge.create_issue(&world.name, issue).await.unwrap();
    world.push("topic", "1\n2\n").await;
    let repo = world.repo(RetryPolicy::never());
    let pull = repo.ensure_pull_request(&topic()).await.unwrap();
    repo.comment_on_issue(1, "see there").await.unwrap();
    world.forge.checks_settled().await.unwrap();
    let review = NewReview {
        event: ReviewEvent::Approve,
        body: "good".to_owned(),
        comments: vec![NewReviewComment {
            path: "lines".to_owned(),
            line: 1,
            body: "a digit".to_owned(),
            ..NewReviewComment::default()
        }],
        ..NewReview::default()
    };
    let reviewer = world.reviewer().await;
    reviewer.create_review(pull.number, &review).await.unwrap();
    let merged = repo
        .ensure_merged(pull.number, MergeMethod::Squash, &pull.head.sha)
        .await
        .unwrap();
    world.forge.webhooks_settled().await.unwrap();

    let mut seen = Vec::new();
    for delivery in deliveries(&receiver, SECRET).await {
        let delivery = delivery.unwrap();
        assert_eq!(delivery.repository.as_deref(), Some("octo/demo"));
        let sender = delivery.sender.as_ref().unwrap().login.clone();
        let action = delivery.action.as_deref().unwrap_or("-");
        let what = match &delivery.event {
            WebhookEvent::Ping => "ping".to_owned(),
            WebhookEvent::Issues(event) => format!("#{} {:?}", event.issue.number, event.label),
            WebhookEvent::IssueComment(event) => event.comment.body.clone(),
            WebhookEvent::PullRequest(event) => {
                assert_eq!(event.pull_request.head.sha, pull.head.sha);
                format!(
                    "#{} merged: {}",
                    event.pull_request.number,
                    event.pull_request.is_merged()
                )
            }
            WebhookEvent::PullRequestReview(event) => {
                format!("#{} {:?}", event.pull_request.number, event.review.state)
            }
            WebhookEvent::PullRequestReviewComment(event) => event.comment.body.clone(),
            WebhookEvent::Push(event) => {
                if event.reference == "refs/heads/main" {
                    assert_eq!(event.after, merged.sha);
                }
                format!("{} {} commits", event.reference, event.commits.len())
            }
            WebhookEvent::Create(event) => event.name.clone(),
            WebhookEvent::CheckRun(event) => format!("{:?}", event.check_run.status),
            WebhookEvent::CheckSuite(event) => {
                assert_eq!(event.check_suite.head_branch.as_deref(), Some("topic"));
                format!("{:?}", event.check_suite.status)
            }
            other => panic!("not told by this story: {other:?}"),
        };
        seen.push(format!("{sender}: {}.{action} {what}", delivery.name));
    }
    let mut want = vec![
        "octo: ping.- ping",
        "octo: issues.opened #1 None",
        "octo: issues.labeled #1 Some(\"bug\")",
        "octo: create.- topic",
        "octo: push.- refs/heads/topic 1 commits",
        "octo: pull_request.opened #2 merged: false",
        "octo: check_suite.requested Some(Queued)",
        "octo: check_run.created Queued",
        "octo: check_run.completed Completed",
        "octo: check_suite.completed Some(Completed)",
        "octo: issue_comment.created see there",
        "rev: pull_request_review.submitted #2 Approved",
        "rev: pull_request_review_comment.created a digit",
        "octo: pull_request.closed #2 merged: true",
        "octo: issues.closed #1 None",
        "octo: push.- refs/heads/main 1 commits",
    ];
    // The check runs by itself while the comment is written.
    want.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, want);
    for delivery in deliveries(&receiver, "another secret").await {
        assert!(
            matches!(delivery, Err(WebhookError::WrongSignature)),
            "{delivery:?}"
        );
    }
}
