//! Threads that are too large to be copied by one call.

use agentflow_core::Namespace;
use agentflow_core::checkpoint::{CheckpointError, Checkpointer};

use crate::machine::tell;
use crate::place::{CLUSTER, ONE, cluster, one, options};
use crate::thread::{append, commit_on, head, lease, told};

const VALUE_BYTES: usize = 8 * 1024 * 1024;

async fn keys_laid_aside(address: &str, prefix: &str) -> Vec<String> {
    let mut keys: Vec<String> = tell(address, &format!("KEYS {prefix}:*:copy:*")).await;
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn a_thread_of_several_parts_is_copied_whole_or_not_at_all() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let options = options();
    let prefix = options.prefix.clone();
    let store = one(&address, options).await;
    let lease = lease(&store, "t").await;
    let mut at = None;
    for fill in 0..9 {
        let request = commit_on(&lease, at, &vec![fill; VALUE_BYTES]);
        at = Some(request.checkpoint.id);
        store.commit(request).await.unwrap();
    }
    assert_eq!(append(&store, &lease, &[b"emitted"]).await, 1);
    store
        .copy_thread(&"t".into(), &"copy".into())
        .await
        .unwrap();
    assert_eq!(keys_laid_aside(&address, &prefix).await, [""; 0]);
    let of_log = format!("HEXISTS {prefix}:{{copy}}:data l:1");
    assert!(!tell::<bool>(&address, &of_log).await, "of the stream log");
    for id in (1..=9).map(agentflow_core::CheckpointId) {
        let of = async |thread: &str| {
            let root = Namespace::root();
            store
                .load(&thread.into(), &root, Some(id))
                .await
                .unwrap()
                .unwrap()
        };
        assert!(of("t").await == of("copy").await, "checkpoint {id}");
    }
    let millis: i64 = tell(&address, &format!("PTTL {prefix}:{{copy}}:data")).await;
    assert_eq!(millis, -1, "a copy is kept as its thread is");

    // What was laid aside for a thread that is not new expires by itself.
    store.deliver(told("told", None)).await.unwrap();
    let refused = store.copy_thread(&"t".into(), &"told".into()).await;
    assert!(
        matches!(refused, Err(CheckpointError::NotNew { .. })),
        "{refused:?}"
    );
    assert_eq!(head(&store, "told").await, None);
    let left = keys_laid_aside(&address, &prefix).await;
    assert_eq!(left.len(), 2, "{left:?}");
    for key in left {
        let millis: i64 = tell(&address, &format!("PTTL {key}")).await;
        assert!((1..=3_600_000).contains(&millis), "{key}: {millis}");
        let () = tell(&address, &format!("UNLINK {key}")).await;
    }
    for thread in ["t", "copy"] {
        store.delete_thread(&thread.into()).await.unwrap();
    }
}

#[tokio::test]
async fn a_thread_is_copied_to_another_slot() {
    let Some(addresses) = agentflow_testkit::server(CLUSTER) else {
        return;
    };
    let store = cluster(&addresses, options()).await;
    let lease = lease(&store, "t").await;
    store.commit(commit_on(&lease, None, b"1")).await.unwrap();
    store.deliver(told("t", Some("k"))).await.unwrap();
    let want = head(&store, "t").await;
    // Of so many some lie on each node.
    for copy in 0..20 {
        let copy = format!("copy-{copy}");
        store
            .copy_thread(&"t".into(), &copy.as_str().into())
            .await
            .unwrap();
        assert_eq!(head(&store, &copy).await, want);
        assert_eq!(store.events(&copy.as_str().into()).await.unwrap().len(), 1);
    }
}
