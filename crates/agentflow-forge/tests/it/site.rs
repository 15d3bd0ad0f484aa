//! A forge made in three lines, for tests of what surrounds the operations.

use std::path::{Path, PathBuf};

use agentflow_forge::{Forge, ForgeOptions, NewToken, RepositoryName};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;

use crate::world::{Reply, reply, write_files};

/// A file from the folder of test data; says so where that is not at hand.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn test_data(path: &str) -> Option<String> {
    let folder = std::env::var_os("AGENTFLOW_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(folder.join(path)).ok();
    if text.is_none() {
        eprintln!("SKIPPED: no {path}; set AGENTFLOW_TEST_DATA to the folder of test data");
    }
    text
}

pub(crate) struct Site {
    pub(crate) dir: TempDir,
    pub(crate) forge: Forge,
    pub(crate) repo: RepositoryName,
    /// A token of the repository's owner, `octo`.
    pub(crate) owner: String,
    pub(crate) http: reqwest::Client,
}

impl Site {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut ForgeOptions)) -> Self {
        Self::at(tempfile::tempdir().unwrap(), change).await
    }

    pub(crate) async fn at(dir: TempDir, change: impl FnOnce(&mut ForgeOptions)) -> Self {
        let files = dir.path().join("files");
        write_files(&files, &[("lines", "one\ntwo\nthree\n")]);
        let mut options = ForgeOptions::at(dir.path().join("state"));
        change(&mut options);
        let forge = Forge::open(options).await.unwrap();
        let owner = forge.writer("octo").await.unwrap();
        let repo = forge.import("octo/demo", &files).await.unwrap();
        Self {
            dir,
            forge,
            repo,
            owner: owner.expose_secret().to_owned(),
            http: reqwest::Client::new(),
        }
    }

    /// A simple token of another user.
    pub(crate) async fn writer(&self, login: &str) -> String {
        let secret = self.forge.writer(login).await.unwrap();
        secret.expose_secret().to_owned()
    }

    pub(crate) async fn token(&self, token: NewToken<'_>) -> String {
        let secret = self.forge.issue_token(token).await.unwrap();
        secret.expose_secret().to_owned()
    }

    /// `path` is below the repository when it does not start with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        let base = self.forge.base_url();
        match path.strip_prefix('/') {
            Some(path) => format!("{base}/{path}"),
            None if path.is_empty() => format!("{base}/repos/{}", self.repo),
            None => format!("{base}/repos/{}/{path}", self.repo),
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str, token: &str) -> reqwest::RequestBuilder {
        let method: Method = method.parse().unwrap();
        let request = self.http.request(method, self.url(path));
        match token {
            "" => request,
            token => request.header("authorization", format!("Bearer {token}")),
        }
    }

    /// A request of `METHOD PATH` with this token, or none.
    pub(crate) async fn call(&self, what: &str, token: &str, body: Option<&Value>) -> Reply {
        let (method, path) = what.split_once(' ').unwrap();
        let request = self.request(method, path, token);
        reply(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// The same by the owner, with a body where there is something to say.
    pub(crate) async fn own(&self, what: &str, body: Value) -> Reply {
        let body = (!body.is_null()).then_some(&body);
        self.call(what, &self.owner, body).await
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}
