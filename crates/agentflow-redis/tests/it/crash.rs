//! A server that is killed while it is written to loses nothing that it acknowledged, if it
//! logs every write, and leaves nothing half done. Two processes that write one thread never
//! both win.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::process::{Command, Stdio};
use std::sync::Arc;

use agentflow_core::checkpoint::{CheckpointError, Checkpointer, Epoch, Lease, OwnerId};
use agentflow_core::{CheckpointId, Namespace};
use agentflow_redis::{RedisCheckpointer, RedisOptions};
use tokio::sync::mpsc;

use crate::machine::Machine;
use crate::place::{ONE, one, options, prefix};
use crate::thread::{commit_on, expect_whole, head, lease, record, records_at, told};

const WRITERS: usize = 4;
const ROUNDS: usize = 10;

/// Commits until the server is gone; each commit takes an event and leaves a record. Tells
/// of each that was acknowledged, and returns the first and the last.
async fn write(
    store: Arc<RedisCheckpointer>,
    thread: String,
    told_to: mpsc::UnboundedSender<()>,
) -> RangeInclusive<u64> {
    let mut at = head(&store, &thread)
        .await
        .map(|stored| stored.checkpoint.id);
    let first = CheckpointId::after(at).0;
    let lease = lease(&store, &thread).await;
    loop {
        let id = CheckpointId::after(at);
        let name = id.to_string();
        let outcome: Result<(), CheckpointError> = async {
            let mut request = commit_on(&lease, at, name.as_bytes());
            // Under its key it is the one that was delivered before the kill.
            request.taken = vec![store.deliver(told(&thread, Some(&name))).await?];
            request
                .records
                .extend(at.map(|_| record("left behind", name.as_bytes())));
            store.commit(request).await?;
            let own = vec![record("own", name.as_bytes())];
            store.save_records(records_at(&lease, id, own)).await
        }
        .await;
        match outcome {
            Ok(()) => at = Some(id),
            Err(error) => {
                assert!(error.is_retryable(), "{error:?}");
                return first..=at.map_or(0, |at| at.0);
            }
        }
        let _ = told_to.send(());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_the_server_was_killed_is_there_and_whole() {
    let log = ["--appendonly", "yes", "--appendfsync", "always"];
    let Some(mut machine) = Machine::start(&log) else {
        return;
    };
    let options = options();
    for round in 0..ROUNDS {
        let store = Arc::new(one(&machine.url(), options.clone()).await);
        let (told_to, mut acknowledged) = mpsc::unbounded_channel();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                tokio::spawn(write(
                    Arc::clone(&store),
                    writer.to_string(),
                    told_to.clone(),
                ))
            })
            .collect();
        for _ in 0..5 + round * 3 {
            acknowledged.recv().await.unwrap();
        }
        machine.kill();
        let mut acknowledged_by = Vec::new();
        for writer in writers {
            acknowledged_by.push(writer.await.unwrap());
        }
        drop(store);
        machine.restart();
        let store = one(&machine.url(), options.clone()).await;
        for (writer, acknowledged) in acknowledged_by.into_iter().enumerate() {
            expect_all(&store, &writer.to_string(), acknowledged).await;
        }
    }
}

/// Panics unless all that was acknowledged is there, and what was in doubt wholly or not.
async fn expect_all(store: &RedisCheckpointer, thread: &str, acknowledged: RangeInclusive<u64>) {
    let newest = *acknowledged.end();
    let last = head(store, thread)
        .await
        .map_or(0, |stored| stored.checkpoint.id.0);
    assert!(
        (newest..=newest + 1).contains(&last),
        "head {last} after {newest}"
    );
    for id in 1..=last {
        let root = Namespace::root();
        let stored = store
            .load(&thread.into(), &root, Some(CheckpointId(id)))
            .await
            .unwrap();
        let stored = stored.expect("it was committed");
        expect_whole(&stored);
        let left = record("left behind", (id + 1).to_string().as_bytes());
        let own = record("own", id.to_string().as_bytes());
        let found: BTreeMap<_, _> = stored
            .records
            .iter()
            .map(|it| (it.key.as_str(), it))
            .collect();
        let want_left = (id < last).then_some(&left);
        assert_eq!(
            found.get("left behind").copied(),
            want_left,
            "checkpoint {id}"
        );
        if acknowledged.contains(&id) {
            assert_eq!(found.get("own").copied(), Some(&own), "checkpoint {id}");
        }
    }
    // One event may wait: that of the commit that did not happen.
    let events = store.events(&thread.into()).await.unwrap();
    assert!(events.len() <= 1, "{events:?}");
}

const RACE: &str = "AGENTFLOW_REDIS_RACE";
const COMMITS: u64 = 300;
/// What a child prints before the number of a checkpoint that it won.
const WON: &str = "won ";

/// Not a test of its own: one of the processes that the test below starts.
#[tokio::test]
async fn child_that_races() {
    let Ok(race) = std::env::var(RACE) else {
        return;
    };
    let address = agentflow_testkit::server(ONE).unwrap();
    let mut parts = race.split(' ');
    let mut part = || parts.next().unwrap().to_owned();
    let (prefix, epoch, own) = (part(), part(), part());
    let options = RedisOptions {
        prefix,
        ..RedisOptions::default()
    };
    let store = one(&address, options).await;
    let lease = Lease {
        thread: "t".into(),
        owner: OwnerId("test".to_owned()),
        epoch: Epoch(epoch.parse().unwrap()),
    };
    let mut won = String::new();
    loop {
        let at = head(&store, "t").await.map(|stored| stored.checkpoint.id);
        if at.is_some_and(|at| at.0 >= COMMITS) {
            break;
        }
        match store.commit(commit_on(&lease, at, own.as_bytes())).await {
            Ok(()) => won += &format!("{WON}{}\n", CheckpointId::after(at)),
            Err(CheckpointError::Conflict { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    use std::io::Write;
    std::io::stdout().lock().write_all(won.as_bytes()).unwrap();
}

#[tokio::test]
async fn of_two_processes_that_write_one_thread_each_commit_has_one_winner() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let prefix = prefix();
    let options = RedisOptions {
        prefix: prefix.clone(),
        ..RedisOptions::default()
    };
    let store = one(&address, options).await;
    let lease = lease(&store, "t").await;
    let children = ["a", "b"].map(|own| {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child_that_races", "--nocapture"])
            .env(RACE, format!("{prefix} {} {own}", lease.epoch))
            .stdout(Stdio::piped())
            .spawn();
        (own, child.unwrap())
    });
    let mut winners = BTreeMap::new();
    for (own, child) in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let said = String::from_utf8(output.stdout).unwrap();
        for (_, id) in said.lines().filter_map(|line| line.split_once(WON)) {
            let id: u64 = id.parse().unwrap();
            assert_eq!(
                winners.insert(id, own),
                None,
                "checkpoint {id} was won twice"
            );
        }
    }
    assert_eq!(winners.len() as u64, COMMITS);
    for (id, own) in winners {
        let id = Some(CheckpointId(id));
        let stored = store
            .load(&"t".into(), &Namespace::root(), id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stored.values[1].1, own.as_bytes(), "{id:?}");
    }
}
