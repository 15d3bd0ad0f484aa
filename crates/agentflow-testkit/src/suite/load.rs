//! Which checkpoint a load finds.

use agentflow_core::{CheckpointId, Namespace};

use super::writer::{Store, Writer, owned};

pub async fn without_an_id_the_head_is_loaded(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    for value in [b"1", b"2", b"3"] {
        let checkpoint = writer.commit(&[("a", value)]).await;
        let stored = writer.load().await;
        assert_eq!(stored.checkpoint, checkpoint);
        assert_eq!(stored.values, owned(&[("a", value)]));
    }
}

pub async fn with_an_id_that_checkpoint_is_loaded(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let first = writer.commit(&[("a", b"1")]).await;
    let second = writer.commit(&[("a", b"2")]).await;
    for (id, checkpoint, value) in [(1, first, b"1"), (2, second, b"2")] {
        let stored = writer.load_at(CheckpointId(id)).await;
        assert_eq!(stored.checkpoint, checkpoint);
        assert_eq!(stored.values, owned(&[("a", value)]));
    }
}

pub async fn what_is_not_there_is_none(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    assert_eq!(
        writer.try_load(None).await,
        None,
        "a lease alone makes no checkpoint"
    );
    writer.commit(&[]).await;
    for (thread, namespace, id) in [
        ("unknown", "", None),
        ("unknown", "", Some(1)),
        ("t", "unknown", None),
        ("t", "unknown", Some(1)),
        ("t", "", Some(0)),
        ("t", "", Some(2)),
        ("t", "", Some(u64::MAX)),
    ] {
        let place = (
            thread.into(),
            Namespace::from(namespace),
            id.map(CheckpointId),
        );
        let loaded = store
            .load(&place.0, &place.1, place.2)
            .await
            .expect("not there is no error");
        assert_eq!(loaded, None, "{place:?}");
    }
}

pub async fn loading_changes_nothing(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("a", b"1")]).await;
    assert_eq!(writer.load().await, writer.load().await);
    let unknown = store
        .load(&"unknown".into(), &Namespace::root(), None)
        .await;
    assert_eq!(unknown.expect("not there is no error"), None);
    Writer::on(store, "unknown").await.commit(&[]).await;
}
