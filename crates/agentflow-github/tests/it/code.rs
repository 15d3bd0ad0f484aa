//! What lies in a repository, and commits that are made without a clone.

use agentflow_github::{CommitPerson, EntryKind, FileChange, GitHubError, NewCommit, SshSigner};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, query_param};
use wiremock::{Mock, MockServer};

use crate::recorded::meaning;
use crate::support::{builder, ok, on, refused, repo};

#[tokio::test]
async fn a_tree_says_what_is_in_it_and_whether_that_is_all() {
    let server = MockServer::start().await;
    let entry = |path: &str, kind: &str| json!({ "path": path, "type": kind, "sha": "s", "mode": "100644", "size": 3 });
    on("GET", "/git/trees/feat%2Fx")
        .and(query_param("recursive", "1"))
        .respond_with(ok(json!({
            "sha": "t", "truncated": true,
            "tree": [entry("src", "tree"), entry("src/a.rs", "blob"), entry("vendor", "commit")],
        })))
        .mount(&server)
        .await;
    let tree = repo(&server).tree("feat/x").await.unwrap();
    assert!(tree.truncated);
    let kinds: Vec<_> = tree.entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(
        kinds,
        [EntryKind::Dir, EntryKind::File, EntryKind::Submodule]
    );
}

#[tokio::test]
async fn a_folder_is_listed_and_a_file_is_none() {
    let server = MockServer::start().await;
    let entry = |kind: &str| json!({ "path": "src/a.rs", "type": kind, "sha": "s", "size": 3 });
    on("GET", "/contents")
        .respond_with(ok(json!([entry("symlink")])))
        .mount(&server)
        .await;
    on("GET", "/contents/src/a.rs")
        .and(query_param("ref", "main"))
        .respond_with(ok(entry("file")))
        .mount(&server)
        .await;
    let repo = repo(&server);
    let root = repo.folder("/", None).await.unwrap();
    assert_eq!(root[0].kind, EntryKind::Symlink);
    let error = repo.folder("src/a.rs", Some("main")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "list folder octo/hello@main:src/a.rs: it is a file, not a folder"
    );
}

#[tokio::test]
async fn languages_are_told_most_first() {
    let server = MockServer::start().await;
    on("GET", "/languages")
        .respond_with(ok(json!({ "C": 10, "Rust": 300, "Shell": 20 })))
        .mount(&server)
        .await;
    let languages = repo(&server).languages().await.unwrap();
    let names: Vec<_> = languages.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Rust", "Shell", "C"]);
}

#[tokio::test]
async fn the_rules_of_a_branch_come_from_rulesets_and_from_its_protection() {
    let server = MockServer::start().await;
    on("GET", "/rules/branches/main")
        .respond_with(ok(json!([
            { "type": "deletion" },
            { "type": "pull_request", "parameters": { "required_approving_review_count": 1, "require_code_owner_review": true } },
            { "type": "required_status_checks", "parameters": {
                "strict_required_status_checks_policy": true,
                "required_status_checks": [{ "context": "test" }, { "context": "lint" }] } },
        ])))
        .mount(&server)
        .await;
    on("GET", "/branches/main/protection")
        .respond_with(ok(json!({
            "required_status_checks": { "strict": false, "contexts": ["test", "build"], "checks": [{ "context": "build" }] },
            "required_pull_request_reviews": { "required_approving_review_count": 2 },
            "required_signatures": { "enabled": true },
        })))
        .mount(&server)
        .await;
    let rules = repo(&server).branch_rules("main").await.unwrap();
    assert_eq!(rules.required_checks, ["build", "lint", "test"]);
    assert_eq!(rules.approvals, 2);
    assert!(rules.up_to_date && rules.code_owner_review && rules.pull_request && rules.signatures);
    assert!(!rules.linear_history);
}

#[tokio::test]
async fn a_branch_without_rules_demands_nothing() {
    for status in [403, 404] {
        let server = MockServer::start().await;
        on("GET", "/rules/branches/main")
            .respond_with(ok(json!([])))
            .mount(&server)
            .await;
        on("GET", "/branches/main/protection")
            .respond_with(refused(status, "Branch not protected"))
            .mount(&server)
            .await;
        on("GET", "")
            .respond_with(ok(json!({ "full_name": "octo/hello" })))
            .mount(&server)
            .await;
        let rules = repo(&server).branch_rules("main").await.unwrap();
        assert_eq!(rules, agentflow_github::BranchRules::default());
    }
}

