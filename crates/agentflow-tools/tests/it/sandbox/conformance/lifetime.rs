//! What lives how long.

use std::path::Path;

use agentflow_tools::{SandboxCommand, SandboxError};

use super::probe::{Backend, claims, sandbox, sh, supported};
use crate::support::{eventually, folder};
use agentflow_tools::Protection;

/// Goes on and on, and whoever looks sees that it does.
const BEATS: &str = "while :; do echo beat >> beats; sleep 0.02; done";

pub(crate) async fn home_and_scratch_live_as_long_as_the_sandbox(backend: Backend) {
    let files = folder(&[]);
    let first = sandbox(&backend, files.path()).await;
    sh(&first, "echo kept > ~/a; echo kept > \"${TMPDIR:-/tmp}/a\"").await;
    let look = "cat ~/a \"${TMPDIR:-/tmp}/a\"";
    assert_eq!(sh(&first, look).await.stdout, "kept\nkept\n");
    let second = sandbox(&backend, files.path()).await;
    assert_eq!(sh(&second, look).await.stdout, "");
    assert_ne!(first.id(), second.id());
}

pub(crate) async fn nothing_of_a_command_is_left_at_its_end(backend: Backend) {
    let files = folder(&[]);
    let sandbox = sandbox(&backend, files.path()).await;
    let line = format!(
        "(trap '' TERM HUP INT; {BEATS}) > /dev/null 2>&1 & \
                        while [ ! -e beats ]; do sleep 0.02; done"
    );
    assert!(sh(&sandbox, &line).await.status.is_success());
    let output = sh(&sandbox, "rm beats; sleep 0.3; test ! -e beats").await;
    assert!(output.status.is_success(), "it still beats");
    if claims(&backend, Protection::NoOrphans) {
        let line = format!(
            "setsid sh -c \"trap '' TERM HUP; {BEATS}\" > /dev/null 2>&1 & \
                            while [ ! -e beats ]; do sleep 0.02; done"
        );
        assert!(sh(&sandbox, &line).await.status.is_success());
        let output = sh(&sandbox, "rm beats; sleep 0.3; test ! -e beats").await;
        assert!(
            output.status.is_success(),
            "one in a session of its own still beats"
        );
    }
}

pub(crate) async fn a_dropped_command_is_killed(backend: Backend) {
    let files = folder(&[]);
    let sandbox = sandbox(&backend, files.path()).await;
    let beats = files.path().join("beats");
    let running = sandbox.start(SandboxCommand::shell(BEATS)).await.unwrap();
    eventually("it starts", || beats.exists()).await;
    drop(running);
    let mut quiet = false;
    for _ in 0..50 {
        let output = sh(&sandbox, "rm -f beats; sleep 0.2; test ! -e beats").await;
        quiet = output.status.is_success();
        if quiet {
            break;
        }
    }
    assert!(quiet, "it still beats");
}

pub(crate) async fn a_paused_sandbox_stands_still(backend: Backend) {
    let files = folder(&[]);
    let sandbox = sandbox(&backend, files.path()).await;
    let beats = files.path().join("beats");
    let count = || std::fs::metadata(&beats).map_or(0, |found| found.len());
    let _running = sandbox.start(SandboxCommand::shell(BEATS)).await.unwrap();
    eventually("it starts", || beats.exists()).await;
    if supported(sandbox.pause().await).is_none() {
        return;
    }
    let paused = count();
    let other = self::sandbox(&backend, files.path()).await;
    sh(&other, "sleep 0.3").await;
    assert_eq!(count(), paused, "it beats while it is paused");
    sandbox.resume().await.unwrap();
    eventually("it goes on", || count() > paused).await;
    // Also while the shell is just beginning another program, which it does all the time.
    for _ in 0..20 {
        sandbox.pause().await.unwrap();
        sandbox.resume().await.unwrap();
    }
    sandbox.pause().await.unwrap();
    sandbox.destroy().await.unwrap();
}

pub(crate) async fn a_destroyed_sandbox_does_nothing_more(backend: Backend) {
    let files = folder(&[("a", "a")]);
    let sandbox = sandbox(&backend, files.path()).await;
    sandbox.destroy().await.unwrap();
    sandbox.destroy().await.unwrap();
    let path = Path::new("a");
    let snapshot = agentflow_tools::SnapshotId::new("a");
    for (name, error) in [
        (
            "start",
            sandbox.start(SandboxCommand::new("true")).await.map(drop),
        ),
        ("read", sandbox.read_file(path, 9).await.map(drop)),
        ("write", sandbox.write_file(path, b"").await),
        ("list", sandbox.list(Path::new("")).await.map(drop)),
        ("snapshot", sandbox.snapshot().await.map(drop)),
        ("restore", sandbox.restore(&snapshot).await),
        ("pause", sandbox.pause().await),
        ("resume", sandbox.resume().await),
    ] {
        assert!(
            matches!(error, Err(SandboxError::Destroyed)),
            "{name}: {error:?}"
        );
    }
    assert_eq!(std::fs::read(files.path().join("a")).unwrap(), b"a");
}

pub(crate) async fn a_command_ends_with_its_sandbox(backend: Backend) {
    let files = folder(&[]);
    let sandbox = sandbox(&backend, files.path()).await;
    let beats = files.path().join("beats");
    let running = sandbox.start(SandboxCommand::shell(BEATS)).await.unwrap();
    eventually("it starts", || beats.exists()).await;
    sandbox.destroy().await.unwrap();
    let error = running.finish().await.unwrap_err();
    assert!(matches!(error, SandboxError::Destroyed), "{error}");
    let _ = std::fs::remove_file(&beats);
    let other = self::sandbox(&backend, files.path()).await;
    let output = sh(&other, "sleep 0.3; test ! -e beats").await;
    assert!(output.status.is_success(), "it still beats");
}

pub(crate) async fn a_sweep_leaves_the_living_alone(backend: Backend) {
    let files = folder(&[]);
    let sandbox = sandbox(&backend, files.path()).await;
    sh(&sandbox, "echo kept > ~/a").await;
    let swept = backend.sweep().await.unwrap();
    assert!(!swept.destroyed.contains(sandbox.id()), "{swept:?}");
    assert_eq!(sh(&sandbox, "cat ~/a").await.stdout, "kept\n");
}
