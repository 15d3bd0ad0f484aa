//! Which rows are left when something was forgotten: what no call can read any more
//! should not take room either.

use std::path::Path;

use agentflow_core::checkpoint::{Checkpointer, Delivery, KEYS_MAX};
use agentflow_core::{CheckpointId, Timestamp};
use agentflow_sql::SqliteCheckpointer;
use sqlx::{ConnectOptions, Connection};

use crate::thread::{append_to, commit, commit_on, lease, record_at, run_sql};

const TABLES: [&str; 7] = [
    "graphs",
    "checkpoints",
    "field_values",
    "records",
    "events",
    "event_keys",
    "stream_log",
];

async fn rows(path: &Path) -> [i64; 7] {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut conn = options.connect().await.unwrap();
    let mut counts = [0; 7];
    for (count, table) in counts.iter_mut().zip(TABLES) {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        *count = sqlx::query_scalar(sql).fetch_one(&mut conn).await.unwrap();
    }
    conn.close().await.unwrap();
    counts
}

fn told() -> Delivery {
    Delivery {
        thread: "t".into(),
        name: "told".to_owned(),
        payload: Vec::new(),
        key: Some("k".to_owned()),
        now: Timestamp(0),
    }
}

#[tokio::test]
async fn what_was_forgotten_leaves_no_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    let store = SqliteCheckpointer::open(&path).await.unwrap();
    let lease = lease(&store, "t").await;
    let mut head = None;
    for _ in 0..4 {
        let id = commit(&store, &lease, head).await.unwrap();
        store
            .save_records(record_at(&lease, id, b"1"))
            .await
            .unwrap();
        head = Some(id);
    }
    store.deliver(told()).await.unwrap();
    for _ in 0..3 {
        let append = append_to(&lease, &[b"1", b"2"], 3);
        store.append_log(append).await.unwrap();
    }
    // `number` of each checkpoint, and `first` of the first.
    assert_eq!(rows(&path).await, [1, 4, 5, 4, 1, 1, 3]);

    store.prune(&"t".into(), 2.into()).await.unwrap();
    assert_eq!(rows(&path).await, [1, 2, 3, 2, 1, 1, 3]);
    commit(&store, &lease, Some(CheckpointId(4))).await.unwrap();
    store.delete_thread(&"t".into()).await.unwrap();
    assert_eq!(rows(&path).await, [0; 7]);
}

#[tokio::test]
async fn a_taken_key_is_forgotten_after_enough_newer_events() {
    for (newest, rows_left) in [(KEYS_MAX, 1), (KEYS_MAX + 1, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("threads.db");
        let store = SqliteCheckpointer::open(&path).await.unwrap();
        let lease = lease(&store, "t").await;
        let event = store.deliver(told()).await.unwrap();
        run_sql(
            &path,
            &format!("UPDATE threads SET newest_event = {newest}"),
        )
        .await;
        let mut request = commit_on(&lease, None, b"1");
        request.taken = vec![event];
        store.commit(request).await.unwrap();
        let [.., events, keys, _] = rows(&path).await;
        assert_eq!((events, keys), (0, rows_left), "{newest}");
    }
}
