//! Kills a merge between its steps and opens the forge again.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use super::*;
use crate::pulls::{NewPull, open};
use crate::store::accounts;
use crate::{Forge, ForgeOptions, NewIssue, RepositoryName};

struct World {
    dir: tempfile::TempDir,
    forge: Forge,
    name: RepositoryName,
}

impl World {
    /// A forge with an issue, and a pull request from `topic` to `main` that would close it.
    async fn with_pull() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("files")).unwrap();
        std::fs::write(dir.path().join("files/a"), "a\n").unwrap();
        let forge = reopen(dir.path()).await;
        forge.create_user("octo").await.unwrap();
        let name = forge
            .create_repository("octo", "demo", (&dir.path().join("files")).into())
            .await
            .unwrap();
        forge.require_checks(&name, false).await.unwrap();
        let issue = NewIssue {
            key: "one",
            title: "one",
            author: "octo",
            ..NewIssue::default()
        };
        assert_eq!(forge.create_issue(&name, issue).await.unwrap(), 1);
        let world = Self { dir, forge, name };
        world.commit_on("topic", "b\n").await;
        let new = NewPull {
            title: "Change a",
            body: Some("Closes #1"),
            head: "topic",
            base: "main",
            draft: false,
            author: &world.user().await,
        };
        let repo = world.repo().await;
        assert_eq!(open(&world.forge.state, &repo, &new).await.unwrap(), 2);
        world
    }

    /// Puts a commit on top of `main` that writes `a`, and points `branch` at it.
    async fn commit_on(&self, branch: &str, text: &str) {
        let git = self.forge.state.repo(&self.repo().await);
        let work = self.dir.path().join(format!("work-{branch}"));
        std::fs::create_dir(&work).unwrap();
        let bare = git.dir().to_string_lossy().into_owned();
        let work = self.forge.state.git.at(work);
        work.bytes(&["clone", "--quiet", &bare, "."]).await.unwrap();
        std::fs::write(work.dir().join("a"), text).unwrap();
        let commit = [
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@t.invalid",
            "commit",
            "--quiet",
            "-am",
            "change",
        ];
        work.bytes(&commit).await.unwrap();
        work.bytes(&[
            "push",
            "--quiet",
            "origin",
            &format!("HEAD:refs/heads/{branch}"),
        ])
        .await
        .unwrap();
    }

    async fn repo(&self) -> Repository {
        self.forge.state.known_repository(&self.name).await.unwrap()
    }

    async fn user(&self) -> User {
        let mut conn = self.forge.state.database.read().await.unwrap();
        accounts::user(&mut conn, "octo").await.unwrap().unwrap()
    }

    async fn order(&self) -> MergeOrder {
        MergeOrder {
            number: 2,
            method: MergeMethod::Merge,
            expected_head: None,
            title: None,
            message: None,
            by: self.user().await,
        }
    }

    async fn tip(&self) -> String {
        self.forge
            .state
            .repo(&self.repo().await)
            .branch("main")
            .await
            .unwrap()
            .unwrap()
    }

    /// Stops without finishing anything, and opens what is on disk.
    async fn killed(self) -> Self {
        let Self { dir, forge, name } = self;
        forge.shutdown().await;
        let forge = reopen(dir.path()).await;
        Self { dir, forge, name }
    }

    /// Whether the pull request is merged and the issue closed, which must go together.
    async fn is_merged(&self) -> bool {
        let records = self.forge.records(&self.name).await.unwrap();
        let (pull, issue) = (&records.pulls[0], &records.issues[0]);
        assert_eq!(
            pull.merged, !issue.open,
            "a merge closes its issue in the same step"
        );
        assert_eq!(pull.merged, !pull.open);
        assert_eq!(
            pull.merged,
            pull.merge_sha.as_deref() == Some(self.tip().await.as_str())
        );
        let merged = records
            .events
            .iter()
            .filter(|event| event.kind == "merged")
            .count();
        assert_eq!(merged, usize::from(pull.merged));
        pull.merged
    }
}

async fn reopen(dir: &Path) -> Forge {
    Forge::open(ForgeOptions::at(dir.join("state")))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_merge_killed_before_its_branch_moved_never_happened() {
    let world = World::with_pull().await;
    let before = world.tip().await;
    let order = world.order().await;
    let intent = decide(&world.forge.state, &world.repo().await, &order)
        .await
        .unwrap();
    record(&world.forge.state, &intent).await.unwrap();
    let world = world.killed().await;
    assert!(!world.is_merged().await);
    assert_eq!(world.tip().await, before);
    // And it can be merged as if nothing had been.
    let repo = world.repo().await;
    let sha = merge(&world.forge.state, &repo, world.order().await)
        .await
        .unwrap();
    assert_eq!(world.tip().await, sha);
    assert!(world.is_merged().await);
}

#[tokio::test]
async fn a_merge_killed_after_its_branch_moved_is_completed_once() {
    let world = World::with_pull().await;
    let order = world.order().await;
    let repo = world.repo().await;
    let intent = decide(&world.forge.state, &repo, &order).await.unwrap();
    record(&world.forge.state, &intent).await.unwrap();
    assert_eq!(
        move_branch(&world.forge.state, &repo, &intent)
            .await
            .unwrap(),
        RefUpdate::Done
    );
    let world = world.killed().await;
    assert!(world.is_merged().await);
    let world = world.killed().await;
    assert!(world.is_merged().await, "healing twice changes nothing");
    let repo = world.repo().await;
    let again = merge(&world.forge.state, &repo, world.order().await).await;
    assert!(
        matches!(again, Err(MergeRefusal::NotMergeable)),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_merge_killed_at_its_last_step_is_whole() {
    let world = World::with_pull().await;
    let repo = world.repo().await;
    merge(&world.forge.state, &repo, world.order().await)
        .await
        .unwrap();
    let world = world.killed().await;
    assert!(world.is_merged().await);
}

#[tokio::test]
async fn a_base_that_moved_meanwhile_refuses_the_merge_and_keeps_nothing_of_it() {
    let world = World::with_pull().await;
    let repo = world.repo().await;
    let intent = decide(&world.forge.state, &repo, &world.order().await)
        .await
        .unwrap();
    record(&world.forge.state, &intent).await.unwrap();
    world.commit_on("main", "c\n").await;
    let moved = move_branch(&world.forge.state, &repo, &intent)
        .await
        .unwrap();
    assert_eq!(moved, RefUpdate::Moved);
    let world = world.killed().await;
    assert!(!world.is_merged().await);
    let refused = merge(&world.forge.state, &world.repo().await, world.order().await).await;
    assert!(
        matches!(refused, Err(MergeRefusal::NotMergeable)),
        "both sides changed the line: {refused:?}"
    );
}

#[tokio::test]
async fn a_lock_left_by_a_killed_git_does_not_block_the_branch() {
    let world = World::with_pull().await;
    let lock = world
        .forge
        .state
        .repo(&world.repo().await)
        .dir()
        .join("refs/heads/main.lock");
    std::fs::write(lock, "").unwrap();
    let refused = merge(&world.forge.state, &world.repo().await, world.order().await).await;
    assert!(
        matches!(refused, Err(MergeRefusal::Failed(_))),
        "{refused:?}"
    );
    let world = world.killed().await;
    merge(&world.forge.state, &world.repo().await, world.order().await)
        .await
        .unwrap();
    assert!(world.is_merged().await);
}
