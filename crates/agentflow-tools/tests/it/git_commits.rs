//! What stands below a commit's message, and who signed it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use agentflow_tools::git::{CommitId, GitError, GitWorkTree, NewCommit, SigningKey, Trailer};

use crate::git::{git, new_commit, origin, work};
use crate::support::folder;

async fn change(files: &GitWorkTree, base: &CommitId) -> NewCommit {
    fs::write(files.work_tree().join("a.txt"), "changed\n").unwrap();
    let tree = files.snapshot().await.unwrap();
    new_commit(tree, base, "Change a\n\nBecause.")
}

fn trailer(key: &str, value: &str) -> Trailer {
    Trailer {
        key: key.into(),
        value: value.into(),
    }
}

fn git_folder(files: &GitWorkTree) -> PathBuf {
    files.work_tree().with_file_name("git")
}

#[tokio::test]
async fn trailers_are_what_git_reads_as_trailers() {
    let (_server, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    let commit = NewCommit {
        trailers: vec![
            trailer("Issue", "#7"),
            trailer("Co-authored-by", "A <a@b.c>"),
        ],
        ..change(&files, &base).await
    };
    files.commit(&commit).await.unwrap();
    let read = git(
        &git_folder(&files),
        &["log", "-1", "--format=%B%n--%n%(trailers)"],
    );
    assert_eq!(
        read,
        "Change a\n\nBecause.\n\nIssue: #7\nCo-authored-by: A <a@b.c>\n\n--\nIssue: #7\nCo-authored-by: A <a@b.c>"
    );
}

#[tokio::test]
async fn a_trailer_that_would_be_read_as_something_else_is_refused() {
    let (_server, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    let good = change(&files, &base).await;
    for (key, value) in [
        ("", "x"),
        ("A key", "x"),
        ("Key:", "x"),
        ("Key", "two\nlines"),
        ("Key", " "),
    ] {
        let commit = NewCommit {
            trailers: vec![trailer(key, value)],
            ..good.clone()
        };
        let error = files.commit(&commit).await.unwrap_err();
        assert!(
            matches!(error, GitError::BadTrailer { .. }),
            "{key}: {error}"
        );
    }
    assert_eq!(files.head_sha().await.unwrap(), base);
}

/// A key of this kind; none where the machine cannot make one, which is said aloud.
fn ssh_key(folder: &Path, kind: &str) -> Option<PathBuf> {
    let key = folder.join(kind);
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", kind, "-N", "", "-C", "agent", "-f"]);
    let made = match command.arg(&key).status() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: nothing about signed commits is tested: install openssh-client");
            return None;
        }
        made => made.unwrap(),
    };
    assert!(made.success(), "ssh-keygen -t {kind}");
    Some(key)
}

#[tokio::test]
async fn a_signed_commit_is_proved_by_git_and_is_the_same_when_made_again() {
    let keys = folder(&[]);
    // The second signs the same words differently each time.
    for kind in ["ed25519", "ecdsa"] {
        let Some(key) = ssh_key(keys.path(), kind) else {
            return;
        };
        let (_server, url, base) = origin();
        let (_folder, files) = work(&url, &base).await;
        let commit = NewCommit {
            signing_key: Some(SigningKey::Ssh(key.clone())),
            ..change(&files, &base).await
        };
        let first = files.commit(&commit).await.unwrap();
        let again = files.commit(&commit).await.unwrap();
        assert_eq!(first, again, "{kind}");
        let other = NewCommit {
            message: "Another".into(),
            ..commit
        };
        assert_ne!(files.commit(&other).await.unwrap(), first, "{kind}");

        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        let signers = keys.path().join("signers");
        fs::write(&signers, format!("agent@example.org {public}")).unwrap();
        let allowed = format!("gpg.ssh.allowedSignersFile={}", signers.display());
        let args = ["-c", &allowed, "verify-commit", first.as_str()];
        git(&git_folder(&files), &args);
    }
}

#[tokio::test]
async fn a_key_that_is_missing_makes_no_commit() {
    let (_server, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    for key in [
        SigningKey::Ssh("/nonexistent/key".into()),
        SigningKey::Gpg("nobody@example.org".into()),
    ] {
        let commit = NewCommit {
            signing_key: Some(key),
            ..change(&files, &base).await
        };
        let error = files.commit(&commit).await.unwrap_err();
        assert!(matches!(error, GitError::Failed { .. }), "{error}");
        assert_eq!(files.head_sha().await.unwrap(), base);
    }
}
