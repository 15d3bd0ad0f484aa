//! octocrab, whose types are strict, reads what the forge answers.

use octocrab::Octocrab;
use octocrab::models::StatusState;
use octocrab::models::reactions::ReactionContent;
use octocrab::models::repos::Object;
use octocrab::params::repos::{Commitish, Reference};
use octocrab::params::{LockReason, State};
use reqwest::Method;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_strictly_typed_client_reads_every_answer() {
    let world = World::open().await;
    world.push("topic", &[("lines", "changed\n")]).await;
    let client = client(&world);

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

fn client(world: &World) -> Octocrab {
    Octocrab::builder()
        .base_uri(world.forge.base_url())
        .unwrap()
        .personal_token(world.author.clone())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_strictly_typed_client_changes_code_without_a_clone() {
    let world = World::open().await;
    let client = client(&world);
    let repo = client.repos("octo", "demo");
    let main = repo
        .get_ref(&Reference::Branch("main".to_owned()))
        .await
        .unwrap();
    let Object::Commit { sha: main, .. } = main.object else {
        panic!("a branch points at a commit");
    };
    let topic = Reference::Branch("topic".to_owned());
    repo.create_ref(&topic, &main).await.unwrap();
    let made = repo
        .create_file("src/new.rs", "Add", "fn new() {}\n")
        .branch("topic");
    let made = made.send().await.unwrap();
    let seen = made.content.sha;
    let changed = repo.update_file("src/new.rs", "Change", "fn old() {}\n", seen);
    let changed = changed.branch("topic").send().await.unwrap();
    let tip = changed.commit.sha.unwrap();
    assert_eq!(repo.get_commit(&tip).await.unwrap().sha, tip);
    assert_eq!(repo.list_matching_refs("heads/").await.unwrap().len(), 2);
    repo.create_status(tip.clone(), StatusState::Success)
        .context("deploy".to_owned())
        .send()
        .await
        .unwrap();
    assert_eq!(repo.list_statuses(tip).send().await.unwrap().items.len(), 1);
    let combined = repo.combined_status_for_ref(&topic).await.unwrap();
    assert_eq!(combined.state, StatusState::Success);
    assert!(repo.is_collaborator("rev").await.unwrap());
    assert_eq!(
        repo.list_collaborators().send().await.unwrap().items.len(),
        2
    );
    assert_eq!(
        repo.list_languages().await.unwrap().len(),
        0,
        "of the default branch"
    );
    let archive = repo.download_tarball("topic".to_owned()).await.unwrap();
    assert_eq!(archive.status().as_u16(), 200);
    let gone = repo.delete_file("src/new.rs", "Remove", changed.content.sha);
    gone.branch("topic").send().await.unwrap();
    repo.delete_ref(&topic).await.unwrap();
}

#[tokio::test]
async fn a_strictly_typed_client_talks_and_looks_at_checks() {
    let world = World::open().await;
    world.pull("topic", &[("lines", "changed\n")]).await;
    let client = client(&world);
    let issues = client.issues("octo", "demo");
    assert!(issues.lock(1, LockReason::Resolved).await.unwrap());
    assert!(issues.get(1).await.unwrap().locked);
    assert!(issues.unlock(1).await.unwrap());
    let assigned = issues.add_assignees(1, &["rev"]).await.unwrap();
    assert_eq!(assigned.assignees[0].login, "rev");
    issues
        .create_label("area", "ff0000", "where")
        .await
        .unwrap();
    let labels = issues.list_labels_for_repo().send().await.unwrap();
    assert_eq!(labels.items.len(), 3);
    issues
        .create_reaction(1, ReactionContent::Heart)
        .await
        .unwrap();
    let comment = issues.create_comment(1, "hello").await.unwrap();
    issues.delete_comment(comment.id).await.unwrap();
    let timeline = issues.list_timeline_events(1).send().await.unwrap();
    assert!(timeline.items.len() >= 3, "{:?}", timeline.items.len());
    let timeline = issues.list_timeline_events(2).send().await.unwrap();
    assert_eq!(timeline.items.len(), 1, "the commit");
    let found = client
        .search()
        .issues_and_pull_requests("repo:octo/demo digits is:issue");
    assert_eq!(found.send().await.unwrap().items[0].number, 1);
    let workflows = client.workflows("octo", "demo");
    let runs = workflows
        .list_all_runs()
        .branch("topic")
        .send()
        .await
        .unwrap();
    let run = &runs.items[0];
    assert_eq!(run.conclusion.as_deref(), Some("success"));
    let jobs = workflows.list_jobs(run.id).send().await.unwrap();
    let log = workflows.download_job_logs(jobs.items[0].id).await.unwrap();
    assert_eq!(&log[..], b"good\n");
    let updated = client.pulls("octo", "demo").update_branch(2).await;
    assert!(!updated.unwrap(), "it is up to date");
}
