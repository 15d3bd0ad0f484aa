//! Effects that share a transaction with their record, on both databases: each makes a
//! booking in a table beside the threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use agentflow_core::checkpoint::{
    Checkpointer, LeaseGrant, LeaseRequest, MemoryCheckpointer, OwnerId, Takeover,
};
use agentflow_core::{
    NodeContext, NodeError, NodeResult, RetryPolicy, START, State, StateGraph, Timestamp,
};
use agentflow_sql::{PostgresCheckpointer, SqliteCheckpointer};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
struct Order {
    booking: Option<i64>,
}

/// Takes the lease of whoever holds it.
async fn steal(store: &impl Checkpointer, thread: &str) {
    let mut takeover = Takeover::Expired;
    loop {
        let grant = store.acquire_lease(LeaseRequest {
            thread: thread.into(),
            owner: OwnerId("thief".to_owned()),
            now: Timestamp(0),
            ttl: Duration::from_secs(60),
            takeover,
        });
        match grant.await.unwrap() {
            LeaseGrant::Granted(_) => return,
            LeaseGrant::Held { epoch, .. } => takeover = Takeover::FromGone(epoch),
        }
    }
}

macro_rules! graph_of {
    ($node:expr) => {
        StateGraph::new()
            .add_node("book", $node)
            .add_edge(START, "book")
    };
}

