//! Folders, sandboxes and observations that several tests need.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agentflow_tools::{
    Bubblewrap, CommandOutput, ProcessSandbox, Sandbox, SandboxCommand, Workspace,
};
use tempfile::TempDir;

/// Longest wait for something that happens in a moment or never.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

pub(crate) fn workspace(files: &[(&str, &str)]) -> (TempDir, Workspace) {
    let folder = folder(files);
    let workspace = Workspace::open(folder.path()).unwrap();
    (folder, workspace)
}

/// Bubblewrap, unless this machine cannot run it; then that is said aloud.
pub(crate) async fn bubblewrap() -> Option<Arc<dyn Sandbox>> {
    match Bubblewrap::detect().await {
        Ok(sandbox) => Some(Arc::new(sandbox)),
        Err(error) => {
            eprintln!(
                "SKIPPED: nothing about isolation is tested: {error}; {}",
                error.hint()
            );
            None
        }
    }
}

/// Every sandbox that works here.
pub(crate) async fn sandboxes() -> Vec<Arc<dyn Sandbox>> {
    let plain: Arc<dyn Sandbox> = Arc::new(ProcessSandbox::detect().await);
    [Some(plain), bubblewrap().await]
        .into_iter()
        .flatten()
        .collect()
}

pub(crate) async fn shell(sandbox: &Arc<dyn Sandbox>, folder: &Path, line: &str) -> CommandOutput {
    sandbox
        .run(SandboxCommand::shell(folder, line))
        .await
        .unwrap()
}

/// A text that no other process on this machine has among its arguments.
pub(crate) fn marker() -> String {
    let name = tempfile::Builder::new().rand_bytes(12).tempfile().unwrap();
    let name: String = name
        .path()
        .file_name()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    format!("marker-{}", name.trim_start_matches('.'))
}

/// Processes on this machine, but for dead ones, with `text` among their arguments.
pub(crate) fn processes_with(text: &str) -> Vec<PathBuf> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let with_text = processes
        .flatten()
        .map(|entry| entry.path())
        .filter(|process| {
            let arguments = fs::read(process.join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&arguments).contains(text)
        });
    with_text.collect()
}

/// Waits, without a clock of its own, until `done` says so.
pub(crate) async fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !done() {
            tokio::task::yield_now().await;
        }
    });
    assert!(waited.await.is_ok(), "never happened: {what}");
}
