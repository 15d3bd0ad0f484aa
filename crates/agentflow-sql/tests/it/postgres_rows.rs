//! In which rows of a Postgres database a superstep lies, and what they are checked for
//! while somebody else writes them.

use std::error::Error;
use std::sync::Arc;

use agentflow_core::checkpoint::{CheckpointError, Checkpointer, Epoch, Lease};
use agentflow_core::{CheckpointId, FieldName, Namespace};
use agentflow_sql::{DataError, PostgresCheckpointer, PostgresError, PostgresOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::pg::{connect, fresh, run_sql};
use crate::thread::{commit, commit_on, expect_whole, head, lease, record_at};

const TABLES: [&str; 4] = ["graphs", "checkpoints", "field_values", "records"];

/// Larger than what lies in the row of a checkpoint.
const LARGE: usize = 10_000;

fn server() -> Option<String> {
    agentflow_testkit::server("AGENTFLOW_TEST_POSTGRES")
}

async fn session(address: &str, options: &PostgresOptions) -> PgConnection {
    let mut conn = PgConnection::connect(address).await.unwrap();
    let schema = options.schema.replace('"', "\"\"");
    let path = AssertSqlSafe(format!("SET search_path TO \"{schema}\""));
    sqlx::raw_sql(path).execute(&mut conn).await.unwrap();
    conn
}

async fn rows(conn: &mut PgConnection) -> [i64; 4] {
    let mut counts = [0; 4];
    for (count, table) in counts.iter_mut().zip(TABLES) {
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        *count = sqlx::query_scalar(sql).fetch_one(&mut *conn).await.unwrap();
    }
    counts
}

/// A superstep that changes `number`, and `large` as well.
async fn commit_large(store: &PostgresCheckpointer, lease: &Lease, at: CheckpointId) {
    let mut request = commit_on(lease, Some(at), b"small");
    let id = request.checkpoint.id;
    request.checkpoint.fields.insert("large", id);
    request.changed.push(("large".into(), vec![7; LARGE]));
    store.commit(request).await.unwrap();
}

#[tokio::test]
async fn a_superstep_of_small_values_is_one_row_and_what_was_forgotten_leaves_none() {
    let Some(address) = server() else { return };
    let (store, options) = fresh(&address).await;
    let mut conn = session(&address, &options).await;
    let lease = lease(&store, "t").await;
    let mut at = None;
    for _ in 0..4 {
        let id = commit(&store, &lease, at).await.unwrap();
        store
            .save_records(record_at(&lease, id, b"1"))
            .await
            .unwrap();
        at = Some(id);
    }
    assert_eq!(rows(&mut conn).await, [1, 4, 0, 4]);
    commit_large(&store, &lease, CheckpointId(4)).await;
    assert_eq!(rows(&mut conn).await, [1, 5, 1, 4]);
    let stored = head(&store, "t").await.unwrap();
    let want: [(FieldName, Vec<u8>); 3] = [
        ("first".into(), b"first".to_vec()),
        ("large".into(), vec![7; LARGE]),
        ("number".into(), b"small".to_vec()),
    ];
    assert_eq!(stored.values, want);

    // `first` lay in a row that went.
    assert_eq!(store.prune(&"t".into(), 2.into()).await.unwrap(), 3);
    assert_eq!(rows(&mut conn).await, [1, 2, 2, 1]);
    assert_eq!(head(&store, "t").await.unwrap(), stored);
    assert_eq!(store.prune(&"t".into(), 1.into()).await.unwrap(), 1);
    assert_eq!(rows(&mut conn).await, [1, 1, 2, 0]);
    assert_eq!(head(&store, "t").await.unwrap(), stored);

    store.delete_thread(&"t".into()).await.unwrap();
    assert_eq!(rows(&mut conn).await, [0; 4]);
    let late = commit(&store, &lease, Some(CheckpointId(5))).await;
    assert!(
        matches!(late, Err(CheckpointError::Conflict { found: None, .. })),
        "{late:?}"
    );
    assert_eq!(rows(&mut conn).await, [0; 4]);
}

#[tokio::test]
async fn a_copy_goes_on_from_its_own_head() {
    let Some(address) = server() else { return };
    let (store, _) = fresh(&address).await;
    let first = lease(&store, "t").await;
    let mut at = None;
    for _ in 0..3 {
        at = Some(commit(&store, &first, at).await.unwrap());
    }
    store
        .copy_thread(&"t".into(), &"copy".into())
        .await
        .unwrap();
    let second = lease(&store, "copy").await;
    let mut copy_at = at;
    for _ in 0..3 {
        copy_at = Some(commit(&store, &second, copy_at).await.unwrap());
        expect_whole(&head(&store, "copy").await.unwrap());
    }
    commit(&store, &first, at).await.unwrap();
    for (thread, want) in [("t", 4), ("copy", 6)] {
        let stored = head(&store, thread).await.unwrap();
        assert_eq!(stored.checkpoint.id, CheckpointId(want));
        expect_whole(&stored);
    }
}

#[tokio::test]
async fn a_row_whose_values_somebody_has_changed_is_told() {
    let Some(address) = server() else { return };
    let (store, options) = fresh(&address).await;
    let lease = lease(&store, "t").await;
    let at = commit(&store, &lease, None).await.unwrap();
    commit(&store, &lease, Some(at)).await.unwrap();
    let damage = "UPDATE checkpoints SET changed = '\\x05' WHERE id = 1";
    run_sql(&address, &options, damage).await;
    let loaded = store.load(&"t".into(), &Namespace::root(), None).await;
    let pruned = store.prune(&"t".into(), 1.into()).await.map(|_| None);
    for refused in [loaded, pruned] {
        let error = refused.unwrap_err();
        let reason = error.source().and_then(|source| source.downcast_ref());
        assert!(
            matches!(
                reason,
                Some(PostgresError::Data(DataError::ValuesDamaged { id, .. })) if *id == at
            ),
            "{error:?}"
        );
    }
}

/// The statement of the superstep has begun before, so that it sees the rows as they were.
#[tokio::test]
async fn a_superstep_that_waited_for_another_writer_is_checked_by_what_that_one_wrote() {
    let Some(address) = server() else { return };
    let steal = "UPDATE threads SET epoch = epoch + 1, owner = 'thief'";
    let go_on = "
        WITH moved AS (UPDATE threads SET head = 3 RETURNING root)
        INSERT INTO checkpoints
        SELECT root, 3, format, body, changed FROM moved, checkpoints";
    let delete = "SELECT delete_thread('t')";
    for (name, other) in [("steal", steal), ("go on", go_on), ("delete", delete)] {
        let (_, options) = fresh(&address).await;
        let who = format!("late-{}-{}", std::process::id(), name.len());
        let named = format!("{address}?application_name={who}");
        let store = Arc::new(connect(&named, &options).await);
        let held = lease(&*store, "t").await;
        let at = commit(&*store, &held, None).await.unwrap();
        let mut conn = session(&address, &options).await;
        let mut tx = conn.begin().await.unwrap();
        sqlx::raw_sql(other).execute(&mut *tx).await.unwrap();
        let late = tokio::spawn({
            let (store, held) = (Arc::clone(&store), held.clone());
            async move { commit(&*store, &held, Some(at)).await }
        });
        let waits = "SELECT count(*) FROM pg_stat_activity
                     WHERE application_name = $1 AND wait_event_type = 'Lock'";
        let mut watching = PgConnection::connect(&address).await.unwrap();
        let mut waiting = 0_i64;
        while waiting == 0 {
            let count = sqlx::query_scalar(waits).bind(&who);
            waiting = count.fetch_one(&mut watching).await.unwrap();
        }
        tx.commit().await.unwrap();
        let refused = late.await.unwrap().unwrap_err();
        let found = match refused {
            CheckpointError::Fenced {
                current: Epoch(2),
                holder,
                ..
            } => holder.map(|holder| holder.0),
            CheckpointError::Conflict { found, .. } => found.map(|found| found.to_string()),
            other => panic!("{name}: {other:?}"),
        };
        let want = match name {
            "steal" => Some("thief"),
            "go on" => Some("3"),
            _ => None,
        };
        assert_eq!(found.as_deref(), want, "{name}");
    }
}
