//! What passes between a work tree and a server, and how failures are told apart.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use agentflow_tools::git::{CommitId, GitError, GitWorkTree, PushOutcome};
use secrecy::SecretString;

use crate::git::{git, new_commit, origin, work};
use crate::support::{PATIENCE, folder};

async fn change(files: &GitWorkTree, text: &str, parent: &CommitId) -> CommitId {
    fs::write(files.work_tree().join("a.txt"), text).unwrap();
    let tree = files.snapshot().await.unwrap();
    files.commit(&new_commit(tree, parent, text)).await.unwrap()
}

#[tokio::test]
async fn a_push_can_be_repeated() {
    let (server, url, base) = origin();
    let (_folder, files) = work(&url, &base).await;
    assert_eq!(files.remote_branch_sha("work", None).await.unwrap(), None);
    let commit = change(&files, "one", &base).await;
    let push = || files.push("work", None);
    assert_eq!(push().await.unwrap(), PushOutcome::Pushed);
    assert_eq!(push().await.unwrap(), PushOutcome::AlreadyThere);
    assert_eq!(
        files.remote_branch_sha("work", None).await.unwrap(),
        Some(commit.clone())
    );
    assert_eq!(git(server.path(), &["rev-parse", "work"]), commit.as_str());
}

#[tokio::test]
async fn a_push_never_overwrites_what_it_has_not_seen() {
    let (_server, url, base) = origin();
    let (_mine, mine) = work(&url, &base).await;
    let (_other, other) = work(&url, &base).await;
    let theirs = change(&other, "theirs", &base).await;
    other.push("work", None).await.unwrap();
    let ours = change(&mine, "ours", &base).await;

    for _ in 0..2 {
        let error = mine.push("work", None).await.unwrap_err();
        let advanced =
            matches!(&error, GitError::RemoteAdvanced { branch, .. } if branch == "work");
        assert!(advanced && !error.is_retryable(), "{error}");
        assert_eq!(
            mine.remote_branch_sha("work", None).await.unwrap().as_ref(),
            Some(&theirs)
        );
        // Knowing what is there does not make it ours to replace.
        mine.fetch(None).await.unwrap();
    }
    assert_eq!(mine.head_sha().await.unwrap(), ours);
}

#[tokio::test]
async fn a_push_against_the_servers_rules_is_refused_with_its_words() {
    use std::os::unix::fs::PermissionsExt;
    let (server, url, base) = origin();
    let hook = server.path().join(".git/hooks/pre-receive");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(
        &hook,
        "#!/bin/sh\necho the branch is protected >&2\nexit 1\n",
    )
    .unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let (_folder, files) = work(&url, &base).await;
    change(&files, "one", &base).await;
    let error = files.push("work", None).await.unwrap_err();
    assert!(matches!(error, GitError::Refused { .. }), "{error}");
    assert!(
        error.to_string().contains("the branch is protected"),
        "{error}"
    );
}

#[tokio::test]
async fn only_a_whole_branch_name_counts() {
    let (server, url, base) = origin();
    git(
        server.path(),
        &[
            "update-ref",
            "refs/heads/deep/refs/heads/work",
            base.as_str(),
        ],
    );
    let (_folder, files) = work(&url, &base).await;
    assert_eq!(files.remote_branch_sha("work", None).await.unwrap(), None);
    assert_eq!(
        files.remote_branch_sha("main", None).await.unwrap(),
        Some(base)
    );
}

/// Answers every request with `status` and gives the headers it saw.
fn server(status: &'static str) -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "http://127.0.0.1:{}/owner/repo.git",
        listener.local_addr().unwrap().port()
    );
    let (seen, requests) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<_> = lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
            let _ = seen.send(head.join("\n"));
        }
    });
    (url, requests)
}

#[tokio::test]
async fn servers_that_fail_are_told_from_those_that_refuse() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!(
            "http://127.0.0.1:{}/r.git",
            listener.local_addr().unwrap().port()
        )
    };
    for (name, url, want, retryable) in [
        ("down", closed, "network", true),
        ("failing", server("502 Bad Gateway").0, "network", true),
        ("busy", server("429 Too Many Requests").0, "network", true),
        (
            "without a token",
            server("401 Unauthorized").0,
            "denied",
            false,
        ),
        ("forbidden", server("403 Forbidden").0, "denied", false),
        ("unknown", server("404 Not Found").0, "not found", false),
        (
            "no folder",
            "file:///nonexistent/r.git".into(),
            "not found",
            false,
        ),
    ] {
        let folder = folder(&[]);
        let error = GitWorkTree::clone_repository(&url, folder.path(), None)
            .await
            .unwrap_err();
        let kind = match &error {
            GitError::Network { .. } => "network",
            GitError::Denied { .. } => "denied",
            GitError::NotFound { .. } => "not found",
            _ => "other",
        };
        assert_eq!(
            (kind, error.is_retryable()),
            (want, retryable),
            "{name}: {error}"
        );
    }
}

#[tokio::test]
async fn a_token_reaches_the_server_and_nothing_else() {
    let (url, requests) = server("403 token tok-3cr3t is wrong");
    let folder = folder(&[]);
    let token = SecretString::from("tok-3cr3t");
    let error = GitWorkTree::clone_repository(&url, folder.path(), Some(&token))
        .await
        .unwrap_err();
    let head = requests.recv_timeout(PATIENCE).unwrap();
    // x-access-token:tok-3cr3t
    let basic = "eC1hY2Nlc3MtdG9rZW46dG9rLTNjcjN0";
    assert!(
        head.contains(&format!("Authorization: Basic {basic}")),
        "{head}"
    );
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(
            !text.contains("tok-3cr3t") && !text.contains(basic),
            "{text}"
        );
    }
    let config = fs::read_to_string(folder.path().join("git/config")).unwrap();
    assert!(
        !config.contains("tok-3cr3t") && !config.contains(basic),
        "{config}"
    );
    let with_secret = "https://user:tok-3cr3t@example.org/r.git";
    let refused = GitWorkTree::clone_repository(with_secret, folder.path(), None)
        .await
        .unwrap_err();
    assert!(matches!(refused, GitError::SecretInUrl));
    assert!(!format!("{refused:?} {refused}").contains("tok-3cr3t"));
}

#[tokio::test]
async fn other_protocols_are_not_spoken() {
    let folder = folder(&[]);
    let ran = folder.path().join("ran");
    let url = format!("ext::touch {}", ran.display());
    assert!(
        GitWorkTree::clone_repository(&url, folder.path(), None)
            .await
            .is_err()
    );
    assert!(!ran.exists());
}
