//! Which rows are left when something was forgotten: what no call can read any more
//! should not take room either.

use std::path::Path;

use agentflow_core::checkpoint::{Checkpointer, Delivery, KEYS_MAX};
use agentflow_core::{CheckpointId, Timestamp};
use agentflow_sql::SqliteCheckpointer;

use crate::thread::{append_to, commit, commit_on, head, lease, record_at, run_sql};

const TABLES: [&str; 7] = [
    "graphs",
    "checkpoints",
    "field_values",
    "records",
    "events",
    "event_keys",
    "stream_log",
];

fn rows(path: &Path) -> [i64; 7] {
    let conn = rusqlite::Connection::open(path).unwrap();
    TABLES.map(|table| {
        let count = format!("SELECT count(*) FROM {table}");
        conn.query_row(&count, [], |row| row.get(0)).unwrap()
    })
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
    // Small values lie in the rows of their checkpoints. What is needed of one that goes,
    // here `first` of the first, gets a row of its own.
    for (value, all, newest) in [
        (vec![7; 9], [1, 4, 0, 4, 1, 1, 3], [1, 2, 1, 2, 1, 1, 3]),
        (vec![7; 9_000], [1, 4, 4, 4, 1, 1, 3], [1, 2, 3, 2, 1, 1, 3]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("threads.db");
        let store = SqliteCheckpointer::open(&path).await.unwrap();
        let lease = lease(&store, "t").await;
        let mut at = None;
        for _ in 0..4 {
            let id = CheckpointId::after(at);
            store.commit(commit_on(&lease, at, &value)).await.unwrap();
            store
                .save_records(record_at(&lease, id, b"1"))
                .await
                .unwrap();
            at = Some(id);
        }
        store.deliver(told()).await.unwrap();
        for _ in 0..3 {
            let append = append_to(&lease, &[b"1", b"2"], 3);
            store.append_log(append).await.unwrap();
        }
        assert_eq!(rows(&path), all);

        store.prune(&"t".into(), 2.into()).await.unwrap();
        assert_eq!(rows(&path), newest);
        let stored = head(&store, "t").await.unwrap();
        let want = [
            ("first".into(), b"first".to_vec()),
            ("number".into(), value),
        ];
        assert_eq!(stored.values, want);

        commit(&store, &lease, Some(CheckpointId(4))).await.unwrap();
        store.delete_thread(&"t".into()).await.unwrap();
        assert_eq!(rows(&path), [0; 7]);
    }
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
        );
        let mut request = commit_on(&lease, None, b"1");
        request.taken = vec![event];
        store.commit(request).await.unwrap();
        let [.., events, keys, _] = rows(&path);
        assert_eq!((events, keys), (0, rows_left), "{newest}");
    }
}
