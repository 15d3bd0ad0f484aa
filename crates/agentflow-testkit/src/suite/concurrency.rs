//! What holds while several callers are at work at once, or give up half way.

use std::sync::Arc;

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{CheckpointError, LeaseGrant, RecordKind, Stored};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::writer::{NOW, Store, Writer, answer, ask, owned, record};

const RACERS: usize = 8;
const ROUNDS: u64 = 20;

/// Runs one future per racer, all let go at the same moment.
async fn race<T, F>(runner: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(RACERS));
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let (start, run) = (Arc::clone(&start), runner(racer));
        racers.spawn(async move {
            start.wait().await;
            run.await
        });
    }
    racers.join_all().await
}

pub async fn of_racing_writers_exactly_one_commits(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    for round in 0..ROUNDS {
        let outcomes = race(|racer| {
            let request = writer.next(&[("winner", &[u8::try_from(racer).expect("few racers")])]);
            let store = Arc::clone(store);
            async move { (racer, store.commit(request).await) }
        })
        .await;

        let mut winners = Vec::new();
        for (racer, outcome) in outcomes {
            match outcome {
                Ok(()) => winners.push(u8::try_from(racer).expect("few racers")),
                Err(CheckpointError::Conflict {
                    expected, found, ..
                }) => {
                    assert_eq!(expected, writer.head_id());
                    assert_eq!(found, Some(CheckpointId::after(expected)));
                }
                Err(other) => panic!("round {round}: {other:?}"),
            }
        }
        let stored = writer.load().await;
        assert_eq!(
            winners.len(),
            1,
            "round {round}: {winners:?} all believe they won"
        );
        assert_eq!(stored.values, owned(&[("winner", &winners)]));
        writer.head = Some(stored.checkpoint);
    }
}

pub async fn of_racing_owners_exactly_one_is_granted(store: &Store) {
    for round in 0..ROUNDS {
        let thread = format!("t{round}");
        let grants = race(|racer| {
            let (store, request) = (
                Arc::clone(store),
                ask(thread.as_str(), &format!("{racer}"), NOW),
            );
            async move { answer(&store, request).await }
        })
        .await;
        let granted = grants
            .iter()
            .filter(|grant| matches!(grant, LeaseGrant::Granted(_)));
        assert_eq!(granted.count(), 1, "round {round}: {grants:?}");
    }
}

pub async fn of_racing_first_records_one_stays(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    for round in 0..ROUNDS {
        writer.commit(&[]).await;
        let seen = race(|racer| {
            let value = [u8::try_from(racer).expect("few racers")];
            let request = writer.records(vec![record("1/n/0", RecordKind::Once, "k", &value)]);
            let (store, key) = (Arc::clone(store), request.checkpoint.clone());
            async move {
                store
                    .save_records(request)
                    .await
                    .expect("records are saved");
                let stored = store.load(&key.thread, &key.namespace, Some(key.id)).await;
                stored.expect("loads").expect("is there").records
            }
        })
        .await;
        assert_eq!(seen[0].len(), 1, "round {round}");
        assert!(
            seen.iter().all(|records| *records == seen[0]),
            "round {round}: {seen:?}"
        );
    }
}

pub async fn many_threads_commit_side_by_side(store: &Store) {
    let stored: Vec<Stored> = race(|racer| {
        let store = Arc::clone(store);
        async move {
            let mut writer = Writer::on(&store, format!("t{racer}")).await;
            for _ in 0..ROUNDS {
                let id = CheckpointId::after(writer.head_id());
                writer.commit(&[("id", &id.0.to_le_bytes())]).await;
                writer
                    .save(vec![record("1/n/0", RecordKind::Writes, "", b"done")])
                    .await;
            }
            writer.load().await
        }
    })
    .await;
    for stored in stored {
        assert_eq!(stored.checkpoint.id, CheckpointId(ROUNDS));
        assert_eq!(stored.values, owned(&[("id", &ROUNDS.to_le_bytes())]));
        assert_eq!(stored.records.len(), 1);
    }
}

pub async fn one_refused_commit_does_not_spoil_its_neighbours(store: &Store) {
    // A store may write what comes at the same time in one transaction; each call
    // still has its own outcome.
    let outcomes = race(|racer| {
        let store = Arc::clone(store);
        async move {
            let writer = Writer::on(&store, format!("t{racer}")).await;
            let mut request = writer.next(&[("a", b"1")]);
            if racer % 2 == 1 {
                request.expected_head = Some(CheckpointId(7));
            }
            let outcome = store.commit(request).await;
            (racer, outcome, writer.try_load(None).await)
        }
    })
    .await;
    for (racer, outcome, stored) in outcomes {
        assert_eq!(
            outcome.is_ok(),
            racer % 2 == 0,
            "racer {racer}: {outcome:?}"
        );
        assert_eq!(stored.is_some(), racer % 2 == 0, "racer {racer}");
    }
}

pub async fn a_reader_sees_whole_checkpoints_while_they_are_written(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("a", b"0"), ("b", b"0")]).await;
    let (thread, namespace) = (writer.lease.thread.clone(), writer.namespace.clone());
    let reader = tokio::spawn({
        let store = Arc::clone(store);
        async move {
            loop {
                let stored = store.load(&thread, &namespace, None).await.expect("loads");
                let stored = stored.expect("the thread has a head");
                assert_eq!(
                    stored.values[0].1, stored.values[1].1,
                    "half of a commit was seen"
                );
                if stored.checkpoint.id == CheckpointId(ROUNDS) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
    });
    while writer.head_id() != Some(CheckpointId(ROUNDS)) {
        let value = CheckpointId::after(writer.head_id()).0.to_le_bytes();
        writer.commit(&[("a", &value), ("b", &value)]).await;
    }
    reader.await.expect("the reader saw no half commit");
}

pub async fn a_commit_that_is_dropped_happened_wholly_or_not_at_all(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer
        .commit(&[("a", &1_u64.to_le_bytes()), ("b", &1_u64.to_le_bytes())])
        .await;
    for patience in 0..ROUNDS {
        let value = CheckpointId::after(writer.head_id()).0.to_le_bytes();
        let request = writer.next(&[("a", &value), ("b", &value)]);
        tokio::select! {
            biased;
            outcome = store.commit(request) => outcome.expect("nobody else writes"),
            () = yield_often(patience) => {}
        }
        // A write of the same thread that is waited for: what was dropped before it is
        // decided now, if the store takes its calls in order.
        store
            .renew_lease(&writer.lease, NOW, super::writer::TTL)
            .await
            .expect("still the owner");
        let stored = writer.load().await;
        let id = stored.checkpoint.id;
        assert!(Some(id) == writer.head_id() || id == CheckpointId::after(writer.head_id()));
        let whole = id.0.to_le_bytes();
        assert_eq!(
            stored.values,
            owned(&[("a", &whole), ("b", &whole)]),
            "patience {patience}"
        );
        writer.head = Some(stored.checkpoint);
    }
}

pub(super) async fn yield_often(times: u64) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}
