//! What the owner of a forge does, twice.

use std::path::PathBuf;
use std::sync::Arc;

use agentflow_forge::{
    Forge, ForgeError, ForgeOptions, NewIssue, ProcessCheckRunner, RepositorySource, TokenScope,
};

use crate::world::{World, git, write_files};

#[tokio::test]
async fn everything_can_be_asked_for_again() {
    let world = World::open().await;
    let before = world.forge.records(&world.repo).await.unwrap();
    let (token, address) = (world.author.clone(), world.forge.base_url());
    // Opening the world asks for all of it again.
    let world = world
        .reopened(Arc::new(ProcessCheckRunner::default()))
        .await;
    assert_eq!(world.author, token, "a token stays the same");
    assert_eq!(world.forge.base_url(), address, "links stay valid");
    assert_eq!(world.forge.records(&world.repo).await.unwrap(), before);
    world
        .forge
        .create_token("octo", "agent", TokenScope::ReadOnly)
        .await
        .unwrap();
    let reply = world
        .post("issues/1/comments", serde_json::json!({ "body": "x" }))
        .await;
    assert_eq!(reply.status, 403, "a token can be narrowed");
}

#[tokio::test]
async fn a_folder_is_open_in_one_forge_only() {
    let world = World::open().await;
    let options = ForgeOptions::at(world.dir.path().join("state"));
    let second = Forge::open(options).await;
    assert!(
        matches!(second, Err(ForgeError::AlreadyOpen { .. })),
        "{second:?}"
    );
}

#[tokio::test]
async fn the_same_files_become_the_same_commit() {
    let (one, two) = (World::open().await, World::open().await);
    let tip = async |world: &World| {
        world.forge.records(&world.repo).await.unwrap().branches[0]
            .sha
            .clone()
    };
    assert_eq!(tip(&one).await, tip(&two).await);
}

#[tokio::test]
async fn a_git_repository_is_imported_with_its_history() {
    let world = World::open().await;
    let source = world.dir.path().join("source");
    write_files(
        &source,
        &[
            ("a", "a\n"),
            (".gitignore", "skipped\n"),
            ("skipped", "x\n"),
        ],
    );
    for args in [
        &["init", "--quiet"][..],
        &["checkout", "--quiet", "-b", "trunk"],
        &["add", "."],
        &["commit", "--quiet", "-m", "one"],
        &["tag", "v1"],
        &["branch", "other"],
    ] {
        git(&source, args);
    }
    let repo = world
        .forge
        .create_repository("octo", "second", (&source).into())
        .await
        .unwrap();
    let records = world.forge.records(&repo).await.unwrap();
    let names: Vec<&str> = records
        .branches
        .iter()
        .map(|branch| branch.name.as_str())
        .collect();
    assert_eq!(names, ["other", "trunk"]);
    assert_eq!(
        world.get("/repos/octo/second").await.body["default_branch"],
        "trunk"
    );
    assert_eq!(
        world.get("/repos/octo/second/git/ref/tags/v1").await.status,
        200
    );
    assert_eq!(
        world
            .get("/repos/octo/second/contents/skipped")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_mistake_is_named() {
    let world = World::open().await;
    let empty = world.dir.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let missing = RepositorySource::Folder(PathBuf::from("/nonexistent/folder"));
    let issue = NewIssue {
        key: "k",
        title: "t",
        author: "nobody",
        ..NewIssue::default()
    };
    let messages = [
        world.forge.create_user("-x").await.unwrap_err().to_string(),
        world
            .forge
            .create_token("nobody", "t", TokenScope::ReadOnly)
            .await
            .unwrap_err()
            .to_string(),
        world
            .forge
            .create_repository("octo", "empty", (&empty).into())
            .await
            .unwrap_err()
            .to_string(),
        world
            .forge
            .create_repository("octo", "none", missing)
            .await
            .unwrap_err()
            .to_string(),
        world
            .forge
            .create_issue(&world.repo, issue)
            .await
            .unwrap_err()
            .to_string(),
        world
            .forge
            .records(&"octo/none".parse().unwrap())
            .await
            .unwrap_err()
            .to_string(),
    ];
    let want = [
        "a name was refused".to_owned(),
        "there is no user `nobody`; create it first".to_owned(),
        format!("`{}` holds nothing to import", empty.display()),
        "could not use `/nonexistent/folder`".to_owned(),
        "there is no user `nobody`; create it first".to_owned(),
        "there is no repository `octo/none`; create it first".to_owned(),
    ];
    assert_eq!(messages, want);
}

#[tokio::test]
async fn a_token_is_in_no_debug_output() {
    let world = World::open().await;
    let token = world
        .forge
        .create_token("octo", "agent", TokenScope::ReadWrite)
        .await
        .unwrap();
    for text in [
        format!("{:?}", world.forge),
        format!("{token:?}"),
        format!("{:?}", world.forge.records(&world.repo).await),
    ] {
        assert!(!text.contains("afp_"), "{text}");
    }
}
