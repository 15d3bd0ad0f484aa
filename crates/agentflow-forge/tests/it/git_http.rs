//! git over HTTP with the real git.

use std::path::PathBuf;

use crate::world::{World, git, try_git, write_files};

async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// A clone over HTTP, with a commit on top.
async fn clone_with_commit(world: &World, url: String) -> PathBuf {
    let clone = world.dir.path().join("clone");
    let work = clone.clone();
    in_background(move || {
        let parent = work.parent().unwrap();
        git(parent, &["clone", "--quiet", &url, "clone"]);
        write_files(&work, &[("lines", "changed\n")]);
        git(&work, &["commit", "--quiet", "-am", "change"]);
    })
    .await;
    clone
}

#[tokio::test]
async fn anyone_may_clone_and_only_a_writer_may_push() {
    let world = World::open().await;
    let clone = clone_with_commit(&world, world.git_url(None)).await;
    for (name, token, works) in [
        ("no token", None, false),
        ("a token nobody has", Some("afp_nonsense"), false),
        (
            "a token that may only read",
            Some(world.reader.as_str()),
            false,
        ),
        ("a token that may write", Some(world.author.as_str()), true),
    ] {
        let (work, url) = (clone.clone(), world.git_url(token));
        let (ok, _, stderr) =
            in_background(move || try_git(&work, &["push", &url, "HEAD:refs/heads/topic"])).await;
        assert_eq!(ok, works, "{name}: {stderr}");
    }
    let branches = world.forge.records(&world.repo).await.unwrap().branches;
    let names: Vec<&str> = branches.iter().map(|branch| branch.name.as_str()).collect();
    assert_eq!(names, ["main", "topic"]);
}

#[tokio::test]
async fn the_default_branch_and_the_forges_own_refs_cannot_be_pushed_to() {
    let world = World::open().await;
    let clone = clone_with_commit(&world, world.git_url(Some(&world.author))).await;
    let before = world.forge.records(&world.repo).await.unwrap().branches;
    for (args, reason) in [
        (
            &["push", "origin", "HEAD:main"][..],
            "GH006: Protected branch update failed for refs/heads/main",
        ),
        (&["push", "--force", "origin", "HEAD:main"], "GH006"),
        (
            &["push", "origin", ":main"],
            "refusing to delete the current branch",
        ),
        (
            &["push", "origin", "HEAD:refs/pull/7/head"],
            "is kept by the forge",
        ),
    ] {
        let work = clone.clone();
        let (ok, _, stderr) = in_background(move || try_git(&work, args)).await;
        assert!(!ok, "{args:?}");
        assert!(stderr.contains(reason), "{args:?}: {stderr}");
    }
    assert_eq!(
        world.forge.records(&world.repo).await.unwrap().branches,
        before
    );
}

#[tokio::test]
async fn a_push_larger_than_a_buffer_goes_through_whole() {
    let world = World::open().await;
    // Not compressible, and larger than git sends in one piece.
    let mut state = 1_u64;
    let text: String = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        format!("{state:016x}\n")
    })
    .take(200_000)
    .collect();
    world.push("big", &[("big", &text)]).await;
    let (dir, url) = (world.dir.path().to_owned(), world.git_url(None));
    let cloned = in_background(move || {
        git(
            &dir,
            &["clone", "--quiet", "--branch", "big", &url, "again"],
        );
        std::fs::read_to_string(dir.join("again/big")).unwrap()
    })
    .await;
    assert!(cloned == text, "the file came back as it was sent");
}

#[tokio::test]
async fn a_pull_request_whose_branch_is_deleted_is_closed_and_keeps_its_commits() {
    let world = World::open().await;
    let number = world.pull("topic", &[("lines", "x\n")]).await;
    let clone = world.dir.path().join("clones/topic");
    in_background(move || git(&clone, &["push", "--quiet", "origin", ":topic"])).await;
    let pull = world.get(&format!("pulls/{number}")).await.body;
    assert_eq!(
        (&pull["state"], &pull["merged"]),
        (&"closed".into(), &false.into())
    );
    assert_eq!(pull["commits"], 1);
    assert_eq!(
        world.get(&format!("git/ref/pull/{number}/head")).await.body["object"]["sha"],
        pull["head"]["sha"]
    );
}
