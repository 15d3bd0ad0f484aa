//! Reading what servers send in more than one form.

use agentflow_github::{AccountKind, FileStatus, GitHubError, IssueState, Permission, PullRequest};
use serde_json::json;
use wiremock::matchers::{header, query_param};
use wiremock::{MockServer, ResponseTemplate};

use crate::support::{ok, on, pull, refused, repo};

#[tokio::test]
async fn an_issue_with_almost_nothing_is_read() {
    let server = MockServer::start().await;
    on("GET", "/issues/7")
        .respond_with(ok(json!({
            "number": 7, "state": "open", "title": null, "body": null, "user": null,
            "labels": ["bug", { "name": "agent" }, { "id": 1 }], "unknown": {},
        })))
        .mount(&server)
        .await;
    let issue = repo(&server).issue(7).await.unwrap();
    assert_eq!(
        (issue.number, issue.state, issue.body.as_str()),
        (7, IssueState::Open, "")
    );
    assert_eq!(issue.labels, ["bug", "agent"]);
    assert!(!issue.is_pull_request && issue.author.is_none());
}

#[tokio::test]
async fn an_issue_without_a_number_is_no_issue() {
    let server = MockServer::start().await;
    on("GET", "/issues/7")
        .respond_with(ok(json!({ "state": "open" })))
        .mount(&server)
        .await;
    let error = repo(&server).issue(7).await.unwrap_err();
    assert!(matches!(error, GitHubError::InvalidAnswer { .. }));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn what_was_read_survives_being_stored() {
    let server = MockServer::start().await;
    let changes = json!({ "merged": true, "labels": [{ "name": "agent" }], "user": { "login": "app[bot]", "type": "Bot" } });
    on("GET", "/pulls/7")
        .respond_with(ok(pull(7, changes)))
        .mount(&server)
        .await;
    let read = repo(&server).pull_request(7).await.unwrap();
    let stored = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<PullRequest>(&stored).unwrap(), read);
    assert!(read.is_merged());
    assert_eq!(read.head.repo.as_deref(), Some("octo/hello"));
    assert_eq!(read.author.unwrap().kind, AccountKind::Bot);
}

#[tokio::test]
async fn a_file_is_read_in_every_form() {
    let server = MockServer::start().await;
    let entry = |kind: &str, encoding: &str, content: &str| {
        ok(
            json!({ "type": kind, "path": "a b/ü.txt", "sha": "s", "encoding": encoding, "content": content }),
        )
    };
    let at = |below: &str| on("GET", &format!("/contents/{below}"));
    at("a%20b/%C3%BC.txt")
        .and(query_param("ref", "feat/x"))
        .respond_with(entry("file", "base64", "SGVs\nbG8=\n"))
        .mount(&server)
        .await;
    at("large")
        .and(header("accept", "application/vnd.github.raw+json"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![0, 159]))
        .with_priority(1)
        .mount(&server)
        .await;
    at("large")
        .respond_with(entry("file", "none", ""))
        .mount(&server)
        .await;
    at("folder")
        .respond_with(ok(json!([{ "type": "file" }])))
        .mount(&server)
        .await;
    at("module")
        .respond_with(entry("submodule", "", ""))
        .mount(&server)
        .await;
    at("broken")
        .respond_with(entry("file", "base64", "$$$"))
        .mount(&server)
        .await;
    let repo = repo(&server);
    let file = repo.file("a b/ü.txt", Some("feat/x")).await.unwrap();
    assert_eq!((file.text(), file.sha.as_str()), (Some("Hello"), "s"));
    let large = repo.file("large", None).await.unwrap();
    assert_eq!(
        (large.content.as_slice(), large.text()),
        (&[0, 159][..], None)
    );
    for (path, want) in [
        (
            "folder",
            "read file octo/hello:folder: it is a folder, not a file",
        ),
        (
            "module",
            "read file octo/hello:module: it is a submodule, not a file",
        ),
        (
            "broken",
            "read file octo/hello:broken: the server's answer is not understood",
        ),
        (
            "../../user",
            "read file octo/hello:../../user: a name or a part of a path is `.` or `..`",
        ),
    ] {
        assert_eq!(repo.file(path, None).await.unwrap_err().to_string(), want);
    }
}

#[tokio::test]
async fn a_branch_is_there_or_not() {
    let server = MockServer::start().await;
    let main = ok(json!({ "name": "main", "commit": { "sha": "a" } }));
    on("GET", "/branches/main")
        .respond_with(main.clone())
        .mount(&server)
        .await;
    on("GET", "/branches/master")
        .respond_with(main)
        .mount(&server)
        .await;
    on("GET", "")
        .respond_with(ok(json!({ "full_name": "octo/hello" })))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let repo = repo(&server);
    assert_eq!(repo.branch("main").await.unwrap().unwrap().commit.sha, "a");
    assert_eq!(
        repo.branch("master").await.unwrap(),
        None,
        "a renamed branch is another branch"
    );
    assert_eq!(repo.branch("gone").await.unwrap(), None);
    let error = repo.branch("gone").await.unwrap_err();
    assert!(
        matches!(error, GitHubError::NotFound { .. }),
        "the repository itself is gone: {error}"
    );
}

#[tokio::test]
async fn a_permission_is_read_as_github_really_sends_it() {
    for (sent, want, write) in [
        ("admin", Permission::Admin, true),
        ("write", Permission::Write, true),
        ("read", Permission::Read, false),
        ("none", Permission::None, false),
        ("something new", Permission::None, false),
    ] {
        let server = MockServer::start().await;
        on("GET", "/collaborators/ann/permission")
            .respond_with(ok(json!({ "permission": sent })))
            .mount(&server)
            .await;
        let permission = repo(&server).permission_of("ann").await.unwrap();
        assert_eq!(
            (permission.permission, permission.can_write()),
            (want, write),
            "{sent}"
        );
    }
}

#[tokio::test]
async fn changed_files_and_the_diff_are_read() {
    let server = MockServer::start().await;
    on("GET", "/pulls/7/files")
        .respond_with(ok(json!([
            { "filename": "b.rs", "previous_filename": "a.rs", "status": "renamed", "additions": 1 },
            { "filename": "c.png", "status": "teleported" },
        ])))
        .mount(&server)
        .await;
    on("GET", "/pulls/7")
        .and(header("accept", "application/vnd.github.diff"))
        .respond_with(ResponseTemplate::new(200).set_body_string("diff --git a/a b/a\n"))
        .mount(&server)
        .await;
    on("GET", "/pulls/8")
        .respond_with(refused(
            406,
            "Sorry, the diff exceeded the maximum number of lines (20000)",
        ))
        .mount(&server)
        .await;
    let repo = repo(&server);
    let files = repo.pull_request_files(7).await.unwrap();
    assert_eq!(
        (files[0].status, files[1].status),
        (FileStatus::Renamed, FileStatus::Other)
    );
    assert_eq!(repo.diff(7).await.unwrap(), "diff --git a/a b/a\n");
    assert!(matches!(
        repo.diff(8).await.unwrap_err(),
        GitHubError::TooLarge { .. }
    ));
}
