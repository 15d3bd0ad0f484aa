//! What a server refuses leaves a memory as it was, and is told with the way out.

use std::time::Duration;

use agentflow_core::store::{
    IndexConfig, ListPaths, Put, Search, SearchMode, Store, StoreExt, StoreOp, StoreOptions, Ttl,
};
use agentflow_redis::{RedisError, RedisStore};
use agentflow_testkit::{ManualClock, WordEmbedder};
use serde_json::json;

use crate::machine::{Machine, tell};
use crate::memory::{act, cause, delete, get, keys, memory, memory_with, n_of, path, put};
use crate::place::{CLUSTER, ONE, options};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_server_whose_memory_is_full_keeps_what_it_has_and_lets_room_be_made() {
    let Some(machine) = Machine::start(&["--maxmemory-policy", "noeviction"]) else {
        return;
    };
    let clock = ManualClock::new(agentflow_core::Timestamp(0));
    let made = StoreOptions::new(clock.clone());
    let store = memory_with(&machine.url(), made, options()).await;
    let expiring = Put::new(&path("b"), "e", json!({})).ttl(Ttl::For(MINUTE));
    act(&store, vec![put("k", 1), put("l", 1), expiring.into()]).await;
    let () = machine.tell("CONFIG SET maxmemory 1").await;

    for ops in [
        vec![put("k", 2)],
        vec![put("new", 2)],
        vec![delete("l"), put("k", 2)],
        vec![get("k"), put("k", 2)],
    ] {
        let error = cause(store.batch(ops).await);
        assert!(matches!(error, RedisError::Full { .. }), "{error:?}");
        assert!(error.to_string().contains("raise `maxmemory`"), "{error}");
    }
    assert_eq!(keys(&store, Search::everywhere()).await, ["k", "l", "e"]);
    assert_eq!(n_of(&store, "k").await, Some(1));

    // What was read lives on: `e` is there after the minute that it had.
    clock.advance(MINUTE / 2);
    assert!(store.get(&path("b"), "e").await.unwrap().is_some());
    clock.advance(MINUTE / 2);
    assert!(store.get(&path("b"), "e").await.unwrap().is_some());
    act(&store, vec![get("k"), delete("l")]).await;
    clock.advance(MINUTE);
    assert_eq!(store.sweep().await.unwrap(), 1);
    assert_eq!(keys(&store, Search::everywhere()).await, ["k"]);
}

#[tokio::test]
async fn keys_of_another_program_are_left_as_they_are() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    for (theirs, ours) in [("data", "index"), ("index", "data")] {
        let redis = options();
        let tag = format!("{0}:{{{0}:memory}}", redis.prefix);
        let store = memory(&address, redis.clone()).await;
        act(&store, vec![put("k", 1)]).await;
        let () = tell(&address, &format!("SET {tag}:{theirs} theirs")).await;
        let dump = format!("DUMP {tag}:{ours}");
        let before: Vec<u8> = tell(&address, &dump).await;
        let ops: [(&str, StoreOp); 4] = [
            ("put", put("k", 2)),
            ("delete", delete("k")),
            ("search", Search::everywhere().query("1").into()),
            ("list", ListPaths::new().into()),
        ];
        for (name, op) in ops {
            let error = cause(store.batch(vec![op]).await);
            let is_told = matches!(error, RedisError::OtherProgram { .. });
            assert!(is_told, "{name} with `{theirs}`: {error:?}");
        }
        for error in [
            cause(store.sweep().await),
            cause(RedisStore::connect_with(&address, StoreOptions::default(), redis).await),
        ] {
            let is_told = matches!(error, RedisError::OtherProgram { .. });
            assert!(is_told, "`{theirs}`: {error:?}");
        }
        let found: String = tell(&address, &format!("GET {tag}:{theirs}")).await;
        assert_eq!(found, "theirs");
        let after: Vec<u8> = tell(&address, &dump).await;
        assert_eq!(after, before, "`{ours}` beside `{theirs}`");
    }
}

