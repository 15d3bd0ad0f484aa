//! Kills a rename between its steps and opens the forge again.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use super::*;
use crate::{Forge, ForgeOptions, RepositoryName};

struct World {
    dir: tempfile::TempDir,
    forge: Forge,
    name: RepositoryName,
}

impl World {
    /// A forge with a protected branch `topic` beside its default branch `main`.
    async fn with_branch() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("files")).unwrap();
        std::fs::write(dir.path().join("files/a"), "a\n").unwrap();
        let forge = reopen(dir.path()).await;
        forge.create_user("octo").await.unwrap();
        let source = dir.path().join("files");
        let name = forge
            .create_repository("octo", "demo", (&source).into())
            .await
            .unwrap();
        let world = Self { dir, forge, name };
        let git = world.forge.state.repo(&world.repo().await);
        let main = git.branch("main").await.unwrap().unwrap();
        git.set_ref("refs/heads/topic", &main).await.unwrap();
        let mut tx = world.forge.state.database.write().await.unwrap();
        let locked = crate::branches::Protection {
            lock_branch: true,
            ..Default::default()
        };
        let repo_id = world.repo().await.id;
        protections::set(&mut tx, repo_id, "topic", Some(&locked))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        world
    }

    async fn repo(&self) -> Repository {
        self.forge.state.known_repository(&self.name).await.unwrap()
    }

    /// Writes the wish down, as if the process were killed right after.
    async fn wish(&self, from: &str, to: &str) -> RenameIntent {
        let git = self.forge.state.repo(&self.repo().await);
        let intent = RenameIntent {
            repo_id: self.repo().await.id,
            from_ref: from.to_owned(),
            to_ref: to.to_owned(),
            sha: git.branch(from).await.unwrap().unwrap(),
        };
        let mut tx = self.forge.state.database.write().await.unwrap();
        renames::record(&mut tx, &intent).await.unwrap();
        tx.commit().await.unwrap();
        intent
    }

    async fn reopened(self) -> Self {
        self.forge.shutdown().await;
        let forge = reopen(self.dir.path()).await;
        Self { forge, ..self }
    }

    async fn branches(&self) -> Vec<String> {
        let git = self.forge.state.repo(&self.repo().await);
        let branches = git.branches().await.unwrap();
        branches.into_iter().map(|(name, _)| name).collect()
    }

    async fn is_locked(&self, branch: &str) -> bool {
        let mut conn = self.forge.state.database.read().await.unwrap();
        let repo_id = self.repo().await.id;
        let found = protections::find(&mut conn, repo_id, branch).await.unwrap();
        found.flatten().is_some_and(|it| it.lock_branch)
    }
}

async fn reopen(dir: &Path) -> Forge {
    Forge::open(ForgeOptions::at(dir.join("state")))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_rename_killed_after_any_step_is_completed() {
    for steps in 0..=2 {
        let world = World::with_branch().await;
        let intent = world.wish("topic", "fix").await;
        let git = world.forge.state.repo(&world.repo().await);
        if steps >= 1 {
            let name = "refs/heads/fix";
            git.move_ref(name, &intent.sha, None).await.unwrap();
        }
        if steps >= 2 {
            let name = "refs/heads/topic";
            git.delete_ref(name, &intent.sha).await.unwrap();
        }
        let world = world.reopened().await;
        assert_eq!(world.branches().await, ["fix", "main"], "{steps} steps");
        assert!(world.is_locked("fix").await, "{steps} steps");
        assert!(!world.is_locked("topic").await, "{steps} steps");
        let mut conn = world.forge.state.database.read().await.unwrap();
        let repo_id = world.repo().await.id;
        let left = renames::of_repository(&mut conn, repo_id).await.unwrap();
        assert_eq!(left, None, "{steps} steps");
    }
}

#[tokio::test]
async fn a_renamed_default_branch_stays_the_default_whenever_it_was_killed() {
    for steps in 0..=2 {
        let world = World::with_branch().await;
        let intent = world.wish("main", "trunk").await;
        let git = world.forge.state.repo(&world.repo().await);
        let name = "refs/heads/trunk";
        if steps >= 1 {
            git.move_ref(name, &intent.sha, None).await.unwrap();
        }
        if steps >= 2 {
            git.bytes(&["symbolic-ref", "HEAD", name]).await.unwrap();
        }
        let world = world.reopened().await;
        assert_eq!(world.repo().await.default_branch, "trunk", "{steps} steps");
        assert_eq!(world.branches().await, ["topic", "trunk"], "{steps} steps");
        let git = world.forge.state.repo(&world.repo().await);
        let head = git.text(&["symbolic-ref", "HEAD"]).await.unwrap();
        assert_eq!(head, name, "{steps} steps");
    }
}

#[tokio::test]
async fn a_rename_whose_new_name_was_taken_meanwhile_never_happened() {
    for taken in ["fix", "fix/more"] {
        let world = World::with_branch().await;
        let intent = world.wish("topic", "fix").await;
        let git = world.forge.state.repo(&world.repo().await);
        let tree = git.tree_named("main").await.unwrap().unwrap();
        let by = crate::pulls::signature(&world.repo().await.owner, 0);
        let other = git
            .new_commit(&tree, &[], "other\n", &by, &by)
            .await
            .unwrap();
        git.set_ref(&format!("refs/heads/{taken}"), &other)
            .await
            .unwrap();
        let world = world.reopened().await;
        assert_eq!(world.branches().await, [taken, "main", "topic"]);
        assert!(world.is_locked("topic").await, "{taken}");
        let git = world.forge.state.repo(&world.repo().await);
        let kept = git.branch("topic").await.unwrap();
        assert_eq!(kept, Some(intent.sha), "{taken}");
    }
}
