//! Repositories on a server: what is wrong is found before anything is made. The server is
//! a forge of this machine, reached as GitHub is.

use agentflow_forge::{Forge, ForgeOptions, TokenScope};
use secrecy::ExposeSecret;

use crate::support::{Ended, coding_agent, end_of};

const SECRET: &str = "hunter2-hunter2";

struct Server {
    forge: Forge,
    token: String,
    _folder: tempfile::TempDir,
}

async fn server() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("hello");
    std::fs::create_dir(&source).unwrap();
    std::fs::write(source.join("README.md"), "hello\n").unwrap();
    let forge = Forge::open(ForgeOptions::at(folder.path().join("forge")))
        .await
        .unwrap();
    forge.create_user("octo").await.unwrap();
    let token = forge
        .create_token("octo", "test", TokenScope::ReadWrite)
        .await
        .unwrap();
    forge
        .create_repository("octo", "hello", (&source).into())
        .await
        .unwrap();
    let token = token.expose_secret().to_owned();
    Server {
        forge,
        token,
        _folder: folder,
    }
}

/// Runs the binary on a repository of the server, beside the runtime that serves it.
async fn on(server: &Server, repo: &str, token: String) -> Ended {
    let url = format!("{}/{repo}", server.forge.html_url());
    let ended = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let model = ["--base-url", "http://127.0.0.1:9/v1", "--model", "m"];
        let mut command = coding_agent(&["run", "--json", "--repo", &url, "--issue", "99"]);
        command
            .args(model)
            .env("GITHUB_TOKEN", token)
            .current_dir(folder.path());
        let ended = end_of(command);
        assert_eq!(
            folder.path().read_dir().unwrap().count(),
            0,
            "nothing is made"
        );
        ended
    });
    ended.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_refuses_is_explained_before_anything_is_made() {
    let server = server().await;
    for (name, repo, token, want) in [
        (
            "no such issue",
            "octo/hello",
            server.token.clone(),
            "octo/hello has no issue 99",
        ),
        (
            "no such repository",
            "octo/nothing",
            server.token.clone(),
            "check that the token may read the repository",
        ),
        (
            "a wrong token",
            "octo/hello",
            SECRET.to_owned(),
            "check that GITHUB_TOKEN is set",
        ),
    ] {
        let ended = on(&server, repo, token).await;
        assert_eq!(ended.exit, 1, "{name}: {}", ended.stderr);
        let result = ended.result();
        assert!(
            result["error"].as_str().unwrap().contains(want),
            "{name}: {result}"
        );
        assert!(ended.stderr.contains(want), "{name}: {}", ended.stderr);
        assert!(
            !format!("{}{}", ended.stdout, ended.stderr).contains(SECRET),
            "{name}"
        );
    }
    server.forge.shutdown().await;
}