#[tokio::test]
async fn what_a_newer_build_laid_out_is_refused_by_name() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let redis = options();
    let prefix = redis.prefix.clone();
    let key = format!("{prefix}:{{{prefix}:memory}}:data");
    let _: u64 = tell(&address, &format!("HSET {key} m:layout 2")).await;
    let outcome = RedisStore::connect_with(&address, StoreOptions::default(), redis).await;
    let error = cause(outcome);
    let (found, known) = (2, 1);
    let is_told = matches!(&error, RedisError::NewerLayout { found: f, known: k, .. }
        if (*f, *k) == (found, known));
    assert!(is_told && error.to_string().contains(&prefix), "{error:?}");
}

#[tokio::test]
async fn vectors_of_another_length_are_refused_until_none_are_left() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let redis = options();
    let indexed = |words: &[&'static str]| {
        let embedder = WordEmbedder::new(words.iter().copied());
        StoreOptions::default().with_index(IndexConfig::new(embedder, words.len()))
    };
    let (two, three) = (indexed(&["tea", "cat"]), indexed(&["tea", "cat", "sea"]));
    let store = memory_with(&address, two, redis.clone()).await;
    // Opened while there are no vectors.
    let other = memory_with(&address, three.clone(), redis.clone()).await;
    act(&store, vec![put("k", 1)]).await;

    let by_words = Search::everywhere().query("1").mode(SearchMode::Words);
    let by_meaning = Search::everywhere().query("tea");
    for error in [
        cause(other.batch(vec![delete("k"), put("l", 1)]).await),
        cause(other.search(by_meaning.clone()).await),
        cause(RedisStore::connect_with(&address, three, redis).await),
    ] {
        let is_told = matches!(
            error,
            RedisError::OtherIndex {
                found: 2,
                wanted: 3,
                ..
            }
        );
        assert!(is_told, "{error:?}");
    }
    assert_eq!(keys(&other, by_words).await, ["k"], "nothing was done");

    act(&store, vec![delete("k")]).await;
    act(&other, vec![put("l", 1)]).await;
    let error = cause(store.batch(vec![put("m", 1)]).await);
    let is_told = matches!(
        error,
        RedisError::OtherIndex {
            found: 3,
            wanted: 2,
            ..
        }
    );
    assert!(is_told, "{error:?}");
    assert_eq!(keys(&other, by_meaning).await, ["l"]);
}

#[tokio::test]
async fn a_password_is_never_shown() {
    let Some(machine) = Machine::start(&["--requirepass", "right-secret"]) else {
        return;
    };
    let at = |login: &str| format!("redis://{login}127.0.0.1:{}", machine.port);
    let outcome = RedisStore::connect(at(":wrong-secret@"), StoreOptions::default()).await;
    let shown = format!("{outcome:?}");
    let error = cause(outcome);
    assert!(
        matches!(error, RedisError::WrongPassword { .. }),
        "{error:?}"
    );
    let store = memory(&at(":right-secret@"), options()).await;
    let shown = format!("{shown} {error} {error:?} {store:?}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[tokio::test]
async fn a_node_is_not_taken_for_its_cluster() {
    let (Some(address), Some(nodes)) = (
        agentflow_testkit::server(ONE),
        agentflow_testkit::server(CLUSTER),
    ) else {
        return;
    };
    let none = StoreOptions::default;
    let error = cause(RedisStore::connect_cluster([&address], none()).await);
    assert!(matches!(error, RedisError::NoCluster { .. }), "{error:?}");
    // Which of three nodes has a memory is by chance: not every one is elsewhere.
    let (node, _) = nodes.split_once(',').unwrap();
    let mut refused = Vec::new();
    for _ in 0..8 {
        let outcome = RedisStore::connect_with(node, none(), options()).await;
        refused.extend(outcome.err());
    }
    assert!(!refused.is_empty());
    for error in refused {
        let error = cause::<()>(Err(error));
        assert!(matches!(error, RedisError::IsCluster { .. }), "{error:?}");
    }
}
