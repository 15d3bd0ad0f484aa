//! The index of wake-ups may say too much, after a crash between its two writes or when a
//! thread moved on; it never says too little, and what it said too much is corrected.

use std::sync::Arc;

use agentflow_core::checkpoint::{Checkpointer, Wake};
use agentflow_core::{ThreadId, Timestamp};
use tokio::task::JoinSet;

use crate::machine::tell;
use crate::place::{CLUSTER, ONE, cluster, one, options};
use crate::thread::{commit_on, lease, told};

#[tokio::test]
async fn who_crashed_after_telling_the_index_wakes_nobody() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let options = options();
    let index = format!("{}:{{:wake}}", options.prefix);
    let store = one(&address, options).await;
    store.deliver(told("t", None)).await.unwrap();
    store
        .snooze(&"t".into(), Wake::At(Timestamp(50)))
        .await
        .unwrap();
    // As far as a delivery at 10 had come when its process died, to a thread that sleeps
    // and to one that is not there.
    for thread in ["t", "nobody"] {
        let () = tell(&address, &format!("ZADD {index}:threads LT 10 {thread}")).await;
        let () = tell(&address, &format!("HSET {index}:claims {thread} 99")).await;
    }
    assert_eq!(store.due(Timestamp(20), 10).await.unwrap(), []);
    let left: Vec<String> =
        tell(&address, &format!("ZRANGE {index}:threads 0 -1 WITHSCORES")).await;
    assert_eq!(left, ["t", "50"]);
    assert_eq!(store.due(Timestamp(50), 10).await.unwrap(), ["t".into()]);
    // Who was given up sets a wake-up again, under a newer claim.
    store.deliver(told("nobody", None)).await.unwrap();
    store
        .snooze(&"t".into(), Wake::At(Timestamp(5)))
        .await
        .unwrap();
    let want = ["nobody", "t"].map(ThreadId::from);
    assert_eq!(store.due(Timestamp(5), 10).await.unwrap(), want);
}

#[tokio::test]
async fn a_thread_that_moved_on_leaves_the_index_when_it_is_read() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let options = options();
    let index = format!("{}:{{:wake}}", options.prefix);
    let store = one(&address, options).await;
    let lease = lease(&store, "t").await;
    let mut request = commit_on(&lease, None, b"1");
    request.taken = vec![store.deliver(told("t", None)).await.unwrap()];
    store.commit(request).await.unwrap();
    assert_eq!(store.due(Timestamp(0), 10).await.unwrap(), []);
    for name in ["threads", "claims"] {
        let left: u64 = tell(&address, &format!("EXISTS {index}:{name}")).await;
        assert_eq!(left, 0, "{name}");
    }
}

/// Sleepers of more than are read at once, in an order that is not theirs.
#[tokio::test]
async fn of_many_that_are_due_the_earliest_are_found() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let store = one(&address, options()).await;
    let name = |place: i64| ThreadId::from(format!("{place:04}"));
    for place in (0..1_200).rev() {
        let thread = name(place);
        store.deliver(told(thread.as_str(), None)).await.unwrap();
        let wake = if place % 3 == 0 {
            Wake::Never
        } else {
            Wake::At(Timestamp(place))
        };
        store.snooze(&thread, wake).await.unwrap();
    }
    let want: Vec<_> = (0..1_200)
        .filter(|place| place % 3 != 0)
        .map(name)
        .collect();
    for limit in [1, 600, 2_000] {
        let found = store.due(Timestamp(5_000), limit).await.unwrap();
        let many = want.len().min(limit as usize);
        assert_eq!(found, want[..many], "{limit}");
    }
}

/// Whoever sets wake-ups while others read the index loses none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_wake_up_is_lost_while_the_index_is_corrected() {
    let Some(addresses) = agentflow_testkit::server(CLUSTER) else {
        return;
    };
    let store = Arc::new(cluster(&addresses, options()).await);
    for round in 0..20 {
        let mut all = JoinSet::new();
        for thread in 0..8 {
            let (store, name) = (Arc::clone(&store), format!("t{thread}"));
            all.spawn(async move {
                let thread = ThreadId::from(name.as_str());
                store.deliver(told(&name, None)).await.unwrap();
                store.snooze(&thread, Wake::Never).await.unwrap();
                store
                    .snooze(&thread, Wake::At(Timestamp(round)))
                    .await
                    .unwrap();
            });
        }
        for _ in 0..4 {
            let store = Arc::clone(&store);
            all.spawn(async move {
                for _ in 0..10 {
                    store.due(Timestamp(round), 3).await.unwrap();
                }
            });
        }
        all.join_all().await;
        let found = store.due(Timestamp(round), 10).await.unwrap();
        let want: Vec<_> = (0..8)
            .map(|thread| ThreadId::from(format!("t{thread}")))
            .collect();
        assert_eq!(found, want, "round {round}");
    }
}
