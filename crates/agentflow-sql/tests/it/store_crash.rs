//! A process that is killed while it puts items loses nothing that it was told is stored,
//! and leaves no batch half done.

use std::io::Write;
use std::path::Path;

use agentflow_core::store::{Delete, Put, Search, SearchMode, Store, StoreExt};
use agentflow_sql::SqliteStore;
use serde_json::json;

use crate::crash::{ACKNOWLEDGED, DATABASE, ROUNDS, kill_after};
use crate::memory::{indexed, keys, path};

const CHILD: &str = "store_crash::child_that_puts_until_it_is_killed";

async fn open(file: &Path) -> SqliteStore {
    SqliteStore::open(file, indexed(&["tea", "cat"]))
        .await
        .unwrap()
}

/// The number that the store is at.
async fn number(store: &SqliteStore) -> u64 {
    let item = store.get(&path("a"), "number").await.unwrap();
    item.map_or(0, |item| item.value["n"].as_u64().unwrap())
}

/// Not a test of its own: the process that the test below starts and kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_that_puts_until_it_is_killed() {
    let Some(file) = std::env::var_os(DATABASE) else {
        return;
    };
    let store = open(Path::new(&file)).await;
    let mut n = number(&store).await;
    loop {
        n += 1;
        // Each batch takes the item of the one before away.
        let put = |key: &str| Put::new(&path("a"), key, json!({ "text": "tea", "n": n })).into();
        let before = (n - 1).to_string();
        let batch = vec![
            put("number"),
            Delete::new(&path("a"), before).into(),
            put(&n.to_string()),
        ];
        store.batch(batch).await.unwrap();
        // One write, so that a line is there wholly or not at all.
        let line = format!("{ACKNOWLEDGED}{n}\n");
        std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_kill_is_there_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("memory.db");
    let mut last = 0;
    for round in 0..ROUNDS {
        let acknowledged = kill_after(&file, CHILD, 1 + round % 7);
        assert_eq!(acknowledged.first(), Some(&(last + 1)), "round {round}");
        let newest = *acknowledged.last().unwrap();

        let store = open(&file).await;
        last = number(&store).await;
        // The one batch that the child may have done and not yet printed.
        assert!(
            (newest..=newest + 1).contains(&last),
            "{last} after {newest}"
        );
        // Values, words and vectors are of one batch.
        let want = [last.to_string(), "number".to_owned()];
        for mode in [SearchMode::Words, SearchMode::Meaning] {
            let tea = Search::everywhere().query("tea").mode(mode);
            assert_eq!(keys(&store, tea.min_similarity(0.9)).await, want);
        }
        assert_eq!(keys(&store, Search::everywhere()).await, want);
        store.close().await;
    }
}
