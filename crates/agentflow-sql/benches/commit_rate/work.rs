//! What is measured on every database: threads that commit, and the loads after them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointSource, Checkpointer, CommitRequest, FORMAT, Fence, Lease, LeaseGrant,
    LeaseRequest, OwnerId, Takeover,
};
use agentflow_core::{CheckpointId, Namespace, Origin, Step, Timestamp};
use tokio::task::JoinSet;

pub(crate) const WINDOW: Duration = Duration::from_millis(400);
pub(crate) const ROUNDS: usize = 9;
pub(crate) const THREADS: [usize; 3] = [1, 10, 100];
pub(crate) const VALUE_BYTES: usize = 256;
const LOADS: u32 = 2_000;

/// The rates of the bare transaction and of each number of threads, a window each.
pub(crate) type Rates = [Vec<f64>; 1 + THREADS.len()];

/// A window for each number of threads.
pub(crate) async fn commits(
    store: &Arc<impl Checkpointer + 'static>,
    round: usize,
    rates: &mut Rates,
) {
    for (case, threads) in THREADS.into_iter().enumerate() {
        rates[case + 1].push(rate(store, round, threads).await);
    }
}

pub(crate) fn print(name: &str, rates: Rates) {
    let [bare, ours @ ..] = rates.map(median);
    println!("{name:>8}  bare one-row transaction {bare:>7.0}/s");
    for (threads, rate) in THREADS.into_iter().zip(ours) {
        let ratio = rate / bare;
        println!("{name:>8}  {threads:>3} threads commit       {rate:>7.0}/s  {ratio:.2} of bare");
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn rate(store: &Arc<impl Checkpointer + 'static>, round: usize, threads: usize) -> f64 {
    let mut leases = Vec::new();
    for thread in 0..threads {
        leases.push(lease(&**store, &format!("{round}-{threads}-{thread}")).await);
    }
    let begun = Instant::now();
    let mut writers = JoinSet::new();
    for lease in leases {
        let store = Arc::clone(store);
        writers.spawn(async move {
            let mut head = None;
            while begun.elapsed() < WINDOW {
                head = Some(commit(&*store, &lease, head).await);
            }
            head.map_or(0, |head| head.0)
        });
    }
    let count: u64 = writers.join_all().await.iter().sum();
    count as f64 / begun.elapsed().as_secs_f64()
}

/// The same load after ten and after many checkpoints: its cost must not follow them.
pub(crate) async fn loads(store: &impl Checkpointer) {
    let lease = lease(store, "t").await;
    let mut head = None;
    for history in [10_u64, 1_000, 20_000] {
        while head.is_none_or(|head: CheckpointId| head.0 < history) {
            head = Some(commit(store, &lease, head).await);
        }
        let begun = Instant::now();
        for _ in 0..LOADS {
            let loaded = store.load(&lease.thread, &Namespace::root(), None).await;
            loaded.unwrap().unwrap();
        }
        println!(
            "{:>8}  load after {history:>6} checkpoints  {:?}",
            store.backend(),
            begun.elapsed() / LOADS
        );
    }
}

async fn lease(store: &impl Checkpointer, thread: &str) -> Lease {
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
    store: &impl Checkpointer,
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
