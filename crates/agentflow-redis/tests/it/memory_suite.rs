//! The suite of long-term memory on one server and on a Cluster.

use agentflow_core::store::StoreOptions;

use crate::memory::{cluster_memory, memory_with};
use crate::place::options;

agentflow_testkit::store_suite!(redis, needs "AGENTFLOW_TEST_REDIS", |address: String, made: StoreOptions| async move {
    memory_with(&address, made, options()).await
});

agentflow_testkit::store_suite!(redis_cluster, needs "AGENTFLOW_TEST_REDIS_CLUSTER", |addresses: String, made: StoreOptions| async move {
    cluster_memory(&addresses, made, options()).await
});
