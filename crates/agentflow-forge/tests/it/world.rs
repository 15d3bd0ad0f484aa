//! A forge with one repository, three tokens, and a client that shows them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use agentflow_forge::{
    CheckRunner, Forge, ForgeLimits, ForgeOptions, NewIssue, ProcessCheckRunner, RepositoryName,
    TokenScope,
};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tempfile::TempDir;

use crate::contract::{self, Exchange};

/// The check passes when `status` says so.
const CI: &str = "#!/bin/sh\ncat status\ngrep -q good status\n";
const LINES: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n";

pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) forge: Forge,
    pub(crate) repo: RepositoryName,
    pub(crate) author: String,
    pub(crate) reviewer: String,
    pub(crate) reader: String,
    http: reqwest::Client,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl World {
    pub(crate) async fn open() -> Self {
        Self::open_with(Arc::new(ProcessCheckRunner::default())).await
    }

    pub(crate) async fn open_with(runner: Arc<dyn CheckRunner>) -> Self {
        Self::at(tempfile::tempdir().unwrap(), runner).await
    }

    pub(crate) async fn limited(limits: ForgeLimits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = ForgeOptions {
            limits,
            ..ForgeOptions::at(dir.path().join("state"))
        };
        Self::from_options(dir, options).await
    }

    /// Opens what is in `dir`, and makes what is not there yet.
    pub(crate) async fn at(dir: TempDir, check_runner: Arc<dyn CheckRunner>) -> Self {
        let options = ForgeOptions {
            check_runner,
            ..ForgeOptions::at(dir.path().join("state"))
        };
        Self::from_options(dir, options).await
    }

    async fn from_options(dir: TempDir, options: ForgeOptions) -> Self {
        let files = dir.path().join("files");
        write_files(
            &files,
            &[("lines", LINES), ("status", "good\n"), (".ci/run", CI)],
        );
        let forge = Forge::open(options).await.unwrap();
        for login in ["octo", "rev"] {
            forge.create_user(login).await.unwrap();
        }
        let author = token(&forge, "octo", "agent", TokenScope::ReadWrite).await;
        let reviewer = token(&forge, "rev", "agent", TokenScope::ReadWrite).await;
        let reader = token(&forge, "octo", "reader", TokenScope::ReadOnly).await;
        let repo = forge
            .create_repository("octo", "demo", (&files).into())
            .await
            .unwrap();
        let issue = NewIssue {
            key: "one",
            title: "Count in digits",
            body: "Words are slow.",
            author: "octo",
            labels: &["bug", "good first issue"],
        };
        assert_eq!(forge.create_issue(&repo, issue).await.unwrap(), 1);
        Self {
            dir,
            forge,
            repo,
            author,
            reviewer,
            reader,
            // A redirect is an answer to be looked at.
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        }
    }

    /// Shuts the forge down and opens its folder again.
    pub(crate) async fn reopened(self, runner: Arc<dyn CheckRunner>) -> Self {
        self.forge.shutdown().await;
        Self::at(self.dir, runner).await
    }

    /// `path` is below the repository when it does not start with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        match path.strip_prefix('/') {
            Some(path) => format!("{}/{path}", self.forge.base_url()),
            None if path.is_empty() => format!("{}/repos/{}", self.forge.base_url(), self.repo),
            None => format!("{}/repos/{}/{path}", self.forge.base_url(), self.repo),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Some(&self.author), None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(&self.author), Some(body))
            .await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Reply {
        let mut request = self.http.request(method, self.url(path));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        reply(request).await
    }

    /// A request that is put together by the test.
    pub(crate) fn request(&self, method: Method, url: &str) -> reqwest::RequestBuilder {
        self.http.request(method, url)
    }

    /// Makes a branch from `main` with these files on it, through a real clone and push.
    pub(crate) async fn push(&self, branch: &str, files: &[(&str, &str)]) -> String {
        let clone = self.clone_for(branch);
        write_files(&clone, files);
        git(&clone, &["add", "--all"]);
        git(
            &clone,
            &["commit", "--quiet", "-m", &format!("Change {branch}")],
        );
        // The push is answered by the forge that runs on this thread's runtime.
        let (path, refspec) = (clone.clone(), format!("HEAD:refs/heads/{branch}"));
        let pushed = tokio::task::spawn_blocking(move || {
            git(&path, &["push", "--quiet", "origin", &refspec])
        });
        pushed.await.unwrap();
        git(&clone, &["rev-parse", "HEAD"])
    }

    /// A clone with the author's token in its address; made once for each name.
    fn clone_for(&self, name: &str) -> PathBuf {
        let clone = self.dir.path().join("clones").join(name);
        if clone.exists() {
            return clone;
        }
        std::fs::create_dir_all(&clone).unwrap();
        let bare = self
            .dir
            .path()
            .join(format!("state/repos/{}.git", self.repo));
        git(&clone, &["clone", "--quiet", &bare.to_string_lossy(), "."]);
        git(
            &clone,
            &[
                "remote",
                "set-url",
                "origin",
                &self.git_url(Some(&self.author)),
            ],
        );
        clone
    }

    pub(crate) fn git_url(&self, token: Option<&str>) -> String {
        let host = self.forge.html_url().strip_prefix("http://").unwrap();
        let user = token
            .map(|token| format!("x-access-token:{token}@"))
            .unwrap_or_default();
        format!("http://{user}{host}/{}.git", self.repo)
    }

    /// A pull request from a pushed branch, once its check is done.
    pub(crate) async fn pull(&self, branch: &str, files: &[(&str, &str)]) -> u64 {
        self.push(branch, files).await;
        let body = serde_json::json!({ "title": format!("Pull {branch}"), "head": branch, "base": "main", "body": "Closes #1" });
        let reply = self.post("pulls", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        self.forge.checks_settled().await.unwrap();
        reply.body["number"].as_u64().unwrap()
    }
}

/// Sends a request and holds the exchange against GitHub's description.
pub(crate) async fn reply(request: reqwest::RequestBuilder) -> Reply {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, url) = (request.method().clone(), request.url().clone());
    let sent = request.body().and_then(|body| body.as_bytes());
    let sent = sent.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let response = client.execute(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    let is_json = headers
        .get("content-type")
        .is_some_and(|kind| kind.to_str().unwrap().starts_with("application/json"));
    contract::check(&Exchange {
        method: &method,
        origin: &url.origin().ascii_serialization(),
        path: url.path(),
        request: sent.as_ref(),
        status,
        answer: is_json.then_some(&body),
    });
    Reply {
        status,
        headers,
        text,
        body,
    }
}

async fn token(forge: &Forge, login: &str, name: &str, scope: TokenScope) -> String {
    use secrecy::ExposeSecret;
    forge
        .create_token(login, name, scope)
        .await
        .unwrap()
        .expose_secret()
        .to_owned()
}

pub(crate) fn write_files(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Runs git as a user would, and returns what it printed.
pub(crate) fn git(dir: &Path, args: &[&str]) -> String {
    let (ok, stdout, stderr) = try_git(dir, args);
    assert!(ok, "git {args:?}: {stderr}");
    stdout
}

pub(crate) fn try_git(dir: &Path, args: &[&str]) -> (bool, String, String) {
    let output = Command::new("git")
        .current_dir(dir)
        .args([
            "-c",
            "user.name=Tess",
            "-c",
            "user.email=tess@t.invalid",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(args)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    (
        output.status.success(),
        text(&output.stdout),
        text(&output.stderr),
    )
}
