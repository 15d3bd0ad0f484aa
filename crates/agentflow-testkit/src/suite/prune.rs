//! Old checkpoints are forgotten, and nothing that the kept ones need.

use std::sync::Arc;

use agentflow_core::checkpoint::{Prune, RecordKind};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};

use super::deliverer::{deliver, delivery, names};
use super::writer::{Store, Writer, owned, record};

async fn prune(store: &Store, thread: &str, what: impl Into<Prune>) -> u64 {
    let pruned = store.prune(&thread.into(), what.into()).await;
    pruned.expect("a thread is pruned")
}

/// Five checkpoints with a record each; `once` was written by the first only, `each` by
/// every one.
async fn five(mut writer: Writer) -> Writer {
    for number in 1_u8..=5 {
        let each = [number];
        let fields: &[(&str, &[u8])] = &[("each", &each), ("once", b"first")];
        let changed = if number == 1 { fields } else { &fields[..1] };
        writer.commit(changed).await;
        writer
            .save(vec![record("1/n/0", RecordKind::Once, "k", &each)])
            .await;
    }
    writer
}

async fn ids(writer: &Writer) -> Vec<u64> {
    let listed = writer.history(None, 100).await;
    listed.iter().map(|checkpoint| checkpoint.id.0).collect()
}

pub async fn the_newest_of_each_graph_stay(store: &Store) {
    for (keep, want, gone) in [
        (0, &[5][..], 8),
        (1, &[5], 8),
        (2, &[5, 4], 6),
        (5, &[5, 4, 3, 2, 1], 0),
        (u32::MAX, &[5, 4, 3, 2, 1], 0),
    ] {
        let thread = format!("t{keep}");
        let root = five(Writer::on(store, thread.as_str()).await).await;
        let inner = five(root.in_namespace("memory")).await;
        assert_eq!(prune(store, &thread, keep).await, gone, "keep {keep}");
        assert_eq!(ids(&root).await, want, "keep {keep}");
        assert_eq!(ids(&inner).await, want, "keep {keep}");
        assert_eq!(prune(store, &thread, keep).await, 0, "keep {keep} again");
    }
}

/// Checkpoints that were made at these times by these runs, each with its number in a
/// field.
async fn made(mut writer: Writer, each: &[(i64, u64)]) -> Writer {
    for (number, (time, run)) in (1_u32..).zip(each) {
        let mut request = writer.next(&[("each", &number.to_le_bytes()[..1])]);
        request.checkpoint.created_at = Timestamp(*time);
        request.checkpoint.run = *run;
        writer.advance(request).await;
    }
    writer
}

