//! Commits that go on from an older checkpoint than the head, and what a commit
//! leaves on the checkpoint it was built on.

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{CheckpointError, Record, RecordKind};

use super::writer::{Store, Writer, owned, record};

pub async fn a_fork_goes_on_from_an_older_checkpoint(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let first = writer.commit(&[("a", b"a1"), ("b", b"b1")]).await;
    let second = writer.commit(&[("a", b"a2"), ("c", b"c2")]).await;
    let fork = writer
        .advance(writer.fork_from(&first, &[("b", b"b3")]))
        .await;
    assert_eq!((fork.id, fork.parent), (CheckpointId(3), Some(first.id)));

    let stored = writer.load().await;
    assert_eq!(stored.checkpoint, fork);
    assert_eq!(stored.values, owned(&[("a", b"a1"), ("b", b"b3")]));
    // The branch that was left is as it was, and both go on being listed.
    let left = writer.load_at(second.id).await;
    assert_eq!(
        left.values,
        owned(&[("a", b"a2"), ("b", b"b1"), ("c", b"c2")])
    );
    let after = writer.commit(&[("a", b"a4")]).await;
    assert_eq!(
        writer.load().await.values,
        owned(&[("a", b"a4"), ("b", b"b3")])
    );
    assert_eq!(writer.history(None, 10).await, [after, fork, second, first]);
}

pub async fn a_fork_expects_the_head_all_the_same(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let first = writer.commit(&[]).await;
    writer.commit(&[]).await;
    let mut request = writer.fork_from(&first, &[]);
    request.expected_head = Some(first.id);
    expect_conflict(writer.store.commit(request).await, Some(1), Some(2));
    assert_eq!(writer.history(None, 10).await.len(), 2);
}

pub async fn a_checkpoint_without_a_parent_may_follow_the_head(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("a", b"1")]).await;
    let mut request = writer.next(&[("a", b"2")]);
    request.checkpoint.parent = None;
    let rootless = writer.advance(request).await;
    assert_eq!(writer.load().await.checkpoint, rootless);
}

pub async fn a_parent_that_is_not_there_is_a_conflict(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let mut request = writer.next(&[("a", b"lost")]);
    request.checkpoint.parent = Some(CheckpointId(1));
    request.checkpoint.id = CheckpointId(2);
    expect_conflict(store.commit(request).await, Some(1), None);
    assert_eq!(writer.try_load(None).await, None);

    writer.commit(&[("a", b"1")]).await;
    let mut other = writer.in_namespace("agent:1.0.0");
    other.commit(&[]).await;
    other.commit(&[]).await;
    let before = writer.load().await;
    // Number 2 is there, but in another graph.
    for parent in [0, 2, 9, u64::MAX] {
        let mut request = writer.next(&[("a", b"lost")]);
        request.checkpoint.parent = Some(CheckpointId(parent));
        expect_conflict(store.commit(request).await, Some(parent), Some(1));
        assert_eq!(writer.load().await, before);
    }
    writer.commit(&[]).await;
}

pub async fn an_id_that_is_not_above_the_head_is_a_conflict(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("a", b"1")]).await;
    writer.commit(&[("a", b"2")]).await;
    let before = writer.load().await;
    for id in [0, 1, 2] {
        let mut request = writer.next(&[("a", b"lost")]);
        request.checkpoint.id = CheckpointId(id);
        expect_conflict(store.commit(request).await, Some(2), Some(2));
        assert_eq!(writer.load().await, before, "{id}");
    }
    assert_eq!(writer.history(None, 10).await.len(), 2);
}

pub async fn a_commit_leaves_records_on_its_parent(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let first = writer.commit(&[]).await;
    writer.commit(&[]).await;
    let left = |value: &[u8]| vec![record("1/n/0", RecordKind::Once, "k", value)];
    // On the head, and on an older one that a fork goes on from.
    let mut on_head = writer.next(&[]);
    on_head.records = left(b"head");
    let third = writer.advance(on_head).await;
    let mut on_older = writer.fork_from(&first, &[]);
    on_older.records = left(b"older");
    writer.advance(on_older).await;

    for (id, want) in [
        (first.id, left(b"older")),
        (CheckpointId(2), left(b"head")),
        (third.id, vec![]),
        (CheckpointId(4), vec![]),
    ] {
        assert_eq!(writer.load_at(id).await.records, want, "{id}");
    }
}

pub async fn records_of_a_commit_win_and_lose_as_others_do(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    let of_all = |value: &[u8]| -> Vec<Record> {
        let kinds = RecordKind::ALL.into_iter();
        kinds
            .map(|kind| record("1/n/0", kind, "k", value))
            .collect()
    };
    writer.save(of_all(b"saved")).await;
    let mut request = writer.next(&[]);
    request.records = of_all(b"committed");
    writer.advance(request).await;
    for record in writer.load_at(CheckpointId(1)).await.records {
        let want: &[u8] = if record.kind.first_wins() {
            b"saved"
        } else {
            b"committed"
        };
        assert_eq!(record.value, want, "{:?}", record.kind);
    }
}

pub async fn a_refused_commit_leaves_no_records(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    let mut request = writer.next(&[]);
    request.records = vec![record("1/n/0", RecordKind::Once, "k", b"lost")];
    let (mut stale, mut fenced, mut low) = (request.clone(), request.clone(), request);
    stale.expected_head = None;
    fenced.fence.epoch.0 += 1;
    low.checkpoint.id = CheckpointId(1);
    for request in [stale, fenced, low] {
        let refused = store.commit(request).await;
        assert!(refused.is_err(), "{refused:?}");
        assert_eq!(writer.load().await.records, []);
    }
}

pub async fn records_without_a_parent_are_refused(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    for _ in 0..2 {
        let mut request = writer.next(&[]);
        request.checkpoint.parent = None;
        request.records = vec![record("1/n/0", RecordKind::Once, "k", b"lost")];
        let refused = store.commit(request).await;
        assert!(
            matches!(refused, Err(CheckpointError::NoParent { .. })),
            "{refused:?}"
        );
        writer.commit(&[]).await;
    }
    assert_eq!(writer.history(None, 10).await.len(), 2);
}

fn expect_conflict(
    outcome: Result<(), CheckpointError>,
    want_expected: Option<u64>,
    want_found: Option<u64>,
) {
    let want = (
        want_expected.map(CheckpointId),
        want_found.map(CheckpointId),
    );
    match outcome {
        Err(CheckpointError::Conflict {
            expected, found, ..
        }) => assert_eq!((expected, found), want),
        other => panic!("expected a conflict {want:?}, got {other:?}"),
    }
}
