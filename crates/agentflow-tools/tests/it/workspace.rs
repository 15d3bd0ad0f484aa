//! Which paths a workspace accepts.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use agentflow_tools::{Workspace, WorkspaceError, WorkspaceLimits};

use crate::support::{folder, workspace};

fn kind(error: &WorkspaceError) -> &'static str {
    match error {
        WorkspaceError::Outside { .. } => "outside",
        WorkspaceError::Link { .. } => "link",
        WorkspaceError::Missing { .. } => "missing",
        WorkspaceError::NotAFile { .. } => "not a file",
        WorkspaceError::TooLarge { .. } => "too large",
        WorkspaceError::NotText { .. } => "not text",
        WorkspaceError::PathTooLong { .. } => "path too long",
        _ => "other",
    }
}

#[test]
fn a_file_is_read_only_from_inside() {
    let outside = folder(&[("secret", "s")]);
    let files = folder(&[
        ("a.txt", "a"),
        ("dir/b.txt", "b"),
        ("large", "0123456789abcdef"),
    ]);
    let root = files.path();
    fs::write(root.join("binary"), [0xff, 0xfe]).unwrap();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink("dir/b.txt", root.join("in")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    // Opening it would wait for ever.
    assert!(
        Command::new("mkfifo")
            .arg(root.join("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let limits = WorkspaceLimits {
        read_bytes_max: 10,
        ..WorkspaceLimits::default()
    };
    let workspace = Workspace::open(root).unwrap().with_limits(limits);
    let absolute = format!("{}/a.txt", workspace.root().display());
    let long = "x".repeat(2000);
    for (path, want) in [
        ("a.txt", Ok("a")),
        ("./dir//b.txt", Ok("b")),
        ("/workspace/dir/b.txt", Ok("b")),
        (&*absolute, Ok("a")),
        ("in", Ok("b")),
        ("..", Err("outside")),
        ("dir/../../secret", Err("outside")),
        ("/etc/passwd", Err("outside")),
        ("/workspace-other/a.txt", Err("outside")),
        ("/workspace/../a.txt", Err("outside")),
        ("a\0b", Err("outside")),
        ("out/secret", Err("link")),
        ("dangling", Err("missing")),
        ("nope", Err("missing")),
        ("a.txt/b", Err("missing")),
        ("dir", Err("not a file")),
        (".", Err("not a file")),
        ("pipe", Err("not a file")),
        ("large", Err("too large")),
        ("binary", Err("not text")),
        (&*long, Err("path too long")),
    ] {
        let read = workspace
            .path(path)
            .and_then(|path| workspace.read_text(&path));
        let got = read.as_deref().map_err(kind);
        assert_eq!(got, want, "{path:?}");
    }
}

#[test]
fn every_refusal_says_what_to_do() {
    let (_files, workspace) = workspace(&[]);
    let outside = workspace.path("../x").unwrap_err();
    assert_eq!(
        outside.to_string(),
        "path `../x` leaves the workspace; give a path relative to its root, without `..`"
    );
    let missing = workspace.read(&workspace.path("x").unwrap()).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "file `x` does not exist; list the folder to see what does"
    );
}

#[test]
fn a_workspace_is_a_folder() {
    let files = folder(&[("a", "")]);
    assert!(matches!(
        Workspace::open(files.path().join("a")),
        Err(WorkspaceError::Root { .. })
    ));
    assert!(matches!(
        Workspace::open(files.path().join("b")),
        Err(WorkspaceError::Root { .. })
    ));
}
