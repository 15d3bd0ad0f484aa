//! What a server refuses leaves everything as it was, and is told with the way out.

use agentflow_core::checkpoint::{CheckpointError, Checkpointer};
use agentflow_core::{CheckpointId, Timestamp};
use agentflow_redis::{RedisCheckpointer, RedisError, RedisOptions};

use crate::machine::{Machine, tell};
use crate::place::{CLUSTER, ONE, one, options, prefix};
use crate::thread::{ask, commit, commit_on, head, lease, reason, record, records_at, told};

#[tokio::test]
async fn a_server_whose_memory_is_full_changes_nothing_and_lets_room_be_made() {
    let Some(machine) = Machine::start(&["--maxmemory-policy", "noeviction"]) else {
        return;
    };
    let store = one(&machine.url(), options()).await;
    let lease = lease(&store, "t").await;
    let mut at = None;
    for _ in 0..3 {
        at = Some(commit(&store, &lease, at).await.unwrap());
    }
    let before = head(&store, "t").await;
    let () = machine.tell("CONFIG SET maxmemory 1").await;

    let late = records_at(&lease, CheckpointId(3), vec![record("k", b"late")]);
    for (name, outcome) in [
        ("commit", commit(&store, &lease, at).await.map(drop)),
        ("records", store.save_records(late).await),
        ("delivery", store.deliver(told("t", None)).await.map(drop)),
        ("lease", store.acquire_lease(ask("other")).await.map(drop)),
        ("copy", store.copy_thread(&"t".into(), &"copy".into()).await),
    ] {
        let error = reason(outcome);
        assert!(
            matches!(error, RedisError::Full { .. }),
            "{name}: {error:?}"
        );
        assert_eq!(head(&store, "t").await, before, "{name}");
    }
    assert_eq!(store.events(&"t".into()).await.unwrap(), []);
    assert_eq!(head(&store, "copy").await, None);

    let ttl = std::time::Duration::from_secs(60);
    store.renew_lease(&lease, Timestamp(0), ttl).await.unwrap();
    assert_eq!(store.prune(&"t".into(), 1.into()).await.unwrap(), 2);
    assert_eq!(head(&store, "t").await, before);
    store.release_lease(&lease).await.unwrap();
    store.delete_thread(&"t".into()).await.unwrap();
    assert_eq!(head(&store, "t").await, None);
    // To connect needs no room either.
    one(&machine.url(), options()).await;
}

