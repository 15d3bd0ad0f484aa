//! How many commits SQLite takes a second on this disk, beside a bare transaction of
//! one row of that size. Run: `cargo bench -p agentflow-sql`, with `TMPDIR` on the
//! disk in question. The cases take turns in short windows, so that whatever else the
//! machine does falls on all of them; printed is each case's median and its ratio to
//! the bare transaction's.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement, not a library"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointSource, Checkpointer, CommitRequest, FORMAT, Fence, Lease, LeaseGrant,
    LeaseRequest, OwnerId, Takeover,
};
use agentflow_core::{CheckpointId, Namespace, Origin, Step, Timestamp};
use agentflow_sql::{SqliteCheckpointer, SqliteOptions, Synchronous};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::task::JoinSet;

const WINDOW: Duration = Duration::from_millis(400);
const ROUNDS: usize = 9;
const THREADS: [usize; 3] = [1, 10, 100];
const VALUE_BYTES: usize = 256;
const LOADS: u32 = 2_000;

#[tokio::main(worker_threads = 2)]
async fn main() {
    for (name, ours, theirs) in [
        ("FULL", Synchronous::Full, SqliteSynchronous::Full),
        ("NORMAL", Synchronous::Normal, SqliteSynchronous::Normal),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut bare = bare_database(&folder.path().join("bare.db"), theirs).await;
        let options = SqliteOptions {
            synchronous: ours,
            ..SqliteOptions::default()
        };
        let path = folder.path().join("threads.db");
        let store = Arc::new(SqliteCheckpointer::open_with(path, options).await.unwrap());
        let mut rates = [const { Vec::new() }; 1 + THREADS.len()];
        for round in 0..ROUNDS {
            rates[0].push(bare_rows(&mut bare).await);
            for (case, threads) in THREADS.into_iter().enumerate() {
                rates[case + 1].push(commits(&store, round, threads).await);
            }
        }
        let [bare, ours @ ..] = rates.map(median);
        println!("{name:>6}  bare one-row transaction {bare:>7.0}/s");
        for (threads, rate) in THREADS.into_iter().zip(ours) {
            let ratio = rate / bare;
            println!(
                "{name:>6}  {threads:>3} threads commit       {rate:>7.0}/s  {ratio:.2} of bare"
            );
        }
    }
    loads().await;
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn bare_database(path: &Path, synchronous: SqliteSynchronous) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .disable_statement_logging();
    let mut conn = options.connect().await.unwrap();
    let table = "CREATE TABLE rows (id INTEGER PRIMARY KEY, value BLOB)";
    sqlx::query(table).execute(&mut conn).await.unwrap();
    conn
}

async fn bare_rows(conn: &mut SqliteConnection) -> f64 {
    let row = vec![7_u8; VALUE_BYTES];
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < WINDOW {
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let insert = sqlx::query("INSERT INTO rows (value) VALUES (?1)").bind(row.as_slice());
        insert.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        count += 1;
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

async fn commits(store: &Arc<SqliteCheckpointer>, round: usize, threads: usize) -> f64 {
    let mut leases = Vec::new();
    for thread in 0..threads {
        leases.push(lease(store, &format!("{round}-{threads}-{thread}")).await);
    }
    let begun = Instant::now();
    let mut writers = JoinSet::new();
    for lease in leases {
        let store = Arc::clone(store);
        writers.spawn(async move {
            let mut head = None;
            while begun.elapsed() < WINDOW {
                head = Some(commit(&store, &lease, head).await);
            }
            head.map_or(0, |head| head.0)
        });
    }
    let count: u64 = writers.join_all().await.iter().sum();
    count as f64 / begun.elapsed().as_secs_f64()
}

/// The same load after ten and after many checkpoints: its cost must not follow them.
async fn loads() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions {
        synchronous: Synchronous::Normal,
        ..SqliteOptions::default()
    };
    let path = folder.path().join("threads.db");
    let store = SqliteCheckpointer::open_with(path, options).await.unwrap();
    let lease = lease(&store, "t").await;
    let mut head = None;
    for history in [10_u64, 1_000, 20_000] {
        while head.is_none_or(|head: CheckpointId| head.0 < history) {
            head = Some(commit(&store, &lease, head).await);
        }
        let begun = Instant::now();
        for _ in 0..LOADS {
            store
                .load(&lease.thread, &Namespace::root(), None)
                .await
                .unwrap()
                .unwrap();
        }
        println!(
            "load after {history:>6} checkpoints  {:?}",
            begun.elapsed() / LOADS
        );
    }
}

async fn lease(store: &SqliteCheckpointer, thread: &str) -> Lease {
    let request = LeaseRequest {
        thread: thread.into(),
        owner: OwnerId("bench".to_owned()),
        now: Timestamp(0),
        ttl: Duration::from_secs(60),
        takeover: Takeover::Expired,
    };
    match store.acquire_lease(request).await.unwrap() {
        LeaseGrant::Granted(lease) => lease,
        held @ LeaseGrant::Held { .. } => panic!("{held:?}"),
    }
}

async fn commit(
    store: &SqliteCheckpointer,
    lease: &Lease,
    head: Option<CheckpointId>,
) -> CheckpointId {
    let id = CheckpointId::after(head);
    let checkpoint = Checkpoint {
        format: FORMAT,
        id,
        parent: head,
        step: Step(0),
        source: CheckpointSource::Loop,
        created_at: Timestamp(0),
        fingerprint: "shape".into(),
        state_version: 1,
        fields: [("value", id)].into(),
        next: Vec::new(),
        joins: Vec::new(),
        deferred: Vec::new(),
        origin: Origin::default(),
        run: 0,
        metadata: Default::default(),
        inner: Default::default(),
        ran: Vec::new(),
    };
    let fence = Fence {
        thread: lease.thread.clone(),
        epoch: lease.epoch,
    };
    let changed = vec![("value".into(), vec![7; VALUE_BYTES])];
    let namespace = Namespace::root();
    let request = CommitRequest {
        fence,
        namespace,
        expected_head: head,
        checkpoint: Box::new(checkpoint),
        changed,
        records: Vec::new(),
        taken: Vec::new(),
    };
    store.commit(request).await.unwrap();
    id
}
