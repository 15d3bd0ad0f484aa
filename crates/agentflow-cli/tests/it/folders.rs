//! Folders that cannot be worked in.

use std::fs::{self, File};

use crate::specimen;
use crate::support::run_demo;

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_with_other_files_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "x").unwrap();
    let ended = run_demo(specimen::clear, folder.path(), &[]).await;
    assert_eq!(ended.exit, 1);
    let error = ended.result()["error"].as_str().unwrap().to_owned();
    assert!(
        error.contains("was not made by agentflow; choose another with --dir"),
        "{error}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_on_a_folder_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lock = File::create(folder.path().join("agentflow.lock")).unwrap();
    lock.lock().unwrap();
    let ended = run_demo(specimen::clear, folder.path(), &[]).await;
    assert_eq!(ended.exit, 1);
    assert!(
        ended.stderr.contains("another run works in `"),
        "{}",
        ended.stderr
    );
    drop(lock);
    let ended = run_demo(specimen::clear, folder.path(), &[]).await;
    assert_eq!(ended.exit, 0, "{}", ended.stderr);
}