#[tokio::test]
async fn a_wrong_password_is_told_and_never_shown() {
    let Some(machine) = Machine::start(&["--requirepass", "right-secret"]) else {
        return;
    };
    let port = machine.port;
    for login in ["", ":wrong-secret@", "nobody:wrong-secret@"] {
        let url = format!("redis://{login}127.0.0.1:{port}");
        let error = reason(RedisCheckpointer::connect(url).await);
        assert!(
            matches!(error, RedisError::WrongPassword { .. }),
            "{error:?}"
        );
        let shown = format!(
            "{error} {error:?} {:?}",
            CheckpointError::from(error.clone())
        );
        assert!(shown.contains(&format!("127.0.0.1:{port}")), "{shown}");
        assert!(!shown.contains("secret"), "{shown}");
    }
    let url = format!("redis://:right-secret@127.0.0.1:{port}");
    let store = one(&url, options()).await;
    assert!(!format!("{store:?}").contains("secret"), "{store:?}");
    drop(machine);
    let error = reason(store.events(&"t".into()).await);
    assert!(matches!(error, RedisError::Unreachable { .. }), "{error:?}");
    assert!(
        !format!("{error} {error:?}").contains("secret"),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_address_that_does_not_parse_is_not_shown() {
    for url in [
        "",
        "localhost",
        "postgres://u:secret@host",
        "redis://:secret@host:x",
    ] {
        let error = reason(RedisCheckpointer::connect(url).await);
        assert!(matches!(error, RedisError::BadAddress { .. }), "{error:?}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    let error = reason(RedisCheckpointer::connect_cluster([""; 0]).await);
    assert!(matches!(error, RedisError::BadAddress { .. }), "{error:?}");
}

#[tokio::test]
async fn a_replica_is_told_from_its_master() {
    let Some(master) = Machine::start(&[]) else {
        return;
    };
    let replicaof = format!("127.0.0.1 {}", master.port);
    let Some(replica) = Machine::start(&["--replicaof", &replicaof]) else {
        return;
    };
    let outcome = RedisCheckpointer::connect(replica.url()).await;
    let error = reason(outcome);
    assert!(matches!(error, RedisError::ReadOnly { .. }), "{error:?}");
}

#[tokio::test]
async fn keys_of_another_program_are_left_as_they_are() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    for name in ["", ":data", ":index"] {
        let options = options();
        let key = format!("{}:{{t}}{name}", options.prefix);
        let store = one(&address, options).await;
        let lease = match name {
            // Without its numbers nobody has a lease.
            "" => lease(&store, "other").await,
            _ => lease(&store, "t").await,
        };
        let mut request = commit_on(&lease, None, b"1");
        request.fence.thread = "t".into();
        let () = tell(&address, &format!("SET {key} theirs")).await;
        let thread = "t".into();
        for (call, outcome) in [
            ("commit", store.commit(request).await),
            ("lease", store.acquire_lease(ask("t")).await.map(drop)),
            ("delivery", store.deliver(told("t", None)).await.map(drop)),
            ("delete", store.delete_thread(&thread).await),
        ] {
            let error = reason(outcome);
            let is_told = matches!(error, RedisError::OtherProgram { .. });
            assert!(is_told, "{call} with `{name}`: {error:?}");
        }
        let theirs: String = tell(&address, &format!("GET {key}")).await;
        assert_eq!(theirs, "theirs");
        let () = tell(&address, &format!("DEL {key}")).await;
        assert_eq!(head(&store, "t").await, None, "a part of a commit");
    }
}

#[tokio::test]
async fn what_a_newer_build_laid_out_is_refused_by_name() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let prefix = prefix();
    let () = tell(&address, &format!("SET {prefix}:layout 2")).await;
    let options = RedisOptions {
        prefix: prefix.clone(),
        ..RedisOptions::default()
    };
    let error = reason(RedisCheckpointer::connect_with(&address, options).await);
    let text = error.to_string();
    assert!(
        matches!(
            error,
            RedisError::NewerLayout {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{text}"
    );
    assert!(text.contains(&prefix), "{text}");
}

#[tokio::test]
async fn one_server_and_a_cluster_are_told_apart() {
    let (Some(address), Some(nodes)) = (
        agentflow_testkit::server(ONE),
        agentflow_testkit::server(CLUSTER),
    ) else {
        return;
    };
    let node = nodes.split(',').next().unwrap();
    let error = reason(RedisCheckpointer::connect_cluster([&address]).await);
    assert!(matches!(error, RedisError::NoCluster { .. }), "{error:?}");

    // Which of three nodes has a key is by chance: not every thread is elsewhere.
    let mut refused = Vec::new();
    for _ in 0..8 {
        let outcome = RedisCheckpointer::connect_with(node, options()).await;
        refused.extend(outcome.err());
    }
    assert!(!refused.is_empty());
    for error in refused {
        let error = reason::<()>(Err(error));
        assert!(matches!(error, RedisError::IsCluster { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn nobody_at_an_address_is_unavailable() {
    let Some(machine) = Machine::start(&[]) else {
        return;
    };
    let url = machine.url();
    drop(machine);
    let outcome = RedisCheckpointer::connect(&url).await;
    assert!(outcome.as_ref().is_err_and(CheckpointError::is_retryable));
    assert!(matches!(reason(outcome), RedisError::Unreachable { .. }));
}
