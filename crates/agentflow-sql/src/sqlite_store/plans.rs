//! That statements find their rows by indexes: what they cost follows what they look at,
//! not what the file holds.

#![expect(clippy::unwrap_used, reason = "tests")]

use agentflow_core::Timestamp;
use agentflow_core::store::{
    Batch, Filter, IndexConfig, Query, Search, SearchMode, StoreOp, StoreOptions, StorePath,
};
use rusqlite::Connection;

use super::nearest::nearest_sql;
use super::read::PATHS;
use super::search::Asked;
use super::words::words_sql;
use super::write::EXPIRED;
use crate::items::Others;

#[derive(Debug)]
struct NoEmbedder;

#[async_trait::async_trait]
impl agentflow_core::store::Embedder for NoEmbedder {
    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, agentflow_core::BoxError> {
        Ok(texts.iter().map(|_| vec![1.0]).collect())
    }
}

/// What SQLite says it does, a line for each table.
fn plan(conn: &Connection, sql: &str) -> String {
    let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let lines = explain.raw_query().mapped(|row| row.get::<_, String>(3));
    let lines: Vec<String> = lines.map(Result::unwrap).collect();
    lines.join("\n")
}

/// The statements of one search, in the order of: all, words, meaning.
async fn statements(search: Search) -> [String; 3] {
    let options = StoreOptions::default().with_index(IndexConfig::new(NoEmbedder, 1));
    let search = search.query("tea").mode(SearchMode::Hybrid);
    let ops = vec![StoreOp::Search(search.clone())];
    let batch = Batch::prepare(ops, &options).await.unwrap();
    let query = batch.query(0).unwrap();
    let asked = Asked {
        search: &search,
        query,
        matcher: &batch.matcher(0).unwrap(),
        now: Timestamp(0),
    };
    let Query::Hybrid {
        words: Some(words), ..
    } = query
    else {
        panic!("a search for both")
    };
    let (all, words) = (asked.in_order_sql(), words_sql(&asked, words));
    let meaning = nearest_sql(&asked, Others::Last);
    [all, words, meaning].map(|sql| sql.text().to_owned())
}

#[tokio::test]
async fn rows_are_found_by_indexes() {
    let conn = Connection::open_in_memory().unwrap();
    let tables = include_str!("../../migrations/sqlite_store/0001_items.sql");
    conn.execute_batch(tables).unwrap();

    let range = "SEARCH i USING INDEX sqlite_autoindex_store_items_1 (path>? AND path<?)";
    let paths = ["a.b", "a.c"].map(|path| path.parse::<StorePath>().unwrap());
    let filter = Filter::new().gte("n", 1).eq("tag", "x");
    for search in [
        Search::under(&paths[0]),
        Search::under(&paths[0]).filter(filter),
        Search::under_any(&paths),
    ] {
        let [all, words, meaning] = statements(search).await;
        for sql in [&all, &meaning] {
            let plan = plan(&conn, sql);
            assert!(plan.contains(range), "{plan}");
            assert!(
                !plan.contains("TEMP B-TREE"),
                "in order as it is read: {plan}"
            );
        }
        let plan = plan(&conn, &words);
        assert!(plan.contains("SCAN w VIRTUAL TABLE INDEX"), "{plan}");
        assert!(
            plan.contains("SEARCH i USING INTEGER PRIMARY KEY (rowid=?)"),
            "{plan}"
        );
    }
    let [_, _, meaning] = statements(Search::everywhere()).await;
    for (sql, want) in [
        (
            meaning.as_str(),
            "SEARCH v USING INTEGER PRIMARY KEY (rowid=?)",
        ),
        (
            PATHS,
            "SEARCH i USING INDEX sqlite_autoindex_store_items_1 (path>?)",
        ),
        (
            EXPIRED,
            "USING COVERING INDEX store_items_by_end (expires_at<?)",
        ),
    ] {
        let plan = plan(&conn, sql);
        assert!(plan.contains(want), "{plan}");
    }
}
