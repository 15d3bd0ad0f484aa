//! Threads of any name are apart, and each lies in one slot.

use std::collections::BTreeSet;

use agentflow_core::checkpoint::Checkpointer;
use agentflow_core::{Namespace, ThreadId, Timestamp};
use agentflow_redis::RedisCheckpointer;

use crate::machine::tell;
use crate::place::{CLUSTER, ONE, cluster, one, options};
use crate::thread::{commit_on, lease, told};

const ODD: [&str; 14] = [
    "", " ", "%", "%25", "{", "}", "{}", "{t}", "t", "a:b", "a\0b", "é", "e\u{301}", ":wake",
];

async fn each_has_its_own(store: &RedisCheckpointer) {
    for thread in ODD {
        let lease = lease(store, thread).await;
        for namespace in ODD {
            let mut request = commit_on(&lease, None, format!("{thread}|{namespace}").as_bytes());
            request.namespace = namespace.into();
            store.commit(request).await.unwrap();
        }
        store.deliver(told(thread, Some("k"))).await.unwrap();
    }
    for thread in ODD {
        for namespace in ODD {
            let stored = store
                .load(&thread.into(), &namespace.into(), None)
                .await
                .unwrap();
            let want = format!("{thread}|{namespace}").into_bytes();
            assert_eq!(
                stored.unwrap().values[1].1,
                want,
                "{thread:?} {namespace:?}"
            );
        }
    }
    let mut want = ODD.map(ThreadId::from).to_vec();
    want.sort_unstable();
    assert_eq!(store.due(Timestamp(0), 100).await.unwrap(), want);
    store
        .copy_thread(&"{t}".into(), &"copy of {t}".into())
        .await
        .unwrap();
    store.prune(&"{t}".into(), 1.into()).await.unwrap();
    store.delete_thread(&"".into()).await.unwrap();
    for (thread, is_there) in [
        ("", false),
        (" ", true),
        ("{t}", true),
        ("copy of {t}", true),
    ] {
        let stored = store
            .load(&thread.into(), &Namespace::root(), None)
            .await
            .unwrap();
        assert_eq!(stored.is_some(), is_there, "{thread:?}");
    }
}

#[tokio::test]
async fn threads_of_odd_names_are_apart_on_one_server() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let options = options();
    let prefix = options.prefix.clone();
    each_has_its_own(&one(&address, options).await).await;

    // All keys have a tag, but the one that is of no thread.
    let keys: BTreeSet<String> = tell(&address, &format!("KEYS {prefix}:*")).await;
    let untagged: Vec<_> = keys.iter().filter(|key| !key.contains(":{")).collect();
    assert_eq!(untagged, [&format!("{prefix}:layout")]);
}

#[tokio::test]
async fn threads_of_odd_names_are_apart_on_a_cluster() {
    let Some(addresses) = agentflow_testkit::server(CLUSTER) else {
        return;
    };
    each_has_its_own(&cluster(&addresses, options()).await).await;
}
