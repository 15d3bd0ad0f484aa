//! What is left of a call whose connection is cut: behind a server, a commit may be cut at
//! any byte of its request and of its answer.

use std::sync::Arc;

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{CheckpointError, Checkpointer, Record, RecordKind};

use super::writer::{Store, Writer, record};
use crate::line::{Line, Way};

/// At so many places in each way a call is cut.
const CUTS: u64 = 40;

/// Times that a call is made again once the line is whole: a client may have to learn of
/// each broken connection by a call that fails.
const TRIES_MAX: u32 = 8;

/// A server's store, over a line that can be cut and beside it.
#[derive(Debug)]
pub struct CutFixture {
    /// To the server.
    pub line: Line,
    /// Connects through the line.
    pub through: Arc<dyn Checkpointer>,
    /// Keeps the same, and connects to the server itself.
    pub beside: Arc<dyn Checkpointer>,
}

/// Makes the tests of what is left when a connection is cut, for a backend behind a server.
///
/// The closure is given the address that the variable holds, and makes a
/// [`CutFixture`](crate::CutFixture).
#[macro_export]
macro_rules! cut_suite {
    ($name:ident, needs $variable:literal, $fresh:expr) => {
        mod $name {
            use super::*;

            $crate::cut_suite! { @tests $variable, $fresh =>
                a_commit_that_is_cut_is_there_wholly_or_not_at_all
                records_that_are_cut_are_there_wholly_or_not_at_all
            }
        }
    };
    (@tests $variable:literal, $fresh:expr => $($behaviour:ident)+) => {
        $(#[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $behaviour() {
            if let Some(address) = $crate::server($variable) {
                $crate::suite::cut::$behaviour(($fresh)(address).await).await;
            }
        })+
    };
}

pub async fn a_commit_that_is_cut_is_there_wholly_or_not_at_all(fixture: CutFixture) {
    let mut through = Writer::on(&fixture.through, "t").await;
    let beside = Writer::with_lease(
        &fixture.beside,
        through.lease.clone(),
        through.namespace.clone(),
    );
    // The server learns what is sent to it, and both ways are measured.
    for _ in 0..8 {
        through.commit(&fields(b"warm-up")).await;
    }
    for way in [Way::There, Way::Back] {
        let bytes = fixture.line.bytes(way);
        through.commit(&fields(b"measured")).await;
        let bytes = fixture.line.bytes(way) - bytes;
        for cut in 0..CUTS {
            let after = cut * bytes / CUTS;
            let value = format!("{way:?} {cut}").into_bytes();
            let (before, request) = (through.head_id(), through.next(&fields(&value)));
            let id = request.checkpoint.id;
            fixture.line.cut(way, after);
            let outcome = fixture.through.commit(request.clone()).await;
            assert!(!fixture.line.will_cut(), "the call went another way");

            let head = beside.load().await.checkpoint.id;
            let place = format!("cut {way:?} after {after} of {bytes} bytes: {outcome:?}");
            match outcome {
                Ok(()) => assert_eq!(head, id, "{place}"),
                Err(error) => {
                    assert!(error.is_retryable(), "{place}");
                    assert!(head == id || Some(head) == before, "{place}");
                    let again = async || fixture.through.commit(request.clone()).await;
                    let done = until_answered(again).await;
                    // Whoever asks again is told that it happened, one way or the other.
                    match done {
                        Ok(()) => {}
                        Err(CheckpointError::Conflict { found, .. }) if head == id => {
                            assert_eq!(found, Some(id), "{place}");
                        }
                        Err(error) => panic!("{place}; again: {error:?}"),
                    }
                }
            }
            let stored = beside.load().await;
            assert_eq!(stored.checkpoint.id, id, "{place}");
            for (field, want) in fields(&value) {
                let found = stored
                    .values
                    .iter()
                    .find(|(name, _)| name.as_str() == field);
                assert_eq!(
                    found.map(|(_, value)| value.as_slice()),
                    Some(want),
                    "{place}"
                );
            }
            through.head = Some(stored.checkpoint);
        }
    }
    let history = beside.history(None, u32::MAX).await;
    let ids = history.iter().rev().map(|checkpoint| checkpoint.id);
    assert!(ids.eq((1..=history.len() as u64).map(CheckpointId)));
}

pub async fn records_that_are_cut_are_there_wholly_or_not_at_all(fixture: CutFixture) {
    let mut through = Writer::on(&fixture.through, "t").await;
    through.commit(&fields(b"first")).await;
    for _ in 0..8 {
        through.save(records("warm-up")).await;
    }
    for way in [Way::There, Way::Back] {
        let bytes = fixture.line.bytes(way);
        through.save(records("measured")).await;
        let bytes = fixture.line.bytes(way) - bytes;
        for cut in 0..CUTS {
            let task = format!("{way:?} {cut}");
            let request = through.records(records(&task));
            fixture.line.cut(way, cut * bytes / CUTS);
            let outcome = fixture.through.save_records(request.clone()).await;
            assert!(!fixture.line.will_cut(), "the call went another way");

            let found = of_task(&fixture.beside, &through, &task).await;
            let place = format!("{task}: {outcome:?}");
            match outcome {
                Ok(()) => assert_eq!(found, records(&task), "{place}"),
                Err(error) => {
                    assert!(error.is_retryable(), "{place}");
                    assert!(found.is_empty() || found == records(&task), "{place}");
                    let again = async || fixture.through.save_records(request.clone()).await;
                    until_answered(again).await.expect("the line is whole");
                }
            }
            let found = of_task(&fixture.beside, &through, &task).await;
            assert_eq!(found, records(&task), "{place}");
        }
    }
}

/// A small value, and one that is not.
fn fields(value: &[u8]) -> [(&str, &[u8]); 2] {
    [("small", value), ("large", &[7; 20_000])]
}

fn records(task: &str) -> Vec<Record> {
    let kinds = [RecordKind::Once, RecordKind::Writes];
    let records = kinds.map(|kind| record(task, kind, "k", &[7; 2_000]));
    let mut records = Vec::from(records);
    records.sort_by_key(|record| record.kind);
    records
}

async fn of_task(store: &Store, writer: &Writer, task: &str) -> Vec<Record> {
    let (thread, namespace) = (&writer.lease.thread, &writer.namespace);
    let stored = store.load(thread, namespace, None).await;
    let stored = stored.expect("beside the line all is well");
    let mut records = stored.expect("the thread has a head").records;
    records.retain(|record| record.task == task);
    records
}

async fn until_answered(
    call: impl AsyncFn() -> Result<(), CheckpointError>,
) -> Result<(), CheckpointError> {
    let mut outcome = call().await;
    for _ in 1..TRIES_MAX {
        match &outcome {
            Err(error) if error.is_retryable() => outcome = call().await,
            _ => break,
        }
    }
    outcome
}