pub async fn what_is_old_enough_or_of_a_run_goes_and_never_the_newest(store: &Store) {
    let newest = Prune::but_newest;
    // The clock was set back once.
    let each = [(10, 1), (20, 1), (15, 2), (40, 2), (i64::MAX, 3)];
    for (number, (what, want)) in [
        (newest(1).made_before(Timestamp(20)), &[5, 4, 2][..]),
        (newest(1).made_before(Timestamp(i64::MIN)), &[5, 4, 3, 2, 1]),
        (newest(1).made_before(Timestamp(i64::MAX)), &[5]),
        (newest(3).made_before(Timestamp(i64::MAX)), &[5, 4, 3]),
        (newest(1).made_by(1), &[5, 4, 3]),
        (newest(4).made_by(1), &[5, 4, 3, 2]),
        (newest(1).made_by(3), &[5, 4, 3, 2, 1]),
        (newest(1).made_by(4), &[5, 4, 3, 2, 1]),
        (
            newest(1).made_by(2).made_before(Timestamp(16)),
            &[5, 4, 2, 1],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let thread = format!("t{number}");
        let root = made(Writer::on(store, thread.as_str()).await, &each).await;
        let inner = made(root.in_namespace("memory"), &each).await;
        let gone = 2 * (each.len() - want.len()) as u64;
        assert_eq!(prune(store, &thread, what).await, gone, "{what:?}");
        assert_eq!(ids(&root).await, want, "{what:?}");
        assert_eq!(ids(&inner).await, want, "{what:?}");
        for id in want {
            let stored = root.load_at(CheckpointId(*id)).await;
            let value = u8::try_from(*id).expect("a small number");
            assert_eq!(
                stored.values,
                owned(&[("each", &[value])]),
                "{what:?}: {id}"
            );
        }
        assert_eq!(prune(store, &thread, what).await, 0, "{what:?} again");
    }
}

pub async fn what_stays_has_its_values_and_records(store: &Store) {
    let writer = five(Writer::on(store, "t").await).await;
    let before = [
        writer.load_at(CheckpointId(4)).await,
        writer.load_at(CheckpointId(5)).await,
    ];
    prune(store, "t", 2).await;
    let after = [
        writer.load_at(CheckpointId(4)).await,
        writer.load_at(CheckpointId(5)).await,
    ];
    assert_eq!(after, before);
    assert_eq!(
        writer.load().await.values,
        owned(&[("each", &[5]), ("once", b"first")])
    );
    assert_eq!(writer.try_load(Some(CheckpointId(3))).await, None);
    assert_eq!(writer.load().await.checkpoint.parent, Some(CheckpointId(4)));
}

pub async fn a_value_is_kept_for_as_long_as_a_fork_needs_it(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let first = writer.commit(&[("a", b"1"), ("b\0x", b"1")]).await;
    writer.commit(&[("a", b"2"), ("b\0x", b"2")]).await;
    writer.commit(&[("a", b"3"), ("b\0x", b"3")]).await;
    let fork = writer.fork_from(&first, &[("c", b"4")]);
    writer.advance(fork).await;
    assert_eq!(prune(store, "t", 1).await, 3);
    let want = owned(&[("a", b"1"), ("b\0x", b"1"), ("c", b"4")]);
    assert_eq!(writer.load().await.values, want);
}

pub async fn a_writer_goes_on_after_it(store: &Store) {
    let mut writer = five(Writer::on(store, "t").await).await;
    prune(store, "t", 1).await;
    let mut request = writer.next(&[("each", b"6")]);
    request.records = vec![record("6/n/0", RecordKind::Once, "k", b"6")];
    writer.advance(request).await;
    assert_eq!(
        writer.load().await.values,
        owned(&[("each", b"6"), ("once", b"first")])
    );
    assert_eq!(writer.load_at(CheckpointId(5)).await.records.len(), 2);

    // The parent is gone although the checkpoint that names it is not.
    let pruned = writer.load_at(CheckpointId(5)).await.checkpoint;
    assert_eq!(pruned.parent, Some(CheckpointId(4)));
    let mut lost = writer.next(&[]);
    lost.checkpoint.parent = Some(CheckpointId(4));
    let refused = store.commit(lost).await;
    assert!(refused.is_err(), "{refused:?}");
}

pub async fn graphs_of_tasks_go_with_the_checkpoint_they_were_built_on(store: &Store) {
    let root = five(Writer::on(store, "t").await).await;
    let mut graphs = Vec::new();
    for (namespace, want) in [
        ("old:3.2.0", &[][..]),
        ("old:4.3.0", &[5, 4]),
        ("now:5.4.0", &[5, 4]),
        ("old:3.2.0|deep:1.1.0", &[]),
        ("now:5.4.0|deep:5.5.1", &[5, 4]),
        ("now:5.4.0|deep:3.3.1", &[]),
        ("memory", &[5, 4]),
        ("memory|deep:5.5.1", &[5, 4]),
        // Numbers are compared as numbers.
        ("far:50.4.0", &[]),
    ] {
        graphs.push((five(root.in_namespace(namespace)).await, want));
    }
    let want: usize = graphs.iter().map(|(_, want)| 5 - want.len()).sum();
    assert_eq!(prune(store, "t", 2).await, want as u64 + 3);
    for (graph, want) in graphs {
        assert_eq!(ids(&graph).await, want, "`{}`", graph.namespace);
        let head = graph.try_load(None).await.map(|head| head.checkpoint.id.0);
        assert_eq!(head, want.first().copied(), "`{}`", graph.namespace);
    }
}

pub async fn what_a_kept_checkpoint_names_of_a_graph_inside_stays(store: &Store) {
    let mut root = five(Writer::on(store, "t").await).await;
    let inner = five(root.in_namespace("memory")).await;
    let namespace = Namespace::from("memory");
    let mut request = root.next(&[]);
    request.checkpoint.inner = [(namespace, CheckpointId(2))].into();
    root.advance(request).await;
    prune(store, "t", 1).await;
    assert_eq!(ids(&inner).await, [5, 2]);
    let named = inner.load_at(CheckpointId(2)).await;
    assert_eq!(named.values, owned(&[("each", &[2]), ("once", b"first")]));
    assert_eq!(named.records.len(), 1);
}

pub async fn other_threads_events_and_leases_stay(store: &Store) {
    let mut writer = five(Writer::on(store, "t").await).await;
    let other = five(Writer::on(store, "t2").await).await;
    deliver(store, delivery("t", "told")).await;
    prune(store, "t", 1).await;
    assert_eq!(ids(&other).await.len(), 5);
    assert_eq!(names(store, "t").await, ["told"]);
    writer.commit(&[]).await;
}

pub async fn an_unknown_thread_has_nothing_to_forget(store: &Store) {
    assert_eq!(prune(store, "unknown", 1).await, 0);
    Writer::on(store, "leased").await;
    deliver(store, delivery("told", "early")).await;
    assert_eq!(prune(store, "leased", 1).await, 0);
    assert_eq!(prune(store, "told", 1).await, 0);
    assert_eq!(names(store, "told").await, ["early"]);
}

pub async fn a_running_writer_does_not_notice(store: &Store) {
    const COMMITS: u64 = 40;
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("once", b"first"), ("each", b"1")]).await;
    let pruner = tokio::spawn({
        let store = Arc::clone(store);
        async move {
            let thread = ThreadId::from("t");
            let mut gone = 0;
            while gone < COMMITS / 2 {
                gone += store
                    .prune(&thread, 1.into())
                    .await
                    .expect("a thread is pruned");
                let head = store.load(&thread, &Namespace::root(), None).await;
                let head = head.expect("loads").expect("the head always stays");
                assert_eq!(head.values.len(), 2, "{head:?}");
                tokio::task::yield_now().await;
            }
        }
    });
    // Until the other has pruned enough, and at least so often.
    while !pruner.is_finished() || writer.head_id() < Some(CheckpointId(COMMITS)) {
        let mut request = writer.next(&[("each", b"2")]);
        request.records = vec![record("1/n/0", RecordKind::Once, "k", b"left")];
        writer.advance(request).await;
        writer
            .save(vec![record("2/n/0", RecordKind::Once, "k", b"saved")])
            .await;
    }
    pruner.await.expect("the pruner saw a whole head each time");
    prune(store, "t", 1).await;
    let stored = writer.load().await;
    assert_eq!(stored.values, owned(&[("each", b"2"), ("once", b"first")]));
    assert_eq!(stored.records.len(), 1);
}
