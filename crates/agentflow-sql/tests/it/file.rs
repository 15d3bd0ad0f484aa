//! The file over time and between several who open it.

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{CheckpointError, Checkpointer};
use agentflow_sql::{SqliteCheckpointer, SqliteOptions};
use tokio::task::JoinSet;

use crate::thread::{commit, expect_whole, head, impatient, lease, run_sql, three_checkpoints};

#[tokio::test]
async fn what_was_written_is_there_after_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    three_checkpoints(&path).await;

    let store = SqliteCheckpointer::open(&path).await.unwrap();
    let stored = head(&store, "t").await.unwrap();
    assert_eq!(stored.checkpoint.id, CheckpointId(3));
    expect_whole(&stored);
    let lease = lease(&store, "t").await;
    assert_eq!(lease.epoch.0, 2, "the epoch is remembered too");
    commit(&store, &lease, Some(CheckpointId(3))).await.unwrap();
}

#[tokio::test]
async fn a_write_that_was_sent_before_the_drop_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    let store = SqliteCheckpointer::open(&path).await.unwrap();
    let lease = lease(&store, "t").await;
    {
        let mut dropped = std::pin::pin!(commit(&store, &lease, None));
        tokio::select! {
            biased;
            _ = &mut dropped => {}
            () = std::future::ready(()) => {}
        }
    }
    store.close().await;
    let store = SqliteCheckpointer::open(&path).await.unwrap();
    expect_whole(&head(&store, "t").await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_file_is_opened_by_many_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let mut openers = JoinSet::new();
        for opener in 0..8 {
            let path = folder.path().join("threads.db");
            openers.spawn(async move {
                let store = SqliteCheckpointer::open(path).await.unwrap();
                let thread = format!("t{opener}");
                let lease = lease(&store, &thread).await;
                commit(&store, &lease, None).await.unwrap();
                expect_whole(&head(&store, &thread).await.unwrap());
            });
        }
        openers.join_all().await;
    }
}

#[tokio::test]
async fn what_one_writes_another_reads_at_once_and_is_fenced_by() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    let one = SqliteCheckpointer::open(&path).await.unwrap();
    let two = SqliteCheckpointer::open(&path).await.unwrap();
    let of_one = lease(&one, "t").await;
    let first = commit(&one, &of_one, None).await.unwrap();
    expect_whole(&head(&two, "t").await.unwrap());

    let of_two = lease(&two, "t").await;
    let refused = commit(&one, &of_one, Some(first)).await.unwrap_err();
    assert!(
        matches!(refused, CheckpointError::Fenced { .. }),
        "{refused:?}"
    );
    let second = commit(&two, &of_two, Some(first)).await.unwrap();
    assert_eq!(head(&one, "t").await.unwrap().checkpoint.id, second);
}

#[tokio::test]
async fn opening_and_reading_wait_for_no_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    three_checkpoints(&path).await;
    let other = hold_write_lock(&path);
    let store = SqliteCheckpointer::open_with(&path, impatient())
        .await
        .unwrap();
    expect_whole(&head(&store, "t").await.unwrap());
    drop(other);
}

#[tokio::test]
async fn a_locked_database_is_unavailable_and_later_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    three_checkpoints(&path).await;
    let store = SqliteCheckpointer::open_with(&path, impatient())
        .await
        .unwrap();
    let lease = lease(&store, "t").await;

    let other = hold_write_lock(&path);
    let refused = commit(&store, &lease, Some(CheckpointId(3)))
        .await
        .unwrap_err();
    assert!(refused.is_retryable(), "{refused:?}");
    other.execute_batch("ROLLBACK").unwrap();
    commit(&store, &lease, Some(CheckpointId(3))).await.unwrap();
}

pub(crate) fn hold_write_lock(path: &std::path::Path) -> rusqlite::Connection {
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE").unwrap();
    conn
}

#[tokio::test]
async fn a_full_file_refuses_the_write_and_takes_the_next_that_fits() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions {
        file_bytes_max: Some(400_000),
        ..SqliteOptions::default()
    };
    let path = folder.path().join("threads.db");
    let store = SqliteCheckpointer::open_with(&path, options).await.unwrap();
    let lease = lease(&store, "t").await;
    let first = commit(&store, &lease, None).await.unwrap();

    let too_much = crate::thread::commit_on(&lease, Some(first), &vec![7; 500_000]);
    let refused = store.commit(too_much).await.unwrap_err();
    assert!(!refused.is_retryable());
    let source = std::error::Error::source(&refused).unwrap().to_string();
    assert!(source.contains("no room left"), "{source}");

    expect_whole(&head(&store, "t").await.unwrap());
    commit(&store, &lease, Some(first)).await.unwrap();
    store.delete_thread(&"t".into()).await.unwrap();
}

#[tokio::test]
async fn a_value_that_is_missing_or_damaged_is_an_error_and_not_a_smaller_state() {
    for (damage, want) in [
        (
            "UPDATE checkpoints SET changed = NULL WHERE id = 1",
            "the value of field `first` of thread `t` is missing",
        ),
        (
            "UPDATE checkpoints SET changed = x'ff' WHERE id = 1",
            "the values of checkpoint 1 of thread `t` cannot be read",
        ),
        (
            "UPDATE checkpoints SET body = CAST(x'ff' AS TEXT) WHERE id = 3",
            "is damaged",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("threads.db");
        three_checkpoints(&path).await;
        run_sql(&path, damage);
        let store = SqliteCheckpointer::open(&path).await.unwrap();
        let root = agentflow_core::Namespace::root();
        let error = store.load(&"t".into(), &root, None).await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains(want), "{source}");
    }
}
