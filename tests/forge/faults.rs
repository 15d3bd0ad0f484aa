//! What our client makes of a bad day.

use std::time::{Duration, SystemTime};

use agentflow_forge::{Fault, MergeRefused, RetryAfter};
use agentflow_github::{GitHubError, MergeMethod, RetryPolicy};

use crate::world::{World, at_once, topic};

#[tokio::test]
async fn an_answer_that_is_lost_leads_to_one_pull_request() {
    for (name, fault, there) in [
        ("before the effect", Fault::drop_before_effect(), 0),
        ("after the effect", Fault::drop_after_effect(), 1),
    ] {
        let world = World::open().await;
        world.push("topic", "1\n").await;
        world
            .forge
            .faults()
            .add(fault.on("POST", "/repos/*/*/pulls"));
        let repo = world.repo(at_once());
        let lost = repo.ensure_pull_request(&topic()).await;
        assert!(
            matches!(lost, Err(GitHubError::Unavailable { .. })),
            "{name}: {lost:?}"
        );
        assert_eq!(
            world.pulls().await,
            there,
            "{name}: it was not sent again by itself"
        );
        let pull = repo.ensure_pull_request(&topic()).await.unwrap();
        assert_eq!((pull.number, world.pulls().await), (1, 1), "{name}");
    }
}

#[tokio::test]
async fn a_comment_whose_answer_is_lost_is_written_once() {
    let world = World::open().await;
    world.push("topic", "1\n").await;
    let repo = world.repo(at_once());
    repo.ensure_pull_request(&topic()).await.unwrap();
    let lost = Fault::drop_after_effect().on("POST", "/repos/*/*/issues/*/comments");
    world.forge.faults().add(lost);
    let first = repo.create_issue_comment_once(1, "hello", "Hello").await;
    assert!(first.is_err(), "{first:?}");
    repo.create_issue_comment_once(1, "hello", "Hello")
        .await
        .unwrap();
    assert_eq!(repo.issue_comments(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_read_is_made_again_until_the_server_is_well() {
    let world = World::open().await;
    world.push("topic", "1\n").await;
    let repo = world.repo(at_once());
    repo.ensure_pull_request(&topic()).await.unwrap();
    for (name, fault) in [
        ("bad gateways", Fault::status(502)),
        ("cut lines", Fault::drop_before_effect()),
        ("lost answers", Fault::drop_after_effect()),
    ] {
        let faults = world.forge.faults();
        let before = faults.struck();
        faults.add(fault.on("GET", "/repos/*/*/pulls/*").times(3));
        assert_eq!(repo.pull_request(1).await.unwrap().number, 1, "{name}");
        assert_eq!(faults.struck() - before, 3, "{name}");
    }
}

#[tokio::test]
async fn a_refusal_is_understood() {
    let world = World::open().await;
    let repo = world.repo(RetryPolicy::never());
    let soon = SystemTime::now() + Duration::from_secs(30);
    let secs = Duration::from_secs;
    for (name, retry_after, least, most) in [
        ("seconds", RetryAfter::Seconds(7), secs(7), secs(7)),
        ("a date", RetryAfter::Date(soon), secs(20), secs(32)),
        ("no header", RetryAfter::Absent, secs(60), secs(60)),
    ] {
        world
            .forge
            .faults()
            .add(Fault::secondary_limit(retry_after));
        let refused = repo.issue_comments(1).await;
        let Err(GitHubError::RateLimited { retry_after, .. }) = refused else {
            panic!("{name}: {refused:?}");
        };
        assert!(
            (least..=most).contains(&retry_after),
            "{name}: {retry_after:?}"
        );
    }
    world.forge.faults().add(Fault::bad_credentials());
    let refused = repo.issue_comments(1).await;
    assert!(
        matches!(refused, Err(GitHubError::Unauthorized { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_merge_is_made_once_the_server_has_made_up_its_mind() {
    let world = World::open().await;
    world.push("topic", "1\n").await;
    let repo = world.repo(at_once());
    let pull = repo.ensure_pull_request(&topic()).await.unwrap();
    world.forge.checks_settled().await.unwrap();
    let head = &pull.head.sha;
    let faults = world.forge.faults();
    faults.add(Fault::stale_mergeability());
    let shown = repo.pull_request(1).await.unwrap();
    assert_eq!(
        (shown.mergeable, shown.mergeable_state.as_deref()),
        (None, Some("unknown"))
    );
    faults.add(Fault::merge_refused(MergeRefused::HeadModified));
    let refused = repo.merge(1, MergeMethod::Squash, head).await;
    assert!(
        matches!(refused, Err(GitHubError::HeadMoved { .. })),
        "{refused:?}"
    );
    faults.add(Fault::merge_refused(MergeRefused::NotMergeable));
    let refused = repo.merge(1, MergeMethod::Squash, head).await;
    assert!(
        matches!(refused, Err(GitHubError::NotMergeable { .. })),
        "{refused:?}"
    );
    // The base moved, then the answer was lost: the merge is made, and once.
    faults.add(Fault::merge_refused(MergeRefused::BaseModified));
    faults.add(Fault::drop_after_effect().on("PUT", "/repos/*/*/pulls/*/merge"));
    let merged = repo
        .ensure_merged(1, MergeMethod::Squash, head)
        .await
        .unwrap();
    let records = world.forge.records(&world.name).await.unwrap();
    assert_eq!(records.pulls[0].merge_sha.as_ref(), Some(&merged.sha));
    assert_eq!(faults.left(), 0);
}
