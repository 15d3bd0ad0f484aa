//! A process that is killed while it commits loses nothing that it was told is
//! stored, and leaves nothing half done.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use agentflow_core::checkpoint::{Checkpointer, Delivery, Record, RecordKind};
use agentflow_core::{CheckpointId, Namespace, Timestamp};
use agentflow_sql::SqliteCheckpointer;

use crate::thread::{commit_on, expect_whole, head, lease, record_at};

pub(crate) const DATABASE: &str = "AGENTFLOW_SQL_CRASH_DATABASE";
pub(crate) const ROUNDS: usize = 20;
/// What the child prints before the number of a checkpoint that was acknowledged.
pub(crate) const ACKNOWLEDGED: &str = "acknowledged ";

/// Not a test of its own: the process that the test below starts and kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_that_commits_until_it_is_killed() {
    let Some(path) = std::env::var_os(DATABASE) else {
        return;
    };
    let store = SqliteCheckpointer::open(Path::new(&path)).await.unwrap();
    let lease = lease(&store, "t").await;
    let mut at = head(&store, "t").await.map(|stored| stored.checkpoint.id);
    loop {
        let id = CheckpointId::after(at);
        let name = id.to_string();
        let mut request = commit_on(&lease, at, name.as_bytes());
        // Under its key it is the one that a child before this one may have left.
        let event = store.deliver(told(&name)).await.unwrap();
        request.taken = vec![event];
        request.records.extend(at.map(|_| left_behind(&name)));
        store.commit(request).await.unwrap();
        store
            .save_records(record_at(&lease, id, id.to_string().as_bytes()))
            .await
            .unwrap();
        // One write, so that a line is there wholly or not at all.
        let line = format!("{ACKNOWLEDGED}{id}\n");
        std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
        at = Some(id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_a_kill_is_there_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    let mut last = 0;
    for round in 0..ROUNDS {
        let child = "crash::child_that_commits_until_it_is_killed";
        let acknowledged = kill_after(&path, child, 1 + round % 7);
        assert_eq!(acknowledged.first(), Some(&(last + 1)), "round {round}");
        let newest = *acknowledged.last().unwrap();

        let store = SqliteCheckpointer::open(&path).await.unwrap();
        for id in acknowledged {
            let id = CheckpointId(id);
            let stored = store
                .load(&"t".into(), &Namespace::root(), Some(id))
                .await
                .unwrap();
            let stored = stored.expect("what was acknowledged is there");
            expect_whole(&stored);
            assert_eq!(stored.records[0].value, id.to_string().as_bytes());
        }
        let stored = head(&store, "t").await.unwrap();
        expect_whole(&stored);
        last = stored.checkpoint.id.0;
        expect_one_transaction(&store, stored.checkpoint.id).await;
        // The one commit that the child may have made and not yet printed.
        assert!(
            (newest..=newest + 1).contains(&last),
            "head {last} after {newest}"
        );
        store.close().await;
    }
}

/// An event for the commit of this number.
fn told(name: &str) -> Delivery {
    Delivery {
        thread: "t".into(),
        name: name.to_owned(),
        payload: Vec::new(),
        key: Some(name.to_owned()),
        now: Timestamp(0),
    }
}

/// What the commit of this number leaves on the one before.
fn left_behind(name: &str) -> Record {
    Record {
        task: "1/n/0".to_owned(),
        kind: RecordKind::Once,
        key: "left behind".to_owned(),
        value: name.as_bytes().to_vec(),
    }
}

/// Panics unless each commit took its event and left its record, and none that did not
/// happen did.
async fn expect_one_transaction(store: &SqliteCheckpointer, last: CheckpointId) {
    let next = CheckpointId::after(Some(last)).to_string();
    for event in store.events(&"t".into()).await.unwrap() {
        assert_eq!(event.name, next, "the others were taken");
    }
    for id in (1..=last.0).map(CheckpointId) {
        let root = Namespace::root();
        let stored = store.load(&"t".into(), &root, Some(id)).await.unwrap();
        let mut left = stored.expect("it was committed").records;
        left.retain(|record| record.kind == RecordKind::Once);
        let after = left_behind(&CheckpointId::after(Some(id)).to_string());
        let want = if id == last { vec![] } else { vec![after] };
        assert_eq!(left, want, "checkpoint {id}");
    }
}

/// Kills the child that this test is after its `lines`-th acknowledgement; returns all it
/// gave.
pub(crate) fn kill_after(path: &Path, test: &str, lines: usize) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = Vec::new();
    for line in output.lines().map_while(Result::ok) {
        // The test harness may begin a line of its own before the first one.
        if let Some((_, id)) = line.split_once(ACKNOWLEDGED) {
            acknowledged.push(id.parse().unwrap());
        }
        if acknowledged.len() == lines {
            // SIGKILL. What was printed before it is read to the end of the pipe.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}
