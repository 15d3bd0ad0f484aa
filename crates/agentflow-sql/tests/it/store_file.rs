//! The file of a store over time, between several who open it, and beside threads.

use std::time::Duration;

use agentflow_core::CheckpointId;
use agentflow_core::store::{
    Delete, ListPaths, Put, Search, SearchMode, Store, StoreError, StoreExt, StoreOptions, Ttl,
};
use agentflow_sql::{SqliteCheckpointer, SqliteError, SqliteOptions, SqliteStore};
use serde_json::json;
use tokio::task::JoinSet;

use crate::memory::{indexed, keys, numbered, open, path, put, reason};
use crate::thread::{commit, expect_whole, head, impatient, lease, run_sql};

#[tokio::test]
async fn what_was_put_is_found_after_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("memory.db");
    let words = ["tea", "cat"];
    let store = SqliteStore::open(&file, indexed(&words)).await.unwrap();
    put(&store, "1", json!({ "text": "green tea" })).await;
    put(&store, "2", json!({ "text": "a cat" })).await;
    let before = store.search(Search::everywhere()).await.unwrap();
    store.close().await;

    let store = SqliteStore::open(&file, indexed(&words)).await.unwrap();
    assert_eq!(store.search(Search::everywhere()).await.unwrap(), before);
    let cat = || Search::everywhere().query("cat").limit(1);
    assert_eq!(keys(&store, cat()).await, ["2"]);
    assert_eq!(keys(&store, cat().mode(SearchMode::Words)).await, ["2"]);
}

#[tokio::test]
async fn one_file_holds_threads_and_items_whichever_came_first() {
    for store_first in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("both.db");
        if store_first {
            put(&open(&file).await, "k", json!({ "n": 1 })).await;
        }
        let threads = SqliteCheckpointer::open(&file).await.unwrap();
        let of_t = lease(&threads, "t").await;
        let store = open(&file).await;
        if !store_first {
            put(&store, "k", json!({ "n": 1 })).await;
        }
        let first = commit(&threads, &of_t, None).await.unwrap();
        threads.close().await;
        store.close().await;

        let (store, threads) = (open(&file).await, SqliteCheckpointer::open(&file).await);
        let threads = threads.unwrap();
        assert_eq!(keys(&store, Search::everywhere()).await, ["k"]);
        expect_whole(&head(&threads, "t").await.unwrap());
        put(&store, "l", json!({})).await;
        assert_eq!(
            commit(&threads, &of_t, Some(first)).await.unwrap(),
            CheckpointId(2)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_file_is_opened_by_many_of_both_kinds_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let mut openers = JoinSet::new();
        for opener in 0..8 {
            let file = folder.path().join("both.db");
            openers.spawn(async move {
                if opener % 2 == 0 {
                    put(&open(&file).await, &opener.to_string(), json!({})).await;
                } else {
                    let threads = SqliteCheckpointer::open(&file).await.unwrap();
                    let lease = lease(&threads, &opener.to_string()).await;
                    commit(&threads, &lease, None).await.unwrap();
                }
            });
        }
        openers.join_all().await;
        let store = open(&folder.path().join("both.db")).await;
        assert_eq!(
            keys(&store, Search::everywhere()).await,
            ["0", "2", "4", "6"]
        );
    }
}

#[tokio::test]
async fn what_one_writes_another_reads_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("memory.db");
    let (one, two) = (open(&file).await, open(&file).await);
    for n in 0..10 {
        put(&one, "k", json!({ "n": n })).await;
        let item = two.get(&path("a"), "k").await.unwrap().unwrap();
        assert_eq!(item.value, json!({ "n": n }));
    }
    two.delete(&path("a"), "k").await.unwrap();
    assert_eq!(one.get(&path("a"), "k").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_of_several_stores_on_one_file_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let file = folder.path().join("memory.db");
        writers.spawn(async move {
            let store = open(&file).await;
            for round in 0..20 {
                let value = json!({ "by": writer, "round": round });
                let put = |key: &str| Put::new(&path("a"), key, value.clone()).into();
                store.batch(vec![put("x"), put("y")]).await.unwrap();
                let both = store.search(Search::everywhere()).await.unwrap();
                assert_eq!(both[0].item.value, both[1].item.value);
            }
        });
    }
    writers.join_all().await;
}

#[tokio::test]
async fn a_file_that_is_not_ours_or_newer_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |file: std::path::PathBuf| async move {
        let refused = SqliteStore::open(file, StoreOptions::default()).await;
        let error = refused.unwrap_err();
        assert!(!error.is_retryable());
        reason(&error)
    };
    for (n, sql) in ["CREATE TABLE music (title TEXT)", "PRAGMA user_version = 1"]
        .into_iter()
        .enumerate()
    {
        let file = folder.path().join(format!("other-{n}.db"));
        run_sql(&file, sql);
        let before = std::fs::read(&file).unwrap();
        let refused = refusal(file.clone()).await;
        assert!(
            matches!(refused, SqliteError::OtherDatabase { .. }),
            "{sql}: {refused:?}"
        );
        assert_eq!(std::fs::read(&file).unwrap(), before, "{sql}");
    }

    let file = folder.path().join("newer.db");
    put(&open(&file).await, "k", json!({})).await;
    run_sql(&file, "UPDATE store_schema SET version = 99");
    let refused = refusal(file.clone()).await;
    assert!(
        matches!(
            refused,
            SqliteError::NewerSchema {
                found: 99,
                known: 1,
                ..
            }
        ),
        "{refused:?}"
    );
    // The checkpointer has a version of its own.
    SqliteCheckpointer::open(&file).await.unwrap();
    run_sql(&file, "UPDATE store_schema SET version = 1");
    assert_eq!(keys(&open(&file).await, Search::everywhere()).await, ["k"]);
}

