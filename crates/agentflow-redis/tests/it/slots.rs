//! A Cluster whose slots move while it is used.

use std::time::Duration;

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::Checkpointer;
use agentflow_core::store::{Put, Search, StoreOptions};
use agentflow_redis::RedisOptions;
use serde_json::json;

use crate::machine::{Machine, tell};
use crate::memory::{act, cluster_memory, delete, get, keys, path, put};
use crate::place::{cluster, options};
use crate::thread::{commit, expect_whole, head, lease};

/// Two nodes with half of the slots each, and their ids.
async fn two_nodes() -> Option<[(Machine, String); 2]> {
    let args = ["--cluster-enabled", "yes"];
    let (first, second) = (Machine::start(&args)?, Machine::start(&args)?);
    let () = first.tell("CLUSTER ADDSLOTSRANGE 0 8191").await;
    let () = second.tell("CLUSTER ADDSLOTSRANGE 8192 16383").await;
    let () = first
        .tell(&format!("CLUSTER MEET 127.0.0.1 {}", second.port))
        .await;
    // Until both have heard of each other, and of who has the slots.
    loop {
        let infos: [String; 2] = [
            first.tell("CLUSTER INFO").await,
            second.tell("CLUSTER INFO").await,
        ];
        let knows = |info: &String| {
            info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384")
        };
        if infos.iter().all(knows) {
            break;
        }
        tokio::task::yield_now().await;
    }
    let ids: [String; 2] = [
        first.tell("CLUSTER MYID").await,
        second.tell("CLUSTER MYID").await,
    ];
    let [one, two] = ids;
    Some([(first, one), (second, two)])
}

#[tokio::test]
async fn a_thread_is_written_and_read_while_and_after_its_slot_moves() {
    let Some(nodes) = two_nodes().await else {
        return;
    };
    let options = RedisOptions {
        ttl: Some(Duration::from_secs(600)),
        ..options()
    };
    let key = format!("{}:{{t}}", options.prefix);
    let store = cluster(&nodes[0].0.url(), options).await;
    let slot: u16 = tell(&nodes[0].0.url(), &format!("CLUSTER KEYSLOT {key}")).await;
    let [mut from, mut to] = nodes.each_ref();
    if slot >= 8192 {
        std::mem::swap(&mut from, &mut to);
    }
    let ((from, one), (to, two)) = (from, to);
    let lease = lease(&store, "t").await;
    let mut at = Some(commit(&store, &lease, None).await.unwrap());

    let () = to
        .tell(&format!("CLUSTER SETSLOT {slot} IMPORTING {one}"))
        .await;
    let () = from
        .tell(&format!("CLUSTER SETSLOT {slot} MIGRATING {two}"))
        .await;
    at = Some(commit(&store, &lease, at).await.unwrap());
    let keys = ["", ":data", ":index"]
        .map(|name| format!("{key}{name}"))
        .join(" ");
    let () = from
        .tell(&format!(
            "MIGRATE 127.0.0.1 {}  0 5000 KEYS {keys}",
            to.port
        ))
        .await;
    let both = tokio::join!(commit(&store, &lease, at), async {
        for machine in [to, from] {
            let () = machine
                .tell(&format!("CLUSTER SETSLOT {slot} NODE {two}"))
                .await;
        }
    });
    at = Some(both.0.unwrap());
    at = Some(commit(&store, &lease, at).await.unwrap());
    assert_eq!(at, Some(CheckpointId(4)));
    expect_whole(&head(&store, "t").await.unwrap());

    // Back again, and a delete on the way: what it deletes it may not touch any more.
    let () = from
        .tell(&format!("CLUSTER SETSLOT {slot} IMPORTING {two}"))
        .await;
    let () = to
        .tell(&format!("CLUSTER SETSLOT {slot} MIGRATING {one}"))
        .await;
    store.delete_thread(&"t".into()).await.unwrap();
    let left: Vec<String> = to.tell(&format!("CLUSTER GETKEYSINSLOT {slot} 10")).await;
    assert_eq!(left, [key]);
}

/// Both keys of a memory are there for as long as its slot moves, whatever is deleted of it.
#[tokio::test]
async fn a_memory_is_written_and_read_while_and_after_its_slot_moves() {
    let Some(nodes) = two_nodes().await else {
        return;
    };
    let redis = options();
    let tag = format!("{0}:{{{0}:memory}}", redis.prefix);
    let store = cluster_memory(&nodes[0].0.url(), StoreOptions::default(), redis).await;
    let slot: u16 = tell(&nodes[0].0.url(), &format!("CLUSTER KEYSLOT {tag}:data")).await;
    let [mut from, mut to] = nodes.each_ref();
    if slot >= 8192 {
        std::mem::swap(&mut from, &mut to);
    }
    let ((from, one), (to, two)) = (from, to);
    let hour = agentflow_core::store::Ttl::For(Duration::from_secs(3600));
    let expiring = Put::new(&path("a"), "expires", json!({})).ttl(hour);
    act(&store, vec![put("k", 1), expiring.into()]).await;

    let () = to
        .tell(&format!("CLUSTER SETSLOT {slot} IMPORTING {one}"))
        .await;
    let () = from
        .tell(&format!("CLUSTER SETSLOT {slot} MIGRATING {two}"))
        .await;
    act(&store, vec![delete("k"), delete("expires")]).await;
    assert_eq!(keys(&store, Search::everywhere()).await, [""; 0]);
    act(&store, vec![put("l", 2), get("l")]).await;
    let both = format!("{tag}:data {tag}:index");
    let () = from
        .tell(&format!(
            "MIGRATE 127.0.0.1 {}  0 5000 KEYS {both}",
            to.port
        ))
        .await;
    tokio::join!(act(&store, vec![put("m", 3)]), async {
        for machine in [to, from] {
            let () = machine
                .tell(&format!("CLUSTER SETSLOT {slot} NODE {two}"))
                .await;
        }
    });
    assert_eq!(keys(&store, Search::everywhere()).await, ["l", "m"]);
}
