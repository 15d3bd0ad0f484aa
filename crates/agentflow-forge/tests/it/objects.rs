//! git's own objects and refs, made and read over REST.

use agentflow_forge::ForgeLimits;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Reply, World, git};

async fn send(world: &World, method: Method, path: &str, body: Value) -> Reply {
    world
        .send(method, path, Some(&world.author), Some(body))
        .await
}

fn sha(reply: &Reply) -> String {
    reply.body["sha"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", reply.text))
        .to_owned()
}

/// Paths of a tree with the kinds of what is there.
fn entries(tree: &Value) -> Vec<(String, String)> {
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let entries = tree["tree"].as_array().unwrap().iter();
    entries
        .map(|it| (text(&it["path"]), text(&it["type"])))
        .collect()
}

#[tokio::test]
async fn a_tree_is_made_from_another_by_changes() {
    let world = World::open().await;
    let file = |path: &str| json!({ "path": path, "mode": "100644", "content": "x" });
    let gone = |path: &str| json!({ "path": path, "mode": "100644", "type": "blob", "sha": null });
    let ci = world.get("git/trees/main").await.body["tree"][0]["sha"].clone();
    let folder = |path: &str| json!({ "path": path, "mode": "040000", "type": "tree", "sha": ci });
    for (name, base, changes, want) in [
        (
            "a file",
            true,
            vec![file("new")],
            ".ci/run lines new status",
        ),
        (
            "a file in a folder",
            true,
            vec![file("a/b")],
            ".ci/run a/b lines status",
        ),
        ("no base", false, vec![file("a")], "a"),
        ("a file goes", true, vec![gone("lines")], ".ci/run status"),
        ("a folder goes", true, vec![gone(".ci")], "lines status"),
        (
            "a file becomes a folder",
            true,
            vec![file("lines/a")],
            ".ci/run lines/a status",
        ),
        (
            "a folder becomes a file",
            true,
            vec![file(".ci")],
            ".ci lines status",
        ),
        (
            "a folder is put in",
            true,
            vec![folder("copy")],
            ".ci/run copy/run lines status",
        ),
        (
            "a folder with one more file",
            true,
            vec![file("copy/x"), folder("copy")],
            ".ci/run copy/run copy/x lines status",
        ),
        ("nothing", true, vec![], ".ci/run lines status"),
    ] {
        let mut body = json!({ "tree": changes });
        if base {
            body["base_tree"] = json!("main");
        }
        let made = world.post("git/trees", body).await;
        assert_eq!(made.status, 201, "{name}: {}", made.text);
        let path = format!("git/trees/{}?recursive=1", sha(&made));
        let all = entries(&world.get(&path).await.body);
        let files = all.iter().filter(|(_, kind)| kind == "blob");
        let files: Vec<&str> = files.map(|(path, _)| path.as_str()).collect();
        assert_eq!(files.join(" "), want, "{name}");
    }
}

#[tokio::test]
async fn a_tree_is_cut_where_it_is_too_long_and_says_so() {
    let limits = ForgeLimits {
        tree_entries_max: 2,
        ..ForgeLimits::default()
    };
    let world = World::limited(limits).await;
    let whole = world.get("git/trees/main:.ci").await;
    assert_eq!(whole.status, 404, "an expression is no name");
    for (path, count, truncated) in [
        ("git/trees/main", 2, true),
        ("git/trees/main?recursive=1", 2, true),
    ] {
        let tree = world.get(path).await.body;
        assert_eq!(
            (entries(&tree).len(), &tree["truncated"]),
            (count, &json!(truncated)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_commit_made_of_objects_becomes_a_branch() {
    let world = World::open().await;
    let bytes = json!({ "content": "AAECAw==", "encoding": "base64" });
    let blob = sha(&world.post("git/blobs", bytes).await);
    let back = world.get(&format!("git/blobs/{blob}")).await.body;
    assert_eq!(
        (&back["content"], &back["size"]),
        (&json!("AAECAw==\n"), &json!(4))
    );
    let entry = json!({ "path": "bin", "mode": "100755", "type": "blob", "sha": blob });
    let tree = sha(&world
        .post("git/trees", json!({ "base_tree": "main", "tree": [entry] }))
        .await);
    let main = sha(&world.get("commits/main").await);
    let who =
        json!({ "name": "Mona", "email": "mona@t.invalid", "date": "2026-01-02T03:04:05+01:00" });
    let commit = json!({ "message": "Bytes", "tree": tree, "parents": [main], "author": who });
    let commit = world.post("git/commits", commit).await;
    assert_eq!(commit.body["author"]["date"], "2026-01-02T02:04:05Z");
    assert_eq!(
        commit.body["committer"]["name"], "Mona",
        "the author, where nobody else is named"
    );
    let commit = sha(&commit);
    let made = world
        .post(
            "git/refs",
            json!({ "ref": "refs/heads/bytes", "sha": commit }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let bare = world.dir.path().join("state/repos/octo/demo.git");
    assert!(git(&bare, &["ls-tree", "bytes", "bin"]).starts_with("100755 blob"));
    assert_eq!(git(&bare, &["fsck", "--strict"]), "");
    let pull = json!({ "title": "t", "head": "bytes", "base": "main" });
    assert_eq!(world.post("pulls", pull).await.status, 201);
    // A ref that moves takes the pull request along.
    let next = json!({ "message": "Next", "tree": tree, "parents": [commit] });
    let next = sha(&world.post("git/commits", next).await);
    send(
        &world,
        Method::PATCH,
        "git/refs/heads/bytes",
        json!({ "sha": next }),
    )
    .await;
    assert_eq!(world.get("pulls/2").await.body["head"]["sha"], json!(next));
}

#[tokio::test]
async fn a_ref_moves_forward_unless_it_is_forced() {
    let world = World::open().await;
    world.push("topic", &[("lines", "x\n")]).await;
    let (main, topic) = (
        sha(&world.get("commits/main").await),
        sha(&world.get("commits/topic").await),
    );
    let blob = sha(&world.post("git/blobs", json!({ "content": "x" })).await);
    for (method, path, body, status, message) in [
        (
            Method::POST,
            "git/refs",
            json!({ "ref": "refs/heads/new", "sha": main }),
            201,
            "",
        ),
        (
            Method::POST,
            "git/refs",
            json!({ "ref": "refs/heads/new", "sha": main }),
            422,
            "Reference already exists",
        ),
        (
            Method::POST,
            "git/refs",
            json!({ "ref": "refs/heads/new/below", "sha": main }),
            422,
            "Reference already exists",
        ),
        (
            Method::POST,
            "git/refs",
            json!({ "ref": "refs/heads/other", "sha": "0".repeat(40) }),
            422,
            "Object does not exist",
        ),
        (
            Method::POST,
            "git/refs",
            json!({ "ref": "refs/heads/blob", "sha": blob }),
            422,
            "Reference cannot be updated: a branch points at a commit",
        ),
        (
            Method::POST,
            "git/refs",
            json!({ "ref": "refs/tags/blob", "sha": blob }),
            201,
            "",
        ),
        (
            Method::PATCH,
            "git/refs/heads/new",
            json!({ "sha": topic }),
            200,
            "",
        ),
        (
            Method::PATCH,
            "git/refs/heads/new",
            json!({ "sha": main }),
            422,
            "Update is not a fast forward",
        ),
        (
            Method::PATCH,
            "git/refs/heads/new",
            json!({ "sha": main, "force": true }),
            200,
            "",
        ),
        (
            Method::PATCH,
            "git/refs/heads/none",
            json!({ "sha": main }),
            422,
            "Reference does not exist",
        ),
        (
            Method::PATCH,
            "git/refs/pull/1/head",
            json!({ "sha": main }),
            422,
            "Reference does not exist",
        ),
        (Method::DELETE, "git/refs/heads/new", json!({}), 204, ""),
        (Method::DELETE, "git/refs/tags/blob", json!({}), 204, ""),
        (
            Method::DELETE,
            "git/refs/heads/new",
            json!({}),
            422,
            "Reference does not exist",
        ),
    ] {
        let reply = send(&world, method.clone(), path, body.clone()).await;
        assert_eq!(
            reply.status, status,
            "{method} {path} {body}: {}",
            reply.text
        );
        if status >= 400 {
            assert_eq!(reply.body["message"], message, "{method} {path} {body}");
        }
    }
    let own = world
        .post(
            "git/refs",
            json!({ "ref": "refs/pull/9/head", "sha": main }),
        )
        .await;
    assert_eq!(own.status, 422, "what the forge keeps for itself");
}

#[tokio::test]
async fn refs_are_found_by_how_they_start() {
    let world = World::open().await;
    for branch in ["feature-a", "feature-b", "feat"] {
        world.push(branch, &[("x", branch)]).await;
    }
    let main = sha(&world.get("commits/main").await);
    let tag = json!({ "tag": "v1", "message": "One", "object": main, "type": "commit" });
    let tag = world.post("git/tags", tag).await;
    assert_eq!(
        (&tag.body["message"], &tag.body["tagger"]["name"]),
        (&json!("One"), &json!("octo"))
    );
    world
        .post(
            "git/refs",
            json!({ "ref": "refs/tags/v1", "sha": sha(&tag) }),
        )
        .await;
    for (path, want) in [
        (
            "git/matching-refs/heads/feature",
            "refs/heads/feature-a refs/heads/feature-b",
        ),
        (
            "git/matching-refs/heads/feat",
            "refs/heads/feat refs/heads/feature-a refs/heads/feature-b",
        ),
        ("git/matching-refs/tags/", "refs/tags/v1"),
        ("git/matching-refs/heads/none", ""),
    ] {
        let found = world.get(path).await.body;
        let names: Vec<&str> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["ref"].as_str().unwrap())
            .collect();
        assert_eq!(names.join(" "), want, "{path}");
    }
    let annotated = world.get("git/ref/tags/v1").await.body;
    assert_eq!(
        (&annotated["object"]["type"], &annotated["object"]["sha"]),
        (&json!("tag"), &json!(sha(&tag)))
    );
}