#[tokio::test]
async fn reading_waits_for_no_writer_and_writing_may_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("memory.db");
    put(&open(&file).await, "k", json!({})).await;
    let other = crate::file::hold_write_lock(&file);
    let store = SqliteStore::open_with(&file, StoreOptions::default(), impatient());
    let store = store.await.unwrap();
    assert_eq!(keys(&store, Search::everywhere()).await, ["k"]);
    let refused = store.delete(&path("a"), "k").await.unwrap_err();
    assert!(refused.is_retryable(), "{refused:?}");
    other.execute_batch("ROLLBACK").unwrap();
    store.delete(&path("a"), "k").await.unwrap();
}

#[tokio::test]
async fn a_full_file_refuses_the_batch_and_takes_the_next_that_fits() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("memory.db");
    let limit = SqliteOptions {
        file_bytes_max: Some(400_000),
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open_with(&file, StoreOptions::default(), limit);
    let store = store.await.unwrap();
    put(&store, "small", json!({ "text": "tea" })).await;
    let large = json!({ "text": "x".repeat(800_000) });
    let batch = vec![
        Delete::new(&path("a"), "small").into(),
        Put::new(&path("a"), "large", large).into(),
    ];
    let refused = store.batch(batch).await.unwrap_err();
    assert!(
        matches!(reason(&refused), SqliteError::Full { .. }),
        "{refused:?}"
    );
    assert_eq!(
        keys(&store, Search::everywhere().query("tea")).await,
        ["small"]
    );
    put(&store, "fits", json!({})).await;
}

#[tokio::test]
async fn vectors_of_another_length_are_refused_until_the_others_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("memory.db");
    let three = SqliteStore::open(&file, indexed(&["tea", "cat", "sea"]))
        .await
        .unwrap();
    // Opened before there is a vector: the first that is put decides.
    let two = SqliteStore::open(&file, indexed(&["tea", "cat"]))
        .await
        .unwrap();
    put(&three, "k", json!({ "text": "tea" })).await;

    let expect_refused = |error: StoreError| {
        let refused = reason(&error);
        assert!(
            matches!(
                refused,
                SqliteError::OtherIndex {
                    found: 3,
                    wanted: 2,
                    ..
                }
            ),
            "{refused:?}"
        );
        assert!(
            refused
                .to_string()
                .contains("memory.db` have vectors of 3 numbers, not 2")
        );
    };
    let again = SqliteStore::open(&file, indexed(&["tea", "cat"])).await;
    expect_refused(again.unwrap_err());
    let written = two.put(&path("a"), "l", json!({ "text": "tea" })).await;
    expect_refused(written.unwrap_err());
    let kept = Put::new(&path("a"), "before", json!({})).into();
    let late = Put::new(&path("a"), "late", json!({ "text": "tea" })).into();
    expect_refused(two.batch(vec![kept, late]).await.unwrap_err());
    expect_refused(
        two.search(Search::everywhere().query("tea"))
            .await
            .unwrap_err(),
    );
    // What needs no vectors goes on.
    put(&two, "m", json!({})).await;
    assert_eq!(keys(&two, Search::everywhere()).await, ["k", "m"]);

    three.delete(&path("a"), "k").await.unwrap();
    put(&two, "l", json!({ "text": "tea" })).await;
    assert_eq!(
        keys(&two, Search::everywhere().query("tea")).await,
        ["l", "m"]
    );
}

#[tokio::test]
async fn nothing_is_left_of_what_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("memory.db");
    let store = SqliteStore::open(&file, indexed(&["tea", "cat"]))
        .await
        .unwrap();
    store.batch(numbered(10)).await.unwrap();
    store.delete(&path("a"), "00003").await.unwrap();
    put(&store, "00004", json!({ "text": "cat" })).await;
    put(&store, "00005", json!({ "text": " ", "n": true })).await;
    let brief = Put::new(&path("a"), "00006", json!({ "text": "tea" }));
    let brief = brief.ttl(Ttl::For(Duration::from_micros(1)));
    store.put_with(brief).await.unwrap();
    // The machine's clock counts microseconds: the next call is in a later one or so.
    while store.sweep().await.unwrap() == 0 {}
    store.close().await;

    let rows = |table: &'static str| {
        let file = file.clone();
        async move { count(&file, table) }
    };
    assert_eq!(rows("SELECT count(*) FROM store_items").await, 8);
    assert_eq!(
        rows("SELECT count(*) FROM store_vectors").await,
        7,
        "a blank is not embedded"
    );
    assert_eq!(rows("SELECT count(*) FROM store_words").await, 8);
    let tea = "SELECT count(*) FROM store_words WHERE store_words MATCH 'tea'";
    assert_eq!(rows(tea).await, 6);
}

#[tokio::test]
async fn a_sweep_takes_all_that_has_expired_however_much() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("memory.db");
    let store = open(&file).await;
    for _ in 0..3 {
        store.batch(numbered(1_000)).await.unwrap();
        run_sql(
            &file,
            "UPDATE store_items SET path = CAST(path || x'6200' AS BLOB), expires_at = 1",
        );
    }
    put(&store, "stays", json!({})).await;
    assert_eq!(
        store.list_paths(ListPaths::new()).await.unwrap(),
        [path("a")]
    );
    assert_eq!(store.sweep().await.unwrap(), 3_000);
    assert_eq!(store.sweep().await.unwrap(), 0);
    assert_eq!(keys(&store, Search::everywhere()).await, ["stays"]);
}

fn count(file: &std::path::Path, sql: &'static str) -> i64 {
    let conn = rusqlite::Connection::open(file).unwrap();
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}