/// The tests of one database. `$open` gives two stores on the same fresh database, and what
/// keeps it; `$book` makes a booking, `$fail` makes one and fails; `$count` counts them.
macro_rules! once_in_tx {
    ($name:ident, $Store:ty, $open:expr, $book:expr, $fail:expr, $count:expr) => {
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn an_attempt_after_it_gets_the_recorded_result() {
                let Some((store, _, kept)) = $open.await else {
                    return;
                };
                let its = Arc::clone(&store);
                let node = move |_: Arc<Order>, cx: NodeContext| {
                    let store = Arc::clone(&its);
                    async move {
                        let booking = $book(&store, &cx).await?;
                        if cx.attempt() < 3 {
                            return Err(NodeError::failed("later"));
                        }
                        NodeResult::Ok(Order::update().booking(booking))
                    }
                };
                let retry = RetryPolicy {
                    first_delay: Duration::from_millis(1),
                    ..RetryPolicy::default()
                };
                let graph = graph_of!(node)
                    .retry("book", retry)
                    .compile_with(Arc::clone(&store))
                    .unwrap();
                let outcome = graph.thread("t").invoke(Order::default()).await.unwrap();
                let booking = outcome.into_done().unwrap().booking;
                assert_eq!((booking, $count(&kept).await), (Some(1), 1));
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_run_after_it_gets_the_recorded_result() {
                let Some((store, again, kept)) = $open.await else {
                    return;
                };
                let runs = Arc::new(AtomicU32::new(0));
                let graph = |store: Arc<$Store>| {
                    let runs = Arc::clone(&runs);
                    let its = Arc::clone(&store);
                    let node = move |_: Arc<Order>, cx: NodeContext| {
                        let (store, runs) = (Arc::clone(&its), Arc::clone(&runs));
                        async move {
                            let booking = $book(&store, &cx).await?;
                            if runs.fetch_add(1, Ordering::SeqCst) == 0 {
                                return Err(NodeError::fatal("the process ends here"));
                            }
                            NodeResult::Ok(Order::update().booking(booking))
                        }
                    };
                    graph_of!(node).compile_with(store).unwrap()
                };
                let first = graph(store);
                first
                    .thread("t")
                    .invoke(Order::default())
                    .await
                    .unwrap_err();
                let second = graph(again);
                let outcome = second.thread("t").proceed().await.unwrap();
                let booking = outcome.into_done().unwrap().booking;
                assert_eq!((booking, $count(&kept).await), (Some(1), 1));
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn an_effect_that_fails_is_undone() {
                let Some((store, _, kept)) = $open.await else {
                    return;
                };
                let its = Arc::clone(&store);
                let node = move |_: Arc<Order>, cx: NodeContext| {
                    let store = Arc::clone(&its);
                    async move {
                        $fail(&store, &cx).await.unwrap_err();
                        let booking = $book(&store, &cx).await?;
                        NodeResult::Ok(Order::update().booking(booking))
                    }
                };
                let graph = graph_of!(node).compile_with(Arc::clone(&store)).unwrap();
                let outcome = graph.thread("t").invoke(Order::default()).await.unwrap();
                outcome.into_done().unwrap();
                assert_eq!($count(&kept).await, 1);
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn who_has_lost_the_lease_books_nothing() {
                let Some((store, _, kept)) = $open.await else {
                    return;
                };
                let its = Arc::clone(&store);
                let node = move |_: Arc<Order>, cx: NodeContext| {
                    let store = Arc::clone(&its);
                    async move {
                        steal(&*store, "t").await;
                        let booking = $book(&store, &cx).await?;
                        NodeResult::Ok(Order::update().booking(booking))
                    }
                };
                let graph = graph_of!(node).compile_with(Arc::clone(&store)).unwrap();
                graph
                    .thread("t")
                    .invoke(Order::default())
                    .await
                    .unwrap_err();
                assert_eq!($count(&kept).await, 0);
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn two_at_once_under_one_name_are_one() {
                let Some((store, _, kept)) = $open.await else {
                    return;
                };
                let its = Arc::clone(&store);
                let node = move |_: Arc<Order>, cx: NodeContext| {
                    let store = Arc::clone(&its);
                    async move {
                        let both = tokio::join!($book(&store, &cx), $book(&store, &cx));
                        assert_eq!(both.0?, both.1?);
                        NodeResult::Ok(Order::update())
                    }
                };
                let graph = graph_of!(node).compile_with(Arc::clone(&store)).unwrap();
                let outcome = graph.thread("t").invoke(Order::default()).await.unwrap();
                outcome.into_done().unwrap();
                assert_eq!($count(&kept).await, 1);
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_run_that_is_kept_elsewhere_is_refused() {
                let Some((store, _, kept)) = $open.await else {
                    return;
                };
                let graph = || {
                    let its = Arc::clone(&store);
                    let node = move |_: Arc<Order>, cx: NodeContext| {
                        let store = Arc::clone(&its);
                        async move {
                            let booking = $book(&store, &cx).await?;
                            NodeResult::Ok(Order::update().booking(booking))
                        }
                    };
                    graph_of!(node)
                };
                let elsewhere = graph().compile_with(MemoryCheckpointer::new()).unwrap();
                let nowhere = graph().compile().unwrap();
                for (graph, want) in [(elsewhere, "kept in memory"), (nowhere, "is not stored")] {
                    let error = graph.thread("t").invoke(Order::default()).await;
                    let error = std::error::Error::source(&error.unwrap_err())
                        .unwrap()
                        .to_string();
                    assert!(error.contains(want), "{error}");
                }
                assert_eq!($count(&kept).await, 0);
            }
        }
    };
}

once_in_tx!(
    sqlite,
    SqliteCheckpointer,
    open_sqlite(),
    book_in_sqlite,
    fail_in_sqlite,
    sqlite_bookings
);
once_in_tx!(
    postgres,
    PostgresCheckpointer,
    open_postgres(),
    book_in_postgres,
    fail_in_postgres,
    postgres_bookings
);

const BOOK: &str = "INSERT INTO bookings DEFAULT VALUES RETURNING id";

async fn book_in_sqlite(store: &SqliteCheckpointer, cx: &NodeContext) -> NodeResult<i64> {
    let book = |tx: &rusqlite::Connection| tx.query_row(BOOK, [], |row| row.get(0));
    store.once_in_tx(cx, "book", book).await
}

async fn fail_in_sqlite(store: &SqliteCheckpointer, cx: &NodeContext) -> NodeResult<i64> {
    let fail = |tx: &rusqlite::Connection| {
        let booking: i64 = tx
            .query_row(BOOK, [], |row| row.get(0))
            .map_err(NodeError::failed)?;
        Err::<i64, _>(NodeError::fatal(format!("not {booking}")))
    };
    store.once_in_tx(cx, "book", fail).await
}

async fn book_in_postgres(store: &PostgresCheckpointer, cx: &NodeContext) -> NodeResult<i64> {
    let booked = store.once_in_tx(cx, "book", async |tx| {
        sqlx::query_scalar(BOOK).fetch_one(tx).await
    });
    booked.await
}

async fn fail_in_postgres(store: &PostgresCheckpointer, cx: &NodeContext) -> NodeResult<i64> {
    let failed = store.once_in_tx(cx, "book", async |tx| {
        let booking: i64 = sqlx::query_scalar(BOOK)
            .fetch_one(tx)
            .await
            .map_err(NodeError::failed)?;
        Err::<i64, _>(NodeError::fatal(format!("not {booking}")))
    });
    failed.await
}

type Opened<S, K> = Option<(Arc<S>, Arc<S>, K)>;

async fn open_sqlite() -> Opened<SqliteCheckpointer, tempfile::TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    let store = SqliteCheckpointer::open(&path).await.unwrap();
    crate::thread::run_sql(&path, "CREATE TABLE bookings (id INTEGER PRIMARY KEY)");
    let again = SqliteCheckpointer::open(&path).await.unwrap();
    Some((Arc::new(store), Arc::new(again), folder))
}

async fn sqlite_bookings(folder: &tempfile::TempDir) -> i64 {
    let path = folder.path().join("threads.db");
    let count = "SELECT count(*) FROM bookings";
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.query_row(count, [], |row| row.get(0)).unwrap()
}

async fn open_postgres() -> Opened<PostgresCheckpointer, String> {
    use sqlx::Connection;
    let address = agentflow_testkit::server("AGENTFLOW_TEST_POSTGRES")?;
    let mut options = crate::pg::options();
    // The effect's tables lie in the schema too, so its name must do without quotes.
    options.schema = options.schema.replace([' ', '"', '-'], "_");
    let address = format!("{address}?options[search_path]={}", options.schema);
    crate::pg::connect(&address, &options)
        .await
        .setup()
        .await
        .unwrap();
    let mut conn = sqlx::PgConnection::connect(&address).await.unwrap();
    sqlx::query("CREATE TABLE bookings (id bigserial PRIMARY KEY)")
        .execute(&mut conn)
        .await
        .unwrap();
    let store = crate::pg::connect(&address, &options).await;
    let again = crate::pg::connect(&address, &options).await;
    Some((Arc::new(store), Arc::new(again), address))
}

async fn postgres_bookings(address: &str) -> i64 {
    use sqlx::Connection;
    let mut conn = sqlx::PgConnection::connect(address).await.unwrap();
    let count = sqlx::query_scalar("SELECT count(*) FROM bookings");
    count.fetch_one(&mut conn).await.unwrap()
}
