//! A forge with one repository, a client of its owner and one of a reviewer.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use agentflow_forge::{Forge, RepositoryName};
use agentflow_github::{GitHub, NewPullRequest, Repo, RetryPolicy};
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) forge: Forge,
    pub(crate) name: RepositoryName,
    owner: SecretString,
}

impl World {
    pub(crate) async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("demo");
        std::fs::create_dir(&source).unwrap();
        std::fs::write(source.join("lines"), "one\ntwo\n").unwrap();
        let forge = Forge::start(dir.path().join("state")).await.unwrap();
        let owner = forge.writer("octo").await.unwrap();
        let name = forge.import("octo/demo", &source).await.unwrap();
        Self {
            dir,
            forge,
            name,
            owner,
        }
    }

    /// The repository as its owner's client sees it; never waits long.
    pub(crate) fn repo(&self, retry: RetryPolicy) -> Repo {
        self.client_of(&self.owner, retry)
    }

    pub(crate) fn owner(&self) -> &SecretString {
        &self.owner
    }

    pub(crate) async fn reviewer(&self) -> Repo {
        let token = self.forge.writer("rev").await.unwrap();
        self.client_of(&token, RetryPolicy::never())
    }

    fn client_of(&self, token: &SecretString, retry: RetryPolicy) -> Repo {
        let client = GitHub::builder()
            .base_url(self.forge.base_url())
            .token(token.clone())
            .retry(retry)
            .build()
            .unwrap();
        client.repo(self.name.to_string().parse().unwrap())
    }

    /// Pushes a commit to a branch, as git does.
    pub(crate) async fn push(&self, branch: &str, text: &str) {
        let clone = self.dir.path().join("clone");
        let host = self.forge.html_url().strip_prefix("http://").unwrap();
        let url = format!(
            "http://x:{}@{host}/{}.git",
            self.owner.expose_secret(),
            self.name
        );
        let (branch, text) = (branch.to_owned(), text.to_owned());
        // The push is answered by the forge that runs on this thread's runtime.
        let pushed = tokio::task::spawn_blocking(move || {
            if !clone.exists() {
                std::fs::create_dir(&clone).unwrap();
                git(&clone, &["clone", "--quiet", &url, "."]);
            }
            std::fs::write(clone.join("lines"), text).unwrap();
            git(&clone, &["commit", "--quiet", "-a", "-m", "Change"]);
            git(
                &clone,
                &[
                    "push",
                    "--quiet",
                    "origin",
                    &format!("HEAD:refs/heads/{branch}"),
                ],
            );
        });
        pushed.await.unwrap();
    }

    pub(crate) async fn pulls(&self) -> usize {
        self.forge.records(&self.name).await.unwrap().pulls.len()
    }
}

/// As often as it takes, but without waiting.
pub(crate) fn at_once() -> RetryPolicy {
    RetryPolicy {
        delay_min: Duration::from_millis(1),
        delay_max: Duration::from_millis(1),
        ..RetryPolicy::default()
    }
}

pub(crate) fn topic() -> NewPullRequest {
    NewPullRequest {
        title: "Digits".to_owned(),
        head: "topic".to_owned(),
        base: "main".to_owned(),
        body: "Closes #1".to_owned(),
        ..NewPullRequest::default()
    }
}

fn git(dir: &Path, args: &[&str]) {
    let output = Command::new("git")
        .current_dir(dir)
        .args(["-c", "user.name=Tess", "-c", "user.email=tess@t.invalid"])
        .args(args)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
}
