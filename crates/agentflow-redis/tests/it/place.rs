//! A place of its own for each test on the servers that all tests share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use agentflow_core::checkpoint::LeaseClock;
use agentflow_redis::{RedisCheckpointer, RedisOptions};

pub(crate) const ONE: &str = "AGENTFLOW_TEST_REDIS";
pub(crate) const CLUSTER: &str = "AGENTFLOW_TEST_REDIS_CLUSTER";

/// A prefix that nobody has used: the servers may have kept those of other runs.
pub(crate) fn prefix() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let process = std::process::id();
    format!("test-{}-{process}-{count}", now.as_micros())
}

/// The caller's clock, as the suite wants it, and a place of its own.
pub(crate) fn options() -> RedisOptions {
    RedisOptions {
        prefix: prefix(),
        lease_clock: LeaseClock::Caller,
        // The machine may be busy with other tests.
        response_timeout: Duration::from_secs(60),
        ..RedisOptions::default()
    }
}

pub(crate) async fn one(address: &str, options: RedisOptions) -> RedisCheckpointer {
    RedisCheckpointer::connect_with(address, options)
        .await
        .unwrap()
}

/// `addresses` are the nodes' with commas between them.
pub(crate) async fn cluster(addresses: &str, options: RedisOptions) -> RedisCheckpointer {
    let nodes = addresses.split(',');
    RedisCheckpointer::connect_cluster_with(nodes, options)
        .await
        .unwrap()
}
