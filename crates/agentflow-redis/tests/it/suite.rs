//! The suite on one server and on a Cluster, with threads that are kept and with threads
//! that expire.

use std::time::Duration;

use agentflow_redis::{RedisCheckpointer, RedisOptions};

use crate::place::{cluster, one, options};

agentflow_testkit::checkpointer_suite!(redis, needs "AGENTFLOW_TEST_REDIS", |address: String| async move {
    one(&address, options()).await
});

agentflow_testkit::checkpointer_suite!(redis_cluster, needs "AGENTFLOW_TEST_REDIS_CLUSTER", |addresses: String| async move {
    cluster(&addresses, options()).await
});

async fn expiring(address: String) -> RedisCheckpointer {
    let options = RedisOptions {
        ttl: Some(Duration::from_secs(600)),
        ..options()
    };
    one(&address, options).await
}

agentflow_testkit::checkpointer_suite!(redis_ttl, needs "AGENTFLOW_TEST_REDIS", expiring);
