//! Work trees: taken, restored, compared, committed.

use std::fs;
use std::path::Path;
use std::process::Command;

use agentflow_tools::git::{
    ChangeKind, CommitId, GitError, GitWorkTree, NewCommit, Signature, TreeId,
};
use tempfile::TempDir;

use crate::support::folder;

pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args([
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.org",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(args)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A server's repository with one commit on `main`, and its address.
pub(crate) fn origin() -> (TempDir, String, CommitId) {
    let files = folder(&[
        ("a.txt", "milk\nbread\n"),
        ("dir/b.sh", "echo b\n"),
        (".gitignore", "*.log\nbuild/\n"),
        ("kept.log", "tracked although ignored\n"),
    ]);
    let path = files.path();
    git(path, &["init", "--quiet", "--initial-branch=main"]);
    git(path, &["add", "--all", "--force"]);
    git(path, &["commit", "--quiet", "--message=first"]);
    git(path, &["checkout", "--quiet", "--detach"]);
    let base = CommitId::parse(&git(path, &["rev-parse", "HEAD"])).unwrap();
    let url = format!("file://{}", path.display());
    (files, url, base)
}

/// A work tree on branch `work` at the first commit.
pub(crate) async fn work(url: &str, base: &CommitId) -> (TempDir, GitWorkTree) {
    let folder = folder(&[]);
    let files = GitWorkTree::clone_repository(url, folder.path(), None)
        .await
        .unwrap();
    files.checkout_branch("work", base).await.unwrap();
    (folder, files)
}

pub(crate) fn new_commit(tree: TreeId, parent: &CommitId, message: &str) -> NewCommit {
    let author = Signature {
        name: "Agent".into(),
        email: "agent@example.org".into(),
    };
    NewCommit::new(tree, parent.clone(), message, author, 1_700_000_000)
}

#[tokio::test]
async fn the_git_folder_is_not_in_the_work_tree() {
    let (_origin, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    assert_eq!(
        fs::read_to_string(files.work_tree().join("a.txt")).unwrap(),
        "milk\nbread\n"
    );
    assert!(!files.work_tree().join(".git").exists());
    assert_eq!(files.head_sha().await.unwrap(), base);
}

#[tokio::test]
async fn a_tree_brings_back_exactly_the_files_it_was_taken_of() {
    let (_origin, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    let root = files.work_tree();
    fs::write(root.join("a.txt"), "changed\n").unwrap();
    fs::write(root.join("new.txt"), "new\n").unwrap();
    fs::remove_file(root.join("dir/b.sh")).unwrap();
    fs::write(root.join("noise.log"), "ignored\n").unwrap();
    let tree = files.snapshot().await.unwrap();
    assert_eq!(
        files.snapshot().await.unwrap(),
        tree,
        "the same files have the same id"
    );
    assert_eq!(
        files.head_sha().await.unwrap(),
        base,
        "nothing is committed"
    );

    fs::write(root.join("a.txt"), "later\n").unwrap();
    fs::write(root.join(".gitignore"), "*\n").unwrap();
    fs::write(root.join("hidden.txt"), "hidden by the ignore file\n").unwrap();
    fs::create_dir_all(root.join("x/y")).unwrap();
    fs::write(root.join("x/y/z"), "z").unwrap();
    fs::remove_file(root.join("new.txt")).unwrap();
    fs::create_dir(root.join("new.txt")).unwrap();
    fs::remove_file(root.join("kept.log")).unwrap();
    files.restore(&tree).await.unwrap();

    let mut found: Vec<_> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    found.sort();
    assert_eq!(
        found,
        [".gitignore", "a.txt", "kept.log", "new.txt", "noise.log"]
    );
    assert_eq!(fs::read_to_string(root.join("a.txt")).unwrap(), "changed\n");
    assert_eq!(fs::read_to_string(root.join("new.txt")).unwrap(), "new\n");
    assert_eq!(files.snapshot().await.unwrap(), tree);
}

#[tokio::test]
async fn a_file_that_is_changed_after_a_restore_is_taken_as_it_is() {
    let (_origin, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    let root = files.work_tree();
    fs::write(root.join("a.txt"), "first\n").unwrap();
    let first = files.snapshot().await.unwrap();
    files.restore(&first).await.unwrap();
    // Of another length, so that no file time is needed to see the change.
    fs::write(root.join("a.txt"), "second change\n").unwrap();
    let second = files.snapshot().await.unwrap();
    assert_ne!(second, first);
    let listed = files.files(&second).await.unwrap();
    assert!(listed.contains(&"a.txt".to_owned()), "{listed:?}");
    assert!(listed.is_sorted(), "{listed:?}");
}

#[tokio::test]
async fn a_tree_survives_the_clean_up_until_it_is_released() {
    let (_origin, url, base) = origin();
    let (folder, files) = work(&url, &base).await;
    fs::write(files.work_tree().join("a.txt"), "changed\n").unwrap();
    let tree = files.snapshot().await.unwrap();
    files.checkout_branch("work", &base).await.unwrap();
    let clean_up = || {
        git(
            &folder.path().join("git"),
            &["gc", "--quiet", "--prune=now"],
        )
    };
    clean_up();
    files.restore(&tree).await.unwrap();
    files.checkout_branch("work", &base).await.unwrap();
    files.release(&tree).await.unwrap();
    files.release(&tree).await.unwrap();
    clean_up();
    assert!(files.restore(&tree).await.is_err());
}

#[tokio::test]
async fn changes_are_listed_and_shown_from_any_commit() {
    let (_origin, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    let root = files.work_tree();
    assert_eq!(files.diff(&base).await.unwrap(), "");
    fs::write(root.join("a.txt"), "milk\nrye\n").unwrap();
    fs::write(root.join("ä b.txt"), "n\n").unwrap();
    fs::remove_file(root.join("dir/b.sh")).unwrap();
    let changed = files.changed_files(&base).await.unwrap();
    let changed: Vec<_> = changed
        .iter()
        .map(|file| (&*file.path, file.kind))
        .collect();
    let want = [
        ("a.txt", ChangeKind::Modified),
        ("dir/b.sh", ChangeKind::Deleted),
        ("ä b.txt", ChangeKind::Added),
    ];
    assert_eq!(changed, want);
    let diff = files.diff(&base).await.unwrap();
    assert!(
        diff.contains("--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n milk\n-bread\n+rye\n"),
        "{diff}"
    );
    let other = CommitId::parse(&"1".repeat(40)).unwrap();
    assert!(matches!(
        files.diff(&other).await,
        Err(GitError::MissingCommit { .. })
    ));
}

#[tokio::test]
async fn the_same_commit_has_the_same_id_wherever_it_is_made() {
    let (_origin, url, base) = origin();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (_folder, files) = work(&url, &base).await;
        fs::write(files.work_tree().join("a.txt"), "changed\n").unwrap();
        let tree = files.snapshot().await.unwrap();
        let commit = new_commit(tree, &base, "change a\n\nbecause");
        ids.push(files.commit(&commit).await.unwrap());
        // After a crash the step is run again.
        files.checkout_branch("work", &base).await.unwrap();
        ids.push(files.commit(&commit).await.unwrap());
        assert_eq!(files.head_sha().await.unwrap(), ids[0]);
        assert_eq!(files.branch_sha("work").await.unwrap(), ids[0]);
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn commits_that_make_no_sense_are_refused() {
    let (_origin, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    let tree = files.snapshot().await.unwrap();
    let nothing = files.commit(&new_commit(tree.clone(), &base, "m")).await;
    assert!(
        matches!(nothing, Err(GitError::NothingToCommit { .. })),
        "{nothing:?}"
    );
    let mut forged = new_commit(tree, &base, "m");
    forged.author.name = "A\ncommitter B".into();
    assert!(matches!(
        files.commit(&forged).await,
        Err(GitError::BadSignature)
    ));
    for name in ["", "-x", "a..b", "a b", "a.lock", "x\0"] {
        let refused = files.checkout_branch(name, &base).await;
        assert!(
            matches!(refused, Err(GitError::BadBranch { .. })),
            "{name:?}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_git_that_was_killed_leaves_nothing_in_the_way() {
    let (_origin, url, base) = origin();
    let (folder, files) = work(&url, &base).await;
    for lock in [
        "index.lock",
        "HEAD.lock",
        "config.lock",
        "refs/heads/work.lock",
    ] {
        fs::write(folder.path().join("git").join(lock), "").unwrap();
    }
    files.snapshot().await.unwrap();
    files.checkout_branch("work", &base).await.unwrap();
}

#[tokio::test]
async fn a_clone_can_be_repeated_and_opened_again() {
    let (_origin, url, base) = origin();
    let (folder, files) = work(&url, &base).await;
    fs::write(files.work_tree().join("a.txt"), "mine\n").unwrap();
    GitWorkTree::clone_repository(&url, folder.path(), None)
        .await
        .unwrap();
    let opened = GitWorkTree::open(folder.path()).await.unwrap();
    assert_eq!(opened.url(), url);
    assert_eq!(opened.head_sha().await.unwrap(), base);
    assert_eq!(
        fs::read_to_string(opened.work_tree().join("a.txt")).unwrap(),
        "mine\n"
    );
    let empty = crate::support::folder(&[]);
    assert!(matches!(
        GitWorkTree::open(empty.path()).await,
        Err(GitError::NotCloned { .. })
    ));
}

/// A repository inside the work tree would bring its own settings, which can
/// name programs that git runs.
#[tokio::test]
async fn a_repository_in_the_work_tree_is_refused_and_runs_nothing() {
    let (_origin, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    let nested = files.work_tree().join("nested");
    fs::create_dir(&nested).unwrap();
    git(&nested, &["init", "--quiet"]);
    let refused = files.snapshot().await.unwrap_err();
    assert!(
        matches!(&refused, GitError::NestedRepository { path } if path == "nested"),
        "{refused}"
    );
    fs::write(nested.join("f"), "f").unwrap();
    git(&nested, &["add", "f"]);
    git(&nested, &["commit", "--quiet", "--message=m"]);
    let ran = files.work_tree().join("ran");
    git(
        &nested,
        &[
            "config",
            "core.fsmonitor",
            &format!("touch {}", ran.display()),
        ],
    );
    let refused = files.snapshot().await.unwrap_err();
    assert!(
        matches!(&refused, GitError::NestedRepository { path } if path == "nested"),
        "{refused}"
    );
    assert!(!ran.exists());
    files.checkout_branch("work", &base).await.unwrap();
    assert!(
        !nested.exists(),
        "the restored files are those of the commit"
    );
}

#[tokio::test]
async fn hooks_and_settings_in_the_work_tree_run_nothing() {
    let (_origin, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    let root = files.work_tree();
    let ran = root.join("ran.log");
    fs::create_dir_all(root.join(".git/hooks")).unwrap();
    let config = format!(
        "[core]\n\tfsmonitor = touch {0}\n\tpager = touch {0}\n",
        ran.display()
    );
    fs::write(root.join(".git/config"), config).unwrap();
    fs::write(root.join(".gitattributes"), "* filter=evil diff=evil\n").unwrap();
    fs::write(root.join("a.txt"), "changed\n").unwrap();
    let tree = files.snapshot().await.unwrap();
    files.diff(&base).await.unwrap();
    files.commit(&new_commit(tree, &base, "m")).await.unwrap();
    assert!(!ran.exists());
}

#[test]
fn an_object_id_is_a_full_one() {
    for (text, valid) in [
        (&*"a".repeat(40), true),
        (&*"0".repeat(64), true),
        (&*"A".repeat(40), false),
        ("main", false),
        ("abc1234", false),
        ("--upload-pack=x", false),
        ("", false),
    ] {
        assert_eq!(CommitId::parse(text).is_ok(), valid, "{text}");
        assert_eq!(
            serde_json::from_value::<TreeId>(text.into()).is_ok(),
            valid,
            "{text}"
        );
    }
}
