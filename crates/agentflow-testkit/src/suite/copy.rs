//! One thread made a copy of another.

use agentflow_core::checkpoint::{CheckpointError, RecordKind, Wake};
use agentflow_core::{CheckpointId, ThreadId, Timestamp};

use super::deliverer::{deliver, delivery, due, keyed, names, snooze, waiting};
use super::writer::{Store, Writer, ask, granted, owned, record};

const END: Timestamp = Timestamp(i64::MAX);

/// A thread with two graphs, a fork, records, an event and a wake-up.
async fn filled(store: &Store, thread: &str) -> (Writer, Writer) {
    let mut root = Writer::on(store, thread).await;
    let mut inner = root.in_namespace("agent:1.0.0");
    for writer in [&mut root, &mut inner] {
        let first = writer.commit(&[("a", b"1"), ("b", b"1")]).await;
        let place = writer.namespace.as_str().as_bytes().to_vec();
        writer
            .save(vec![record("1/n/0", RecordKind::Once, "k", &place)])
            .await;
        writer.commit(&[("a", b"2")]).await;
        let fork = writer.fork_from(&first, &[("b", b"3")]);
        writer.advance(fork).await;
    }
    deliver(store, keyed(thread, "told", "k")).await;
    snooze(store, thread, Wake::At(Timestamp(50))).await;
    (root, inner)
}

/// The same graph of another thread, to read it.
fn of(writer: &Writer, thread: &str) -> Writer {
    let mut lease = writer.lease.clone();
    lease.thread = thread.into();
    let mut other = Writer::with_lease(&writer.store, lease, writer.namespace.clone());
    other.head = writer.head.clone();
    other
}

async fn try_copy(store: &Store, from: &str, to: &str) -> Result<(), CheckpointError> {
    store.copy_thread(&from.into(), &to.into()).await
}

async fn copy(store: &Store, from: &str, to: &str) {
    try_copy(store, from, to).await.expect("a thread is copied");
}

async fn expect_same(a: &Writer, b: &Writer) {
    assert_eq!(a.history(None, 10).await, b.history(None, 10).await);
    for id in 1..=3 {
        let id = CheckpointId(id);
        assert_eq!(a.load_at(id).await, b.load_at(id).await);
    }
    assert_eq!(a.load().await, b.load().await);
}

pub async fn a_copy_has_all_graphs_under_the_same_ids(store: &Store) {
    let (root, inner) = filled(store, "t").await;
    copy(store, "t", "copy").await;
    for writer in [root, inner] {
        let copied = of(&writer, "copy");
        expect_same(&writer, &copied).await;
        assert_eq!(copied.history(None, 10).await.len(), 3);
        assert_eq!(copied.load_at(CheckpointId(1)).await.records.len(), 1);
        assert_eq!(
            copied.load().await.values,
            owned(&[("a", b"1"), ("b", b"3")])
        );
    }
}

pub async fn a_copy_has_the_events_the_keys_and_the_wake_up(store: &Store) {
    filled(store, "t").await;
    copy(store, "t", "copy").await;
    let events = waiting(store, "t").await;
    assert_eq!(waiting(store, "copy").await, events);
    assert_eq!(due(store, Timestamp(50), 10).await, ["copy", "t"]);
    assert_eq!(due(store, Timestamp(49), 10).await, [""; 0]);
    let again = deliver(store, keyed("copy", "again", "k")).await;
    assert_eq!(again, events[0].id);
    assert!(deliver(store, delivery("copy", "new")).await > again);
}

pub async fn a_copy_has_no_lease(store: &Store) {
    let (root, _) = filled(store, "t").await;
    copy(store, "t", "copy").await;
    let zombie = of(&root, "copy");
    let refused = zombie.try_commit(&[]).await;
    assert!(
        matches!(refused, Err(CheckpointError::Fenced { .. })),
        "{refused:?}"
    );
    granted(store, ask("copy", "new", Timestamp(0))).await;
    // And the source keeps its own.
    root.try_commit(&[]).await.expect("the owner commits");
}

