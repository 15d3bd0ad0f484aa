//! A connection that breaks after a call was carried out and before its answer came.

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{Checkpointer, LeaseGrant};
use agentflow_redis::RedisError;

use crate::between::Between;
use crate::place::{ONE, one, options};
use crate::thread::{
    append, ask, commit, expect_whole, head, lease, log, reason, record, records_at, told,
};

#[tokio::test]
async fn a_write_whose_answer_was_lost_happened_once_and_is_answered_right() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let between = Between::start(&address).await;
    let store = one(&between.url, options()).await;

    between.swallow_next();
    let grant = store.acquire_lease(ask("t")).await.unwrap();
    assert!(between.has_swallowed());
    let LeaseGrant::Granted(lease) = grant else {
        panic!("{grant:?}")
    };
    let mut at = None;
    for _ in 0..3 {
        between.swallow_next();
        at = Some(commit(&store, &lease, at).await.unwrap());
        assert!(between.has_swallowed());
    }
    let own = records_at(&lease, CheckpointId(3), vec![record("k", b"own")]);
    between.swallow_next();
    store.save_records(own).await.unwrap();
    let stored = head(&store, "t").await.unwrap();
    assert_eq!(stored.checkpoint.id, CheckpointId(3));
    expect_whole(&stored);
    assert_eq!(stored.records, [record("k", b"own")]);

    between.swallow_next();
    assert_eq!(head(&store, "t").await.unwrap(), stored, "a read");
    between.swallow_next();
    store.deliver(told("t", Some("k"))).await.unwrap();
    assert_eq!(store.events(&"t".into()).await.unwrap().len(), 1);
    // The server learns the script.
    append(&store, &lease, &[]).await;
    for newest in [2, 4] {
        between.swallow_next();
        assert_eq!(append(&store, &lease, &[b"1", b"2"]).await, newest);
        assert!(between.has_swallowed());
    }
    assert_eq!(log(&store, "t").await.entries.len(), 4);

    between.swallow_next();
    store.delete_thread(&"t".into()).await.unwrap();
    assert_eq!(head(&store, "t").await, None);
}

#[tokio::test]
async fn a_delivery_that_cannot_be_recognised_is_left_in_doubt() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let between = Between::start(&address).await;
    let store = one(&between.url, options()).await;
    // The server learns the scripts.
    store.deliver(told("other", None)).await.unwrap();
    // The first answer is that of the index.
    between.swallow(2);
    let error = reason(store.deliver(told("t", None)).await);
    assert!(between.has_swallowed());
    assert!(matches!(error, RedisError::Unreachable { .. }), "{error:?}");
    assert_eq!(store.events(&"t".into()).await.unwrap().len(), 1);
}

/// Another writer's commit that has the same number is no repetition of ours.
#[tokio::test]
async fn the_same_request_by_another_call_is_a_conflict() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let store = one(&address, options()).await;
    let lease = lease(&store, "t").await;
    commit(&store, &lease, None).await.unwrap();
    let again = commit(&store, &lease, None).await;
    assert!(again.is_err(), "{again:?}");
}