#[tokio::test]
async fn two_commits_are_compared() {
    let server = MockServer::start().await;
    let answer = json!({ "ahead_by": 2, "behind_by": 0, "merge_base_commit": { "sha": "m" }, "commits": [], "files": [] });
    on("GET", "/compare/main...feat%2Fx")
        .respond_with(ok(answer))
        .mount(&server)
        .await;
    on("GET", "/commits/feat%2Fx")
        .respond_with(ok(json!({
            "sha": "c", "parents": [{ "sha": "p" }],
            "commit": { "message": "Fix", "author": { "name": "A", "email": "a@b.c", "date": "2026-11-03T10:00:00Z" },
                        "verification": { "verified": false, "reason": "unsigned" } },
        })))
        .mount(&server)
        .await;
    let repo = repo(&server);
    let comparison = repo.compare("main", "feat/x").await.unwrap();
    assert!(comparison.is_up_to_date() && comparison.merge_base == "m");
    let commit = repo.commit("feat/x").await.unwrap();
    assert_eq!(commit.parents, ["p"]);
    assert_eq!(commit.about.verification, Some(false));
}

fn change() -> NewCommit {
    NewCommit {
        branch: "feat/x".into(),
        parent: "p".into(),
        message: "Add a\n".into(),
        changes: vec![FileChange::write("a", "hi\n"), FileChange::delete("b")],
        author: Some(CommitPerson {
            name: "A".into(),
            email: "a@b.c".into(),
            date: Some("2026-11-03T10:00:00Z".into()),
        }),
    }
}

/// Objects are made as usual; the branch's commits come one after the other.
async fn serves_objects(server: &MockServer, heads: &[Value]) {
    on("GET", "/git/commits/p")
        .respond_with(ok(json!({ "sha": "p", "tree": { "sha": "pt" } })))
        .mount(server)
        .await;
    on("POST", "/git/blobs")
        .and(body_json(
            json!({ "content": "aGkK", "encoding": "base64" }),
        ))
        .respond_with(ok(json!({ "sha": "blob" })))
        .mount(server)
        .await;
    on("POST", "/git/trees")
        .and(body_json(json!({
            "base_tree": "pt",
            "tree": [
                { "path": "a", "mode": "100644", "type": "blob", "sha": "blob" },
                { "path": "b", "mode": "100644", "type": "blob", "sha": null },
            ],
        })))
        .respond_with(ok(json!({ "sha": "tree" })))
        .mount(server)
        .await;
    on("POST", "/git/commits")
        .respond_with(ok(json!({ "sha": "new" })))
        .mount(server)
        .await;
    on("GET", "")
        .respond_with(ok(json!({ "full_name": "octo/hello" })))
        .mount(server)
        .await;
    for head in heads {
        let answer = match head {
            Value::Null => refused(404, "Not Found"),
            sha => ok(json!({ "ref": "refs/heads/feat/x", "object": { "sha": sha } })),
        };
        on("GET", "/git/ref/heads/feat/x")
            .respond_with(answer)
            .up_to_n_times(1)
            .mount(server)
            .await;
    }
}

#[tokio::test]
async fn a_commit_is_made_and_the_branch_moves_without_force() {
    let server = MockServer::start().await;
    serves_objects(&server, &[json!("p"), json!("new")]).await;
    on("PATCH", "/git/refs/heads/feat/x")
        .and(body_json(json!({ "sha": "new", "force": false })))
        .respond_with(ok(json!({})))
        .expect(1)
        .mount(&server)
        .await;
    let repo = repo(&server);
    // The second finds that all is done.
    for _ in 0..2 {
        assert_eq!(repo.commit_files(&change()).await.unwrap(), "new");
    }
}

#[tokio::test]
async fn a_branch_that_is_missing_is_made_and_one_that_moved_is_left_alone() {
    let server = MockServer::start().await;
    serves_objects(&server, &[Value::Null, json!("another")]).await;
    on("POST", "/git/refs")
        .and(body_json(
            json!({ "ref": "refs/heads/feat/x", "sha": "new" }),
        ))
        .respond_with(ok(json!({})))
        .expect(1)
        .mount(&server)
        .await;
    let repo = repo(&server);
    repo.commit_files(&change()).await.unwrap();
    let error = repo.commit_files(&change()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "move branch octo/hello:feat/x: the head moved since it was looked at (expected p, found another); look at the new commits first"
    );
}

#[tokio::test]
async fn who_comes_second_to_a_branch_is_told_that_it_moved() {
    let server = MockServer::start().await;
    serves_objects(&server, &[json!("p")]).await;
    on("PATCH", "/git/refs/heads/feat/x")
        .respond_with(refused(422, "Update is not a fast forward"))
        .mount(&server)
        .await;
    let error = repo(&server).commit_files(&change()).await.unwrap_err();
    assert_eq!(meaning(&error), "HeadMoved");
}

#[tokio::test]
async fn a_signed_commit_that_is_there_is_not_made_again() {
    let server = MockServer::start().await;
    serves_objects(&server, &[json!("signed")]).await;
    let there = json!({
        "sha": "signed", "tree": { "sha": "tree" }, "parents": [{ "sha": "p" }], "message": "Add a",
        "author": { "name": "A", "email": "a@b.c", "date": "2026-11-03T11:00:00+01:00" },
    });
    on("GET", "/git/commits/signed")
        .respond_with(ok(there))
        .mount(&server)
        .await;
    // No key: it would fail if it had to sign.
    let key = std::path::PathBuf::from("/nonexistent/key");
    let github = builder(&server)
        .sign_commits(SshSigner { key })
        .build()
        .unwrap();
    let repo = github.repo("octo/hello".parse().unwrap());
    assert_eq!(repo.commit_files(&change()).await.unwrap(), "signed");
}

