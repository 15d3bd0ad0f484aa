//! What tests of single steps need: a store on the server that all tests share, and one
//! thread's commits.

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointSource, CommitRequest, FORMAT, Fence, Lease, LeaseGrant, LeaseRequest,
    OwnerId, Takeover,
};
use agentflow_core::{CheckpointId, Clock as _, Namespace, Origin, Step, SystemClock, Timestamp};

use crate::connect;
use crate::keys::Keys;
use crate::options::RedisOptions;
use crate::store::Store;

/// A store in a place of its own, if there is a server.
pub(crate) async fn store(test: &str) -> Option<Store> {
    let address = agentflow_testkit::server("AGENTFLOW_TEST_REDIS")?;
    let options = RedisOptions {
        prefix: format!("test-{test}-{}", SystemClock.now().0),
        ..RedisOptions::default()
    };
    let server = connect::one(&address, &options).await.unwrap();
    Some(Store::new(
        server,
        Keys::new(&options.prefix).unwrap(),
        &options,
    ))
}

pub(crate) async fn lease(store: &Store) -> Lease {
    let request = LeaseRequest {
        thread: "t".into(),
        owner: OwnerId("test".to_owned()),
        now: Timestamp(0),
        ttl: std::time::Duration::from_secs(60),
        takeover: Takeover::Expired,
    };
    match store.acquire(request).await.unwrap() {
        LeaseGrant::Granted(lease) => lease,
        held @ LeaseGrant::Held { .. } => panic!("{held:?}"),
    }
}

/// Commits on the head `id - 1`, from `parent`, whose value of `a` it keeps; only the first
/// two write one.
pub(crate) async fn commit(store: &Store, lease: &Lease, id: u64, parent: u64) {
    let at = |id: u64| (id > 0).then_some(CheckpointId(id));
    let writes = id <= 2;
    let value_at = if writes { id } else { parent.min(2) };
    let checkpoint = Checkpoint {
        format: FORMAT,
        id: CheckpointId(id),
        parent: at(parent),
        step: Step(0),
        source: CheckpointSource::Loop,
        created_at: Timestamp(0),
        fingerprint: "shape".into(),
        state_version: 1,
        fields: [("a", CheckpointId(value_at))].into(),
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
        expected_head: at(id - 1),
        checkpoint: Box::new(checkpoint),
        changed: writes.then(|| ("a".into(), vec![7])).into_iter().collect(),
        records: Vec::new(),
        taken: Vec::new(),
    };
    store.commit(&request).await.unwrap();
}
