//! How many commits Redis takes a second, beside bare round trips: a PING, and a SET of one
//! value of that size. Run: `AGENTFLOW_TEST_REDIS=redis://127.0.0.1:6379 cargo bench -p
//! agentflow-redis`. The cases take turns in short windows, so that whatever else the
//! machine does falls on all of them; printed is each case's median and its ratio to the
//! bare round trips' at as many callers.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement, not a library"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointSource, Checkpointer, CommitRequest, FORMAT, Fence, Lease, LeaseGrant,
    LeaseRequest, OwnerId, Takeover,
};
use agentflow_core::{CheckpointId, Namespace, Origin, Step, Timestamp};
use agentflow_redis::{RedisCheckpointer, RedisOptions};
use redis::aio::ConnectionManager;
use tokio::task::JoinSet;

const WINDOW: Duration = Duration::from_millis(400);
const ROUNDS: usize = 9;
const CALLERS: [usize; 3] = [1, 10, 100];
const VALUE_BYTES: usize = 256;
const LOADS: u32 = 2_000;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let Some(address) = agentflow_testkit::server("AGENTFLOW_TEST_REDIS") else {
        return;
    };
    let prefix = format!("bench-{}", std::process::id());
    let options = RedisOptions {
        prefix: prefix.clone(),
        ..RedisOptions::default()
    };
    let store = RedisCheckpointer::connect_with(&address, options);
    let store = Arc::new(store.await.unwrap());
    let client = redis::Client::open(address).unwrap();
    let bare = ConnectionManager::new(client).await.unwrap();
    for callers in CALLERS {
        let mut rates = [const { Vec::new() }; 3];
        for round in 0..ROUNDS {
            let ping = redis::cmd("PING");
            let mut set = redis::cmd("SET");
            set.arg(format!("{prefix}-bare"))
                .arg(vec![7_u8; VALUE_BYTES]);
            rates[0].push(bare_calls(&bare, &ping, callers).await);
            rates[1].push(bare_calls(&bare, &set, callers).await);
            rates[2].push(commits(&store, round, callers).await);
        }
        let [ping, set, ours] = rates.map(median);
        println!(
            "{callers:>3} callers  PING {ping:>7.0}/s  SET {set:>7.0}/s  commit {ours:>7.0}/s  {:.2} of PING, {:.2} of SET",
            ours / ping,
            ours / set
        );
    }
    loads(&store).await;
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn bare_calls(bare: &ConnectionManager, command: &redis::Cmd, callers: usize) -> f64 {
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..callers {
        let (mut bare, command) = (bare.clone(), command.clone());
        all.spawn(async move {
            let mut count = 0_u64;
            while begun.elapsed() < WINDOW {
                command.query_async::<()>(&mut bare).await.unwrap();
                count += 1;
            }
            count
        });
    }
    let count: u64 = all.join_all().await.iter().sum();
    count as f64 / begun.elapsed().as_secs_f64()
}

async fn commits(store: &Arc<RedisCheckpointer>, round: usize, threads: usize) -> f64 {
    let mut leases = Vec::new();
    for thread in 0..threads {
        leases.push(lease(store, &format!("{round}-{threads}-{thread}")).await);
    }
    let begun = Instant::now();
    let mut writers = JoinSet::new();
    for lease in &leases {
        let (store, lease) = (Arc::clone(store), lease.clone());
        writers.spawn(async move {
            let mut head = None;
            while begun.elapsed() < WINDOW {
                head = Some(commit(&store, &lease, head).await);
            }
            head.map_or(0, |head| head.0)
        });
    }
    let count: u64 = writers.join_all().await.iter().sum();
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    for lease in leases {
        store.delete_thread(&lease.thread).await.unwrap();
    }
    rate
}

/// The same load after ten and after many checkpoints: its cost must not follow them.
async fn loads(store: &RedisCheckpointer) {
    let lease = lease(store, "loads").await;
    let mut head = None;
    for history in [10_u64, 1_000, 20_000] {
        while head.is_none_or(|head: CheckpointId| head.0 < history) {
            head = Some(commit(store, &lease, head).await);
        }
        let begun = Instant::now();
        for _ in 0..LOADS {
            let stored = store.load(&lease.thread, &Namespace::root(), None).await;
            stored.unwrap().unwrap();
        }
        println!(
            "load after {history:>6} checkpoints  {:?}",
            begun.elapsed() / LOADS
        );
    }
    store.delete_thread(&lease.thread).await.unwrap();
}

async fn lease(store: &RedisCheckpointer, thread: &str) -> Lease {
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
    store: &RedisCheckpointer,
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
    let request = CommitRequest {
        fence: Fence {
            thread: lease.thread.clone(),
            epoch: lease.epoch,
        },
        namespace: Namespace::root(),
        expected_head: head,
        checkpoint: Box::new(checkpoint),
        changed: vec![("value".into(), vec![7; VALUE_BYTES])],
        records: Vec::new(),
        taken: Vec::new(),
    };
    store.commit(request).await.unwrap();
    id
}
