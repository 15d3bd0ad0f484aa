//! Threads that expire, if that is asked for: when, and that no writer of a forgotten one
//! comes back.

use std::time::Duration;

use agentflow_core::checkpoint::{CheckpointError, Checkpointer, LeaseClock, Wake};
use agentflow_core::{Timestamp, checkpoint::LeaseRequest};
use agentflow_redis::RedisOptions;

use crate::machine::tell;
use crate::place::{ONE, one, options};
use crate::thread::{append, ask, commit, head, lease, told};

const HOUR: Duration = Duration::from_secs(3600);

/// Hours until the keys of `t` expire, rounded; `None` for never. All keys that are there
/// say the same.
async fn hours_left(address: &str, prefix: &str) -> Option<i64> {
    let mut left = Vec::new();
    for name in ["", ":data", ":index"] {
        let millis: i64 = tell(address, &format!("PTTL {prefix}:{{t}}{name}")).await;
        match millis {
            -2 => {}
            -1 => left.push(None),
            millis => left.push(Some((millis + 1_800_000) / 3_600_000)),
        }
    }
    left.dedup();
    assert_eq!(left.len(), 1, "{left:?}");
    left[0]
}

#[tokio::test]
async fn a_thread_is_kept_until_nothing_is_to_be_expected_of_it() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let kept = RedisOptions {
        lease_clock: LeaseClock::Store,
        ..options()
    };
    let expiring = RedisOptions {
        ttl: Some(2 * HOUR),
        ..kept.clone()
    };
    let prefix = kept.prefix.clone();
    let (kept, store) = (one(&address, kept).await, one(&address, expiring).await);
    let thread = "t".into();
    let left = async || hours_left(&address, &prefix).await;

    let request = LeaseRequest {
        ttl: 5 * HOUR,
        ..ask("t")
    };
    store.acquire_lease(request).await.unwrap();
    assert_eq!(left().await, Some(7), "after the lease");
    let lease = lease(&store, "t").await;
    assert_eq!(left().await, Some(2), "a lease of a minute");
    let at = commit(&store, &lease, None).await.unwrap();
    assert_eq!(left().await, Some(2), "after the commit");
    let hours = |hours: i64| Wake::At(Timestamp(now().0 + hours * 3_600_000_000));
    store.snooze(&thread, hours(10)).await.unwrap();
    assert_eq!(left().await, Some(12), "after the wake-up");
    store
        .snooze(&thread, Wake::At(Timestamp(i64::MAX)))
        .await
        .unwrap();
    assert_eq!(left().await, None, "a wake-up that never comes");
    store.snooze(&thread, Wake::Never).await.unwrap();
    assert_eq!(left().await, Some(2));
    commit(&kept, &lease, Some(at)).await.unwrap();
    assert_eq!(left().await, None, "somebody else keeps threads");
    store.deliver(told("t", None)).await.unwrap();
    assert_eq!(left().await, Some(2));
    append(&kept, &lease, &[b"emitted"]).await;
    assert_eq!(left().await, None, "an append is a write");
    append(&store, &lease, &[b"emitted"]).await;
    assert_eq!(left().await, Some(2), "after the append");
    store.delete_thread(&thread).await.unwrap();
    assert_eq!(left().await, Some(2), "what is left of a deleted thread");
}

fn now() -> Timestamp {
    agentflow_core::Clock::now(&agentflow_core::SystemClock)
}

#[tokio::test]
async fn a_writer_of_a_thread_that_was_forgotten_is_fenced() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let options = options();
    let prefix = options.prefix.clone();
    let store = one(&address, options).await;
    let mut before = lease(&store, "t").await;
    for _ in 0..10 {
        before = lease(&store, "t").await;
    }
    commit(&store, &before, None).await.unwrap();
    let keys = format!("{prefix}:{{t}} {prefix}:{{t}}:data {prefix}:{{t}}:index");
    let () = tell(&address, &format!("UNLINK {keys}")).await;

    let refused = commit(&store, &before, None).await;
    assert!(
        matches!(refused, Err(CheckpointError::Fenced { .. })),
        "{refused:?}"
    );
    let after = lease(&store, "t").await;
    assert!(
        after.epoch > before.epoch,
        "{} after {}",
        after.epoch,
        before.epoch
    );
    commit(&store, &after, None).await.unwrap();
    let stored = head(&store, "t").await;
    let refused = commit(&store, &before, None).await;
    assert!(
        matches!(refused, Err(CheckpointError::Fenced { .. })),
        "{refused:?}"
    );
    assert_eq!(head(&store, "t").await, stored);
}

/// The server's clock decides, whatever a worker's says.
#[tokio::test]
async fn a_worker_whose_clock_is_wrong_neither_takes_a_lease_nor_loses_its_own() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let options = RedisOptions {
        lease_clock: LeaseClock::Store,
        ..options()
    };
    let store = one(&address, options).await;
    // Its clock stands at 1970.
    let first = lease(&store, "t").await;
    let late = LeaseRequest {
        now: Timestamp(i64::MAX),
        ..ask("t")
    };
    let held = store.acquire_lease(late).await.unwrap();
    let agentflow_core::checkpoint::LeaseGrant::Held {
        epoch, expires_at, ..
    } = held
    else {
        panic!("{held:?}")
    };
    assert_eq!(epoch, first.epoch);
    let left = expires_at.since(now());
    assert!(
        left > Duration::from_secs(50) && left <= Duration::from_secs(61),
        "{left:?}"
    );
    let past = LeaseRequest {
        ttl: Duration::ZERO,
        ..ask("other")
    };
    store.acquire_lease(past.clone()).await.unwrap();
    let granted = store.acquire_lease(past).await.unwrap();
    assert!(
        matches!(granted, agentflow_core::checkpoint::LeaseGrant::Granted(_)),
        "{granted:?}"
    );
}