pub async fn the_two_are_written_independently(store: &Store) {
    let (mut root, _) = filled(store, "t").await;
    copy(store, "t", "copy").await;
    let mut copied = Writer::on(store, "copy").await;
    copied.head = root.head.clone();
    let event = waiting(store, "copy").await[0].id;
    let before = of(&root, "t").load().await;

    let mut request = copied.next(&[("a", b"copy")]);
    request.taken = vec![event];
    request.records = vec![record("9/n/0", RecordKind::Once, "k", b"copy")];
    copied.advance(request).await;
    assert_eq!(root.load().await, before);
    assert_eq!(names(store, "t").await, ["told"]);
    assert_eq!(names(store, "copy").await, [""; 0]);
    assert_eq!(due(store, END, 10).await, ["t"]);

    root.commit(&[("a", b"source")]).await;
    assert_eq!(copied.load().await.values[0].1, b"copy");
    for thread in ["t", "copy"] {
        let other = if thread == "t" { &copied } else { &root };
        let deleted = store.delete_thread(&ThreadId::from(thread)).await;
        deleted.expect("a thread is deleted");
        assert_eq!(other.try_load(None).await.is_some(), thread == "t");
    }
}

pub async fn the_source_is_as_it_was(store: &Store) {
    let (root, inner) = filled(store, "t").await;
    let before = (
        root.load().await,
        inner.load().await,
        root.history(None, 10).await,
        waiting(store, "t").await,
    );
    copy(store, "t", "copy").await;
    let after = (
        root.load().await,
        inner.load().await,
        root.history(None, 10).await,
        waiting(store, "t").await,
    );
    assert_eq!(before, after);
}

pub async fn a_thread_with_checkpoints_is_not_overwritten(store: &Store) {
    filled(store, "t").await;
    let mut busy = Writer::on(store, "busy").await;
    busy.commit(&[("a", b"own")]).await;
    let before = busy.load().await;
    for (from, to) in [("t", "busy"), ("t", "t")] {
        let refused = try_copy(store, from, to).await;
        assert!(
            matches!(refused, Err(CheckpointError::Conflict { .. })),
            "{to}: {refused:?}"
        );
    }
    assert_eq!(busy.load().await, before);
    assert_eq!(busy.history(None, 10).await.len(), 1);
    assert_eq!(waiting(store, "busy").await, []);
    assert_eq!(due(store, END, 10).await, ["t"]);
    assert_eq!(busy.in_namespace("agent:1.0.0").try_load(None).await, None);
}

pub async fn a_thread_with_events_is_not_overwritten(store: &Store) {
    filled(store, "t").await;
    deliver(store, delivery("told", "own")).await;
    let refused = try_copy(store, "t", "told").await;
    assert!(
        matches!(refused, Err(CheckpointError::NotNew { .. })),
        "{refused:?}"
    );
    assert_eq!(names(store, "told").await, ["own"]);
}

pub async fn an_unknown_thread_is_not_copied(store: &Store) {
    filled(store, "deleted").await;
    let deleted = store.delete_thread(&"deleted".into()).await;
    deleted.expect("a thread is deleted");
    Writer::on(store, "leased").await;
    for from in ["unknown", "leased", "deleted"] {
        let refused = try_copy(store, from, "copy").await;
        match refused {
            Err(CheckpointError::NoSuchThread { thread }) => assert_eq!(thread.as_str(), from),
            other => panic!("{from}: {other:?}"),
        }
    }
    // Also where the copy would be refused.
    let refused = try_copy(store, "unknown", "unknown").await;
    assert!(refused.is_err(), "{refused:?}");
    Writer::on(store, "copy").await.commit(&[]).await;
}

pub async fn a_thread_that_never_ran_is_copied_with_its_events(store: &Store) {
    deliver(store, delivery("t", "early")).await;
    copy(store, "t", "copy").await;
    assert_eq!(names(store, "copy").await, ["early"]);
}

pub async fn a_deleted_or_leased_thread_takes_a_copy(store: &Store) {
    let (root, _) = filled(store, "t").await;
    let (old, _) = filled(store, "old").await;
    deliver(store, delivery("t", "one more than the other ever had")).await;
    let deleted = store.delete_thread(&"old".into()).await;
    deleted.expect("a thread is deleted");
    copy(store, "t", "old").await;
    expect_same(&root, &of(&root, "old")).await;
    // Its lease is still in force, and its epochs grow on.
    let mut owner = old;
    owner.head = root.head.clone();
    owner.commit(&[]).await;
    let copied = waiting(store, "old").await;
    let new = deliver(store, delivery("old", "new")).await;
    assert!(copied.iter().all(|event| event.id < new));
}
