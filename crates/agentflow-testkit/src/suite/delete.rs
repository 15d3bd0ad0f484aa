//! What deleting a thread takes away, and what it must leave.

use agentflow_core::Namespace;
use agentflow_core::checkpoint::{CheckpointError, RecordKind};

use super::writer::{NOW, Store, Writer, ask, granted, owned, record};

/// A thread with two graphs, several checkpoints and records.
async fn filled(store: &Store, thread: &str) -> (Writer, Writer) {
    let mut root = Writer::on(store, thread).await;
    let mut child = root.in_namespace("agent:1.0");
    for writer in [&mut root, &mut child] {
        writer.commit(&[("a", b"1"), ("b", b"1")]).await;
        writer
            .save(vec![record("1/n/0", RecordKind::Writes, "", b"1")])
            .await;
        writer.commit(&[("a", b"2")]).await;
        writer
            .save(vec![record("2/n/0", RecordKind::Writes, "", b"2")])
            .await;
    }
    (root, child)
}

pub async fn a_deleted_thread_has_nothing_left(store: &Store) {
    let (root, child) = filled(store, "t").await;
    store
        .delete_thread(&"t".into())
        .await
        .expect("the thread is deleted");
    for writer in [root, child] {
        assert_eq!(writer.try_load(None).await, None);
        for checkpoint in 1..=2 {
            let id = Some(agentflow_core::CheckpointId(checkpoint));
            assert_eq!(writer.try_load(id).await, None);
        }
        assert_eq!(writer.history(None, 10).await, []);
    }
}

pub async fn other_threads_stay_whole(store: &Store) {
    filled(store, "t").await;
    let (root, child) = filled(store, "t2").await;
    let before = (
        root.load().await,
        child.load().await,
        root.history(None, 10).await,
    );
    store
        .delete_thread(&"t".into())
        .await
        .expect("the thread is deleted");
    let after = (
        root.load().await,
        child.load().await,
        root.history(None, 10).await,
    );
    assert_eq!(before, after);
}

pub async fn an_unknown_thread_is_no_error(store: &Store) {
    let (root, _) = filled(store, "t").await;
    let before = root.load().await;
    store
        .delete_thread(&"unknown".into())
        .await
        .expect("nothing to delete");
    store
        .delete_thread(&"".into())
        .await
        .expect("nothing to delete");
    assert_eq!(root.load().await, before);
}

pub async fn a_thread_of_the_same_name_begins_anew(store: &Store) {
    let (old, _) = filled(store, "t").await;
    store
        .release_lease(&old.lease)
        .await
        .expect("the owner releases");
    store
        .delete_thread(&"t".into())
        .await
        .expect("the thread is deleted");

    let mut new = Writer::on(store, "t").await;
    new.commit(&[("a", b"new")]).await;
    let stored = new.load().await;
    assert_eq!(stored.values, owned(&[("a", b"new")]));
    assert_eq!(stored.records, []);
    assert_eq!(new.history(None, 10).await.len(), 1);
    assert_eq!(new.in_namespace("agent:1.0").try_load(None).await, None);
}

pub async fn epochs_grow_on_after_a_delete(store: &Store) {
    let (old, _) = filled(store, "t").await;
    store
        .release_lease(&old.lease)
        .await
        .expect("the owner releases");
    store
        .delete_thread(&"t".into())
        .await
        .expect("the thread is deleted");
    let lease = granted(store, ask("t", "second", NOW)).await;
    assert!(lease.epoch > old.lease.epoch);

    // Or a zombie of the deleted thread could write into the new one.
    let zombie = Writer::with_lease(store, old.lease, Namespace::root());
    let outcome = zombie.try_commit(&[("a", b"late")]).await;
    assert!(
        matches!(outcome, Err(CheckpointError::Fenced { .. })),
        "{outcome:?}"
    );
    assert_eq!(zombie.try_load(None).await, None);
}

pub async fn a_thread_is_deleted_twice_without_error(store: &Store) {
    filled(store, "t").await;
    store
        .delete_thread(&"t".into())
        .await
        .expect("the thread is deleted");
    store
        .delete_thread(&"t".into())
        .await
        .expect("again is no error");
}
