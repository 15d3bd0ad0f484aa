//! octocrab, whose types are strict, reads what the forge answers.

use octocrab::Octocrab;
use octocrab::params::State;
use octocrab::params::repos::Commitish;
use reqwest::Method;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_strictly_typed_client_reads_every_answer() {
    let world = World::open().await;
    world.push("topic", &[("lines", "changed\n")]).await;
    let client = Octocrab::builder()
        .base_uri(world.forge.base_url())
        .unwrap()
        .personal_token(world.author.clone())
        .build()
        .unwrap();

    assert_eq!(client.current().user().await.unwrap().login, "octo");
    let repo = client.repos("octo", "demo").get().await.unwrap();
    assert_eq!(repo.default_branch.as_deref(), Some("main"));
    let issues = client.issues("octo", "demo");
    assert_eq!(issues.get(1).await.unwrap().labels.len(), 2);
    issues.create_comment(1, "hello").await.unwrap();
    assert_eq!(issues.list_comments(1).send().await.unwrap().items.len(), 1);
    assert_eq!(
        issues
            .list()
            .state(State::All)
            .send()
            .await
            .unwrap()
            .items
            .len(),
        1
    );

    let pulls = client.pulls("octo", "demo");
    let pull = pulls
        .create("Digits", "topic", "main")
        .body("Closes #1")
        .send()
        .await
        .unwrap();
    assert_eq!(pull.number, 2);
    world.forge.checks_settled().await.unwrap();
    assert_eq!(
        pulls
            .list()
            .state(State::Open)
            .head("octo:topic")
            .send()
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    assert_eq!(
        pulls.list_files(2).await.unwrap().items[0].filename,
        "lines"
    );
    assert!(pulls.get_diff(2).await.unwrap().starts_with("diff --git"));
    let comment = json!({ "path": "lines", "line": 1, "body": "look" });
    let review = json!({ "event": "APPROVE", "comments": [comment] });
    world
        .send(
            Method::POST,
            "pulls/2/reviews",
            Some(&world.reviewer),
            Some(review),
        )
        .await;
    assert_eq!(pulls.list_reviews(2).send().await.unwrap().items.len(), 1);
    assert_eq!(
        pulls
            .list_comments(Some(2))
            .send()
            .await
            .unwrap()
            .items
            .len(),
        1
    );

    let checks = client.checks("octo", "demo");
    let runs = checks.list_check_runs_for_git_ref(Commitish::from("topic".to_owned()));
    let runs = runs.send().await.unwrap().check_runs;
    assert_eq!(runs[0].conclusion.as_deref(), Some("success"));
    let repos = client.repos("octo", "demo");
    let content = repos.get_content().path("status").send().await.unwrap();
    assert_eq!(
        content.items[0].decoded_content().as_deref(),
        Some("good\n")
    );
    assert_eq!(repos.list_branches().send().await.unwrap().items.len(), 2);
    assert_eq!(repos.list_commits().send().await.unwrap().items.len(), 1);

    assert!(!pulls.is_merged(2).await.unwrap());
    let merged = pulls.merge(2).sha(pull.head.sha).send().await.unwrap();
    assert!(merged.merged);
    assert!(pulls.is_merged(2).await.unwrap());
    assert_eq!(
        issues.get(1).await.unwrap().state,
        octocrab::models::IssueState::Closed
    );
}
