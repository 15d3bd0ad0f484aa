//! The suite on one server and on a Cluster, with threads that are kept and with threads
//! that expire.

use std::sync::Arc;
use std::time::Duration;

use agentflow_redis::{RedisCheckpointer, RedisOptions};
use agentflow_testkit::{CutFixture, Line};

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

async fn over_a_line(address: String) -> CutFixture {
    let server = address.strip_prefix("redis://").unwrap().to_owned();
    let line = Line::to(server).await.unwrap();
    let (options, through) = (options(), format!("redis://{}", line.address()));
    CutFixture {
        through: Arc::new(one(&through, options.clone()).await),
        beside: Arc::new(one(&address, options).await),
        line,
    }
}

agentflow_testkit::cut_suite!(redis_cut, needs "AGENTFLOW_TEST_REDIS", over_a_line);
