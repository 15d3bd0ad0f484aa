//! What a store on Postgres says when its database is not as it should be, and how it
//! shares it with threads.

use agentflow_core::CheckpointId;
use agentflow_core::store::{Put, Search, Store, StoreError, StoreExt, StoreOptions};
use agentflow_sql::{PostgresError, PostgresOptions, PostgresStore, Vectors};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::task::JoinSet;

use crate::memory::{indexed, keys, path, put, source};
use crate::pg::{self, run_sql};
use crate::pg_store::{connect, database, fresh, pgvector, server};
use crate::round_trips::counting;
use crate::thread::{commit, expect_whole, head, lease};

fn refusal(error: &StoreError) -> PostgresError {
    source(error)
}

/// The address of another user.
fn as_user(address: &str, user: &str) -> String {
    let (_, rest) = address.split_once('@').unwrap();
    format!("postgres://{user}@{rest}")
}

#[tokio::test]
async fn a_wrong_password_is_told_without_it() {
    let Some(address) = server() else { return };
    let url = as_user(&address, "agentflow:secret");
    let error = PostgresStore::connect(&url, StoreOptions::default())
        .await
        .unwrap_err();
    assert!(
        matches!(refusal(&error), PostgresError::Unauthorized { .. }),
        "{error:?}"
    );
    assert!(!format!("{error:?} {}", refusal(&error)).contains("secret"));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_right_that_is_missing_is_named() {
    let Some(address) = server() else { return };
    let (_store, options) = fresh(&address, StoreOptions::default(), Vectors::Auto).await;
    let user = format!("reader_{}", std::process::id());
    let schema = options.schema.replace('"', "\"\"");
    let grants = format!(
        "CREATE ROLE {user} LOGIN PASSWORD 'readers';
         GRANT USAGE ON SCHEMA \"{schema}\" TO {user};
         GRANT SELECT ON ALL TABLES IN SCHEMA \"{schema}\" TO {user}"
    );
    run_sql(&address, &options, &grants).await;
    let readers = as_user(&address, &format!("{user}:readers"));
    let reader = connect(&readers, StoreOptions::default(), &options).await;
    let read = reader.search(Search::everywhere()).await;
    let written = reader.put(&path("a"), "k", json!({})).await;
    let revoke = format!("DROP OWNED BY {user}; DROP ROLE {user}");
    run_sql(&address, &options, &revoke).await;
    assert_eq!(read.unwrap(), []);
    let error = written.unwrap_err();
    let reason = refusal(&error);
    assert!(
        matches!(reason, PostgresError::NotAllowed { .. }),
        "{error:?}"
    );
    let said = format!("{reason}: {}", std::error::Error::source(&reason).unwrap());
    assert!(
        said.contains(&options.schema) && said.contains("store_locks"),
        "{said}"
    );
}

#[tokio::test]
async fn without_its_tables_a_store_says_what_to_call() {
    let Some(address) = server() else { return };
    let options = database(Vectors::Auto);
    // The tables of threads are not those of items.
    pg::connect(&address, &options).await.setup().await.unwrap();
    let store = connect(&address, indexed(&["tea"]), &options).await;
    for error in [
        store.put(&path("a"), "k", json!({})).await.unwrap_err(),
        store.search(Search::everywhere()).await.unwrap_err(),
        store.sweep().await.unwrap_err(),
    ] {
        let reason = refusal(&error);
        assert!(
            matches!(reason, PostgresError::NotSetUp { .. }),
            "{error:?}"
        );
        assert!(reason.to_string().contains("call `setup` once"));
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_has_nothing_to_do_with_that_of_threads() {
    let Some(address) = server() else { return };
    let (store, options) = fresh(&address, StoreOptions::default(), Vectors::Auto).await;
    let threads = pg::connect(&address, &options).await;
    threads.setup().await.unwrap();
    let newer = "UPDATE store_schema SET version = 99, usable_from = 99";
    run_sql(&address, &options, newer).await;
    let again = PostgresStore::connect_with(&address, StoreOptions::default(), options.clone());
    for error in [again.await.unwrap_err(), store.setup().await.unwrap_err()] {
        let reason = refusal(&error);
        assert!(
            matches!(
                reason,
                PostgresError::NewerSchema {
                    found: 99,
                    known: 1,
                    ..
                }
            ),
            "{error:?}"
        );
    }
    pg::connect(&address, &options).await.setup().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_schema_holds_threads_and_items_whoever_sets_it_up_first() {
    let Some(address) = server() else { return };
    let options = database(Vectors::Auto);
    let mut setups = JoinSet::new();
    for number in 0..8 {
        let (address, options) = (address.clone(), options.clone());
        setups.spawn(async move {
            if number % 2 == 0 {
                let threads = pg::connect(&address, &options).await;
                threads.setup().await.unwrap();
            } else {
                let store = connect(&address, StoreOptions::default(), &options).await;
                store.setup().await.unwrap();
            }
        });
    }
    setups.join_all().await;
    let store = connect(&address, StoreOptions::default(), &options).await;
    let threads = pg::connect(&address, &options).await;
    let of_t = lease(&threads, "t").await;
    let first = commit(&threads, &of_t, None).await.unwrap();
    put(&store, "k", json!({ "n": 1 })).await;
    store.setup().await.unwrap();
    threads.setup().await.unwrap();
    assert_eq!(keys(&store, Search::everywhere()).await, ["k"]);
    expect_whole(&head(&threads, "t").await.unwrap());
    let second = commit(&threads, &of_t, Some(first)).await.unwrap();
    assert_eq!(second, CheckpointId(2));
}

#[tokio::test]
async fn vectors_of_another_length_are_refused_until_the_others_are_gone() {
    for (address, vectors) in [(server(), Vectors::Exact), (pgvector(), Vectors::PgVector)] {
        let Some(address) = address else { continue };
        let (three, options) = fresh(&address, indexed(&["tea", "cat", "sea"]), vectors).await;
        // Connected before there is a vector: the first that is put decides.
        let two = connect(&address, indexed(&["tea", "cat"]), &options).await;
        put(&three, "k", json!({ "text": "tea" })).await;

        let again =
            PostgresStore::connect_with(&address, indexed(&["tea", "cat"]), options.clone());
        let kept = Put::new(&path("a"), "before", json!({})).into();
        let late = Put::new(&path("a"), "late", json!({ "text": "tea" })).into();
        for error in [
            again.await.unwrap_err(),
            two.put(&path("a"), "l", json!({ "text": "tea" }))
                .await
                .unwrap_err(),
            two.batch(vec![kept, late]).await.unwrap_err(),
            two.search(Search::everywhere().query("tea"))
                .await
                .unwrap_err(),
        ] {
            let reason = refusal(&error);
            assert!(
                matches!(
                    reason,
                    PostgresError::OtherIndex {
                        found: 3,
                        wanted: 2,
                        ..
                    }
                ),
                "{error:?}"
            );
        }
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
}

#[tokio::test]
async fn without_pgvector_whoever_asks_for_it_is_told_and_nobody_else_needs_it() {
    let Some(address) = server() else { return };
    // A database that nobody has created the extension in.
    let mut conn = PgConnection::connect(&address).await.unwrap();
    let name = format!("without_vector_{}", std::process::id());
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create).execute(&mut conn).await.unwrap();
    let (before, _) = address.rsplit_once('/').unwrap();
    let bare = format!("{before}/{name}");

    let (store, options) = fresh(&bare, indexed(&["tea"]), Vectors::Auto).await;
    put(&store, "k", json!({ "text": "tea" })).await;
    let tea = || Search::everywhere().query("tea");
    assert_eq!(keys(&store, tea()).await, ["k"]);
    let options = PostgresOptions {
        vectors: Vectors::PgVector,
        ..options
    };
    let wanting = connect(&bare, indexed(&["tea"]), &options).await;
    let refused = wanting.search(tea()).await.unwrap_err();
    let reason = refusal(&refused);
    assert!(
        matches!(reason, PostgresError::NoPgVector { .. }),
        "{refused:?}"
    );
    // Setting it up creates the extension, where the server has it at all.
    let available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'";
    let available: i64 = sqlx::query_scalar(available)
        .fetch_one(&mut conn)
        .await
        .unwrap();
    match wanting.setup().await {
        Ok(()) => assert_eq!(
            (available, keys(&wanting, tea()).await),
            (1, vec!["k".to_owned()])
        ),
        Err(error) => {
            let reason = refusal(&error);
            assert!(
                matches!(reason, PostgresError::NoPgVector { .. }),
                "{error:?}"
            );
            assert_eq!(available, 0);
        }
    }
    store.close().await;
    wanting.close().await;
    let drop = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
    sqlx::raw_sql(drop).execute(&mut conn).await.unwrap();
}

#[tokio::test]
async fn with_pgvector_only_the_nearest_come_over_the_network() {
    let Some(address) = pgvector() else { return };
    let words: Vec<String> = (0..64).map(|n| format!("w{n}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (store, options) = fresh(&address, indexed(&words), Vectors::PgVector).await;
    let puts = (0..500).map(|n| {
        let value = json!({ "text": format!("w{} w{}", n % 64, n % 63) });
        Put::new(&path("a"), format!("{n:03}"), value).into()
    });
    store.batch(puts.collect()).await.unwrap();
    let mut sent = Vec::new();
    let mut found = Vec::new();
    for vectors in [Vectors::Exact, Vectors::Auto] {
        let options = PostgresOptions {
            vectors,
            ..options.clone()
        };
        let proxy = counting(&address).await;
        let store = connect(&proxy.address, indexed(&words), &options).await;
        let before = proxy.bytes_answered();
        let search = Search::everywhere().query("w5 w9").limit(5);
        found.push(store.search(search).await.unwrap());
        sent.push(proxy.bytes_answered() - before);
    }
    assert_eq!(found[0], found[1]);
    assert!(sent[1] * 5 < sent[0], "{sent:?}");
}

#[tokio::test]
async fn an_index_is_used_where_it_is_asked_for_and_finds_the_nearest() {
    let Some(address) = pgvector() else { return };
    let words: Vec<String> = (0..16).map(|n| format!("w{n}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (_, options) = fresh(&address, indexed(&words), Vectors::Hnsw).await;
    // Among so few items the planner would rather look at all of them.
    let eager = format!("{address}?options=-c%20enable_sort%3Doff");
    let store = connect(&eager, indexed(&words), &options).await;
    let puts = (0..1_000).map(|n| {
        let word = |k: usize, times: usize| format!("w{} ", k % 16).repeat(times);
        let text = [word(n, 1 + n / 256), word(n / 16, 3), word(n / 64 + 5, 2)].concat();
        Put::new(&path("a"), format!("{n:03}"), json!({ "text": text })).into()
    });
    store.batch(puts.collect()).await.unwrap();
    run_sql(&address, &options, "ANALYZE store_vectors, store_items").await;
    let exact = PostgresOptions {
        vectors: Vectors::Exact,
        ..options.clone()
    };
    let exact = connect(&address, indexed(&words), &exact).await;
    let search = || Search::everywhere().query("w5 w9 w9").limit(5);
    let (found, want) = (
        store.search(search()).await.unwrap(),
        exact.search(search()).await,
    );
    let score = |found: &agentflow_core::store::Found| found.score.unwrap();
    assert_eq!(found.len(), 5);
    assert!((score(&found[0]) - score(&want.unwrap()[0])).abs() < 1e-6);
    // What a connection has counted is told a moment after it was closed.
    store.close().await;
    let used = "SELECT coalesce(max(idx_scan), 0) FROM pg_stat_all_indexes
                WHERE schemaname = $1 AND indexrelname = 'store_vectors_near_16'";
    let mut conn = PgConnection::connect(&address).await.unwrap();
    let mut scans = 0_i64;
    for _ in 0..10_000 {
        let query = sqlx::query_scalar(used).bind(&options.schema);
        scans = query.fetch_one(&mut conn).await.unwrap();
        if scans > 0 {
            break;
        }
    }
    assert!(scans > 0, "the index was not used");
}
