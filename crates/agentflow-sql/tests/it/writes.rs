//! What the writer adds to the suite: its limits and its batches.

use std::sync::Arc;

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{CheckpointError, Checkpointer};
use agentflow_sql::SqliteCheckpointer;
use tokio::task::JoinSet;

use crate::thread::{commit, commit_on, expect_whole, head, lease, record_at, run_sql};

async fn open(folder: &tempfile::TempDir) -> SqliteCheckpointer {
    SqliteCheckpointer::open(folder.path().join("threads.db"))
        .await
        .unwrap()
}

fn source_of(error: &CheckpointError) -> String {
    std::error::Error::source(error).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_the_database_refuses_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&folder).await);
    let spoiler = lease(&store, "spoiler").await;
    let at = commit(&store, &spoiler, None).await.unwrap();
    run_sql(
        store.path(),
        "CREATE TRIGGER spoil BEFORE INSERT ON checkpoints WHEN instr(new.changed, x'6c6f7374')
         BEGIN SELECT raise(ABORT, 'spoilt'); END",
    );
    for round in 0..10 {
        let mut writers = JoinSet::new();
        for neighbour in 0..8 {
            let store = Arc::clone(&store);
            writers.spawn(async move {
                let thread = format!("t{round}-{neighbour}");
                let lease = lease(&store, &thread).await;
                commit(&store, &lease, None).await.unwrap();
                expect_whole(&head(&store, &thread).await.unwrap());
            });
        }
        // The right head, and a fault that shows only when the last row is written.
        let spoilt = commit_on(&spoiler, Some(at), b"lost");
        let refused = store.commit(spoilt).await.unwrap_err();
        assert!(
            source_of(&refused).contains("SQLite refused"),
            "{refused:?}"
        );
        writers.join_all().await;
    }
    let stored = head(&store, "spoiler").await.unwrap();
    assert_eq!(stored.checkpoint.id, at);
    expect_whole(&stored);
}

#[tokio::test]
async fn what_a_caller_mixes_up_or_overstretches_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let lease = lease(&store, "t").await;
    let first = commit(&store, &lease, None).await.unwrap();

    let mut other_thread = record_at(&lease, first, b"");
    other_thread.checkpoint.thread = "other".into();
    let refused = store.save_records(other_thread).await.unwrap_err();
    assert!(
        source_of(&refused).contains("names thread `other`"),
        "{refused:?}"
    );

    let mut huge_number = commit_on(&lease, Some(first), b"");
    huge_number.checkpoint.id = CheckpointId(u64::MAX);
    let refused = store.commit(huge_number).await.unwrap_err();
    assert!(source_of(&refused).contains("numbers up to"), "{refused:?}");

    let huge = vec![0; agentflow_sql::VALUE_BYTES_MAX + 1];
    let refused = store
        .commit(commit_on(&lease, Some(first), &huge))
        .await
        .unwrap_err();
    assert!(
        source_of(&refused).contains("a field's value has 268435457 bytes"),
        "{refused:?}"
    );
    expect_whole(&head(&store, "t").await.unwrap());
}

#[tokio::test]
async fn a_checkpoint_of_a_newer_format_is_told_and_not_misread() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let lease = lease(&store, "t").await;
    let mut newer = commit_on(&lease, None, b"1");
    newer.checkpoint.format = agentflow_core::checkpoint::FORMAT + 1;
    store.commit(newer).await.unwrap();
    let namespace = agentflow_core::Namespace::root();
    let error = store.load(&"t".into(), &namespace, None).await.unwrap_err();
    assert!(
        matches!(error, CheckpointError::TooNew { found, .. } if found == agentflow_core::checkpoint::FORMAT + 1),
        "{error:?}"
    );
}
