//! How commits stand to one another, several work trees of one repository, and what a transfer
//! may take.

use std::fs;
use std::sync::Mutex;

use agentflow_tools::git::{ChangeKind, CommitId, GitError, GitWorkTree, Transfer};

use crate::git::{git, new_commit, origin, work};
use crate::support::folder;

/// Commits `text` as `a.txt` on a branch that begins at `base`.
async fn commit_on(files: &GitWorkTree, branch: &str, base: &CommitId, text: &str) -> CommitId {
    files.checkout_branch(branch, base).await.unwrap();
    fs::write(files.work_tree().join("a.txt"), text).unwrap();
    let tree = files.snapshot().await.unwrap();
    files.commit(&new_commit(tree, base, text)).await.unwrap()
}

#[tokio::test]
async fn commits_share_a_base_and_conflict_where_both_changed_a_line() {
    let (_server, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    let ours = commit_on(&files, "ours", &base, "milk\nours\n").await;
    let theirs = commit_on(&files, "theirs", &base, "milk\ntheirs\n").await;
    let also_ours = commit_on(&files, "ours", &ours, "milk\nours\nmore\n").await;

    assert_eq!(
        files.merge_base(&also_ours, &theirs).await.unwrap(),
        Some(base.clone())
    );
    for (name, one, other, want) in [
        ("both changed", &ours, &theirs, &["a.txt"][..]),
        ("one follows the other", &ours, &also_ours, &[]),
        ("the same", &ours, &ours, &[]),
        ("only one changed", &base, &theirs, &[]),
    ] {
        assert_eq!(files.conflicts(one, other).await.unwrap(), want, "{name}");
    }
    // Only tried: the files are what they were.
    let text = fs::read_to_string(files.work_tree().join("a.txt")).unwrap();
    assert_eq!(text, "milk\nours\nmore\n");

    let diff = files.diff_between(&ours, &also_ours).await.unwrap();
    assert!(
        diff.ends_with("@@ -1,2 +1,3 @@\n milk\n ours\n+more\n"),
        "{diff}"
    );
    let changed = files.files_between(&base, &ours).await.unwrap();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].kind, ChangeKind::Modified);
}

#[tokio::test]
async fn commits_without_a_history_in_common_have_no_base() {
    let (server, url, base) = origin();
    git(server.path(), &["checkout", "--quiet", "--orphan", "other"]);
    git(server.path(), &["commit", "--quiet", "--message=other"]);
    let other = CommitId::parse(&git(server.path(), &["rev-parse", "HEAD"])).unwrap();
    let (_folder, files) = work(&url, &base).await;
    assert_eq!(files.merge_base(&base, &other).await.unwrap(), None);
    let error = files.conflicts(&base, &other).await.unwrap_err();
    assert!(matches!(error, GitError::Failed { .. }), "{error}");
}

#[tokio::test]
async fn a_commit_that_is_not_there_is_told() {
    let (_server, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    let missing = CommitId::parse(&"a".repeat(40)).unwrap();
    for error in [
        files.merge_base(&base, &missing).await.err(),
        files.conflicts(&missing, &base).await.err(),
        files.diff_between(&base, &missing).await.err(),
        files.files_between(&missing, &base).await.err(),
    ] {
        assert!(matches!(error, Some(GitError::MissingCommit { .. })));
    }
}

#[tokio::test]
async fn work_trees_beside_one_another_do_not_disturb_one_another() {
    let (server, url, base) = origin();
    let (_folder, first) = work(&url, &base).await;
    let place = folder(&[]);
    let second = first.beside(place.path()).await.unwrap();
    // Whatever a crash left is gone over again.
    let second_again = first.beside(place.path()).await.unwrap();
    assert_eq!(second.work_tree(), second_again.work_tree());
    let one = commit_on(&first, "work", &base, "one\n").await;
    let two = commit_on(&second, "work", &base, "two\n").await;
    assert_eq!(first.branch_sha("work").await.unwrap(), one);
    assert_eq!(second.branch_sha("work").await.unwrap(), two);
    assert_eq!(
        fs::read_to_string(first.work_tree().join("a.txt")).unwrap(),
        "one\n"
    );
    // Each speaks to the same server.
    second.push("work", None).await.unwrap();
    assert_eq!(git(server.path(), &["rev-parse", "work"]), two.as_str());
    let opened = GitWorkTree::open(place.path()).await.unwrap();
    assert_eq!(opened.url(), url);
    assert_eq!(opened.head_sha().await.unwrap(), two);
}

/// A server with a file of three million bytes that no pack makes smaller.
fn large() -> (tempfile::TempDir, String) {
    let (server, url, _) = origin();
    let mut state = 1_u64;
    let noise: Vec<u8> = (0..3_000_000)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    fs::write(server.path().join("noise"), noise).unwrap();
    git(server.path(), &["checkout", "--quiet", "main"]);
    git(server.path(), &["add", "noise"]);
    git(server.path(), &["commit", "--quiet", "--message=noise"]);
    (server, url)
}

#[tokio::test]
async fn no_more_is_taken_from_a_server_than_allowed() {
    let (_server, url) = large();
    let place = folder(&[]);
    let narrow = Transfer {
        pack_bytes_max: 1_000_000,
        ..Transfer::default()
    };
    let error = GitWorkTree::clone_with(&url, place.path(), &narrow).await;
    let error = error.unwrap_err();
    assert!(
        matches!(
            error,
            GitError::TooLarge {
                max_bytes: 1_000_000,
                ..
            }
        ),
        "{error}"
    );
    // The same folder goes on where it stopped.
    let wide = Transfer {
        pack_bytes_max: 4_000_000,
        ..Transfer::default()
    };
    GitWorkTree::clone_with(&url, place.path(), &wide)
        .await
        .unwrap();
}

#[tokio::test]
async fn somebody_is_told_how_far_a_transfer_is() {
    let (_server, url) = large();
    let told = Mutex::new(Vec::new());
    let show = |progress: &agentflow_tools::git::TransferProgress| {
        told.lock().unwrap().push(progress.to_string());
    };
    let transfer = Transfer {
        progress: Some(&show),
        ..Transfer::default()
    };
    let place = folder(&[]);
    GitWorkTree::clone_with(&url, place.path(), &transfer)
        .await
        .unwrap();
    let told = told.into_inner().unwrap();
    assert!(
        told.iter().any(|line| line == "Receiving objects: 100 %"),
        "{told:?}"
    );
}