#[tokio::test]
async fn a_branch_is_made_once() {
    for (head, want) in [
        (json!("new"), None),
        (json!("other"), Some("AlreadyExists")),
    ] {
        let server = MockServer::start().await;
        // Somebody makes it between our look and our attempt.
        serves_objects(&server, &[Value::Null, head]).await;
        on("POST", "/git/refs")
            .respond_with(refused(422, "Reference already exists"))
            .mount(&server)
            .await;
        let made = repo(&server).ensure_branch("feat/x", "new").await;
        assert_eq!(made.as_ref().err().map(meaning).as_deref(), want);
    }
}

/// A new key; none where the machine cannot make one, which is said aloud.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn ssh_key(folder: &std::path::Path) -> Option<std::path::PathBuf> {
    let key = folder.join("key");
    let mut command = std::process::Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-N", "", "-C", "agent", "-f"]);
    match command.arg(&key).status() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: nothing about signed commits is tested: install openssh-client");
            None
        }
        made => {
            assert!(made.unwrap().success());
            Some(key)
        }
    }
}

#[tokio::test]
async fn a_commit_is_signed_by_the_key_of_the_client() {
    let folder = tempfile::tempdir().unwrap();
    let Some(key) = ssh_key(folder.path()) else {
        return;
    };
    let server = MockServer::start().await;
    serves_objects(&server, &[Value::Null, Value::Null]).await;
    on("POST", "/git/refs")
        .respond_with(ok(json!({})))
        .mount(&server)
        .await;
    let github = builder(&server)
        .sign_commits(SshSigner { key: key.clone() })
        .build()
        .unwrap();
    let repo = github.repo("octo/hello".parse().unwrap());
    repo.commit_files(&change()).await.unwrap();

    let requests = server.received_requests().await.unwrap();
    let sent = requests
        .iter()
        .find(|request| request.method == "POST" && request.url.path().ends_with("/git/commits"));
    let sent: Value = sent.unwrap().body_json().unwrap();
    let object = "tree tree\nparent p\nauthor A <a@b.c> 1793700000 +0000\ncommitter A <a@b.c> 1793700000 +0000\n\nAdd a\n";
    assert_eq!(sent["committer"], sent["author"]);
    verify(
        folder.path(),
        &key,
        sent["signature"].as_str().unwrap(),
        object,
    );

    let unsigned = NewCommit {
        author: None,
        ..change()
    };
    let error = repo.commit_files(&unsigned).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("a signed commit names its author"),
        "{error}"
    );
}

/// As git itself proves a signature.
fn verify(folder: &std::path::Path, key: &std::path::Path, signature: &str, object: &str) {
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let signers = folder.join("signers");
    std::fs::write(&signers, format!("a@b.c {public}")).unwrap();
    let file = folder.join("signature");
    std::fs::write(&file, signature).unwrap();
    let mut command = std::process::Command::new("ssh-keygen");
    command.args(["-Y", "verify", "-I", "a@b.c", "-n", "git", "-f"]);
    command.arg(&signers).arg("-s").arg(&file);
    command.stdin(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), object.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[tokio::test]
async fn a_key_that_is_missing_stops_the_commit_and_says_why() {
    if ssh_key(tempfile::tempdir().unwrap().path()).is_none() {
        return;
    }
    let server = MockServer::start().await;
    serves_objects(&server, &[Value::Null]).await;
    let key = std::path::PathBuf::from("/nonexistent/key");
    let github = builder(&server)
        .sign_commits(SshSigner { key })
        .build()
        .unwrap();
    let repo = github.repo("octo/hello".parse().unwrap());
    let error = repo.commit_files(&change()).await.unwrap_err();
    let GitHubError::Signing { source, .. } = &error else {
        panic!("{error}");
    };
    assert!(source.to_string().contains("did not sign"), "{source}");
}

#[tokio::test]
async fn a_template_and_the_owners_are_found_where_they_may_lie() {
    let server = MockServer::start().await;
    on("GET", "/contents/docs/CODEOWNERS")
        .respond_with(ok(
            json!({ "type": "file", "path": "docs/CODEOWNERS", "sha": "s", "encoding": "base64", "content": "KiBAYQo=" }),
        ))
        .mount(&server)
        .await;
    on("GET", "")
        .respond_with(ok(json!({ "full_name": "octo/hello" })))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(wiremock::matchers::any())
        .respond_with(refused(404, "Not Found"))
        .mount(&server)
        .await;
    let repo = repo(&server);
    let owners = repo.codeowners("main").await.unwrap().unwrap();
    assert_eq!(owners.owners_of("x")[0].to_string(), "@a");
    assert_eq!(repo.pull_request_template("main").await.unwrap(), None);
}
