//! Files made, changed, deleted and packed over REST.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Reply, World, git, reply};

async fn send(world: &World, method: Method, path: &str, body: Value) -> Reply {
    world
        .send(method, path, Some(&world.author), Some(body))
        .await
}

#[tokio::test]
async fn a_file_is_changed_by_who_has_seen_it() {
    let world = World::open().await;
    world.push("topic", &[("status", "good!\n")]).await;
    let seen = world.get("contents/status?ref=topic").await.body["sha"].clone();
    let stale = world.get("contents/status").await.body["sha"].clone();
    let merged = |mut body: Value, more: Value| {
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let on = |more| {
        let start = json!({ "message": "Say hi", "content": "aGk=", "branch": "topic" });
        merged(start, more)
    };
    let off = |more| merged(json!({ "message": "Leave", "branch": "topic" }), more);
    let not_supplied = "Invalid request.\n\n\"sha\" wasn't supplied.".to_owned();
    let does_not_match = format!("status does not match {}", stale.as_str().unwrap());
    for (method, path, body, status, message) in [
        (Method::PUT, "contents/a/new", on(json!({})), 201, ""),
        (
            Method::PUT,
            "contents/status",
            on(json!({})),
            422,
            not_supplied.as_str(),
        ),
        (
            Method::PUT,
            "contents/status",
            on(json!({ "sha": stale })),
            409,
            &does_not_match,
        ),
        (
            Method::PUT,
            "contents/status",
            on(json!({ "sha": seen, "content": "%" })),
            422,
            "content is not valid Base64",
        ),
        (
            Method::PUT,
            "contents/status",
            on(json!({ "sha": seen })),
            200,
            "",
        ),
        (
            Method::PUT,
            "contents/a",
            on(json!({})),
            422,
            "a is not a file",
        ),
        (
            Method::PUT,
            "contents/lines/new",
            on(json!({})),
            422,
            "lines/new is below a path that is a file",
        ),
        (
            Method::PUT,
            "contents/x",
            on(json!({ "branch": "none" })),
            404,
            "Branch none not found",
        ),
        (
            Method::PUT,
            "contents/.git/config",
            on(json!({})),
            422,
            "path contains a malformed path component",
        ),
        (
            Method::DELETE,
            "contents/status",
            off(json!({ "sha": seen })),
            409,
            &format!("status does not match {}", seen.as_str().unwrap()),
        ),
        (
            Method::DELETE,
            "contents/status",
            json!({ "message": "m" }),
            422,
            &not_supplied,
        ),
        (
            Method::DELETE,
            "contents/none",
            off(json!({ "sha": seen })),
            404,
            "Not Found",
        ),
        (
            Method::PUT,
            "contents/main",
            json!({ "message": "m", "content": "aGk=" }),
            409,
            "Could not update file: Changes must be made through a pull request.",
        ),
    ] {
        let reply = send(&world, method.clone(), path, body.clone()).await;
        assert_eq!(
            reply.status, status,
            "{method} {path} {body}: {}",
            reply.text
        );
        if status >= 400 {
            assert_eq!(reply.body["message"], message, "{method} {path}");
        }
    }
    let bare = world.dir.path().join("state/repos/octo/demo.git");
    assert_eq!(git(&bare, &["show", "topic:status"]), "hi");
    assert_eq!(
        git(&bare, &["log", "-1", "--format=%an %s", "topic"]),
        "octo Say hi"
    );
    let now = world.get("contents/status?ref=topic").await.body["sha"].clone();
    let gone = send(
        &world,
        Method::DELETE,
        "contents/status",
        off(json!({ "sha": now })),
    )
    .await;
    assert_eq!((gone.status, &gone.body["content"]), (200, &Value::Null));
    assert_eq!(world.get("contents/status?ref=topic").await.status, 404);
}

#[tokio::test]
async fn an_archive_holds_the_files_of_its_commit() {
    let world = World::open().await;
    world.push("topic", &[("lines", "changed\n")]).await;
    for (path, ends) in [("tarball/topic", ".tar.gz"), ("zipball", ".zip")] {
        let found = world.get(path).await;
        let address = found.headers["location"].to_str().unwrap().to_owned();
        assert!(address.contains(ends), "{address}");
        let file = world.dir.path().join("archive");
        let answer = reqwest::get(&address).await.unwrap();
        assert_eq!(answer.status(), 200, "no token is needed");
        std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
        if ends == ".tar.gz" {
            let listed = std::process::Command::new("tar")
                .arg("tzf")
                .arg(&file)
                .output()
                .unwrap();
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            let first = listed.lines().next().unwrap();
            assert!(first.starts_with("octo-demo-"), "{listed}");
            assert!(
                listed.contains("/.ci/run\n") && listed.contains("/lines\n"),
                "{listed}"
            );
        } else {
            assert!(std::fs::read(&file).unwrap().starts_with(b"PK"), "a zip");
        }
        let guessed = address.replace("sig=", "sig=0");
        assert_eq!(reqwest::get(guessed).await.unwrap().status(), 403);
    }
    assert_eq!(world.get("tarball/none").await.status, 404);
}

#[tokio::test]
async fn a_repository_is_introduced_and_its_languages_counted() {
    let world = World::open().await;
    assert_eq!(world.get("readme").await.status, 404);
    let (rust, shell) = ("fn main() {}\n", "echo\n");
    world
        .push(
            "topic",
            &[
                ("docs/readme.txt", "d"),
                ("README.md", "# R\n"),
                ("a.rs", rust),
                ("b/c.sh", shell),
            ],
        )
        .await;
    let readme = world.get("readme?ref=topic").await.body;
    assert_eq!(
        (&readme["path"], &readme["content"]),
        (&json!("README.md"), &json!("IyBSCg==\n"))
    );
    let raw = world
        .request(Method::GET, &world.url("readme?ref=topic"))
        .bearer_auth(&world.author);
    let raw = reply(raw.header("accept", "application/vnd.github.raw+json")).await;
    assert_eq!(raw.text, "# R\n");
    assert_eq!(
        world.get("languages").await.body,
        json!({}),
        "of the default branch"
    );
    send(
        &world,
        Method::DELETE,
        "branches/main/protection",
        json!({}),
    )
    .await;
    send(
        &world,
        Method::POST,
        "merges",
        json!({ "base": "main", "head": "topic" }),
    )
    .await;
    assert_eq!(
        world.get("languages").await.body,
        json!({ "Rust": rust.len(), "Shell": shell.len() })
    );
}

#[tokio::test]
async fn code_owners_must_be_able_to_write() {
    let world = World::open().await;
    assert_eq!(world.get("codeowners/errors").await.status, 404);
    let owners = "# who owns what\n*.rs @octo a@b.invalid\n!x @rev\n\ndocs/ @ghost @org/team\n";
    world.push("topic", &[(".github/CODEOWNERS", owners)]).await;
    let errors = world.get("codeowners/errors?ref=topic").await.body["errors"].clone();
    let told: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["line"].clone(),
                it["column"].clone(),
                it["kind"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!(3), json!(1), "Invalid pattern"),
            (json!(5), json!(7), "Unknown owner"),
            (json!(5), json!(14), "Unknown owner"),
        ]
    );
    let message = errors[1]["message"].as_str().unwrap();
    let want = "Unknown owner on line 5: make sure @ghost exists and has write access to the repository\n\n  \
                docs/ @ghost @org/team\n        ^";
    assert_eq!(message, want);
}
