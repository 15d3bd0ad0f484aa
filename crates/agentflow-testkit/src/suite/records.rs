//! What tasks of the unfinished superstep leave with a checkpoint.

use agentflow_core::checkpoint::{CheckpointError, Record, RecordKind};
use agentflow_core::{CheckpointId, Namespace};

use super::writer::{Store, Writer, owned, record};

const KINDS: [RecordKind; 9] = RecordKind::ALL;

pub async fn records_are_read_with_their_checkpoint(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[("a", b"1")]).await;
    let saved: Vec<Record> = KINDS
        .into_iter()
        .map(|kind| record("1/n/0", kind, "k", kind.as_str().as_bytes()))
        .collect();
    writer.save(saved.clone()).await;

    let stored = writer.load().await;
    assert_eq!(stored.records, saved);
    assert_eq!(stored.values, owned(&[("a", b"1")]));
}

pub async fn records_come_in_the_order_of_task_kind_and_key(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    // The order of kinds is not that of their words, and keys order by their bytes.
    let want = vec![
        record("1/a/0", RecordKind::Writes, "", b"0"),
        record("1/a/0", RecordKind::Once, "B", b"1"),
        record("1/a/0", RecordKind::Once, "a", b"2"),
        record("1/a/0", RecordKind::Once, "\u{e9}", b"3"),
        record("1/a/0", RecordKind::Interrupt, "0", b"4"),
        record("1/a/0", RecordKind::Answer, "0", b"5"),
        record("1/a/0", RecordKind::Error, "", b"6"),
        record("1/b/0", RecordKind::Writes, "", b"7"),
    ];
    for index in [5, 0, 7, 3] {
        writer.save(vec![want[index].clone()]).await;
    }
    writer
        .save(
            [6, 2, 4, 1]
                .map(|index: usize| want[index].clone())
                .to_vec(),
        )
        .await;

    assert_eq!(writer.load().await.records, want);
}

pub async fn a_second_record_wins_or_loses_by_its_kind(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    for kind in KINDS {
        let want: &[u8] = if kind.first_wins() {
            b"first"
        } else {
            b"second"
        };
        // In two calls, and twice in one call.
        let together = [b"first".as_slice(), b"second"].map(|v| record("together", kind, "k", v));
        writer
            .save(vec![record("apart", kind, "k", b"first")])
            .await;
        writer
            .save(vec![record("apart", kind, "k", b"second")])
            .await;
        writer.save(together.to_vec()).await;

        let stored = writer.load().await.records;
        let of_kind: Vec<_> = stored
            .into_iter()
            .filter(|record| record.kind == kind)
            .collect();
        let want = ["apart", "together"].map(|task| record(task, kind, "k", want));
        assert_eq!(of_kind, want, "{kind:?}");
    }
}

pub async fn records_of_another_key_kind_or_task_are_apart(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    let want = vec![
        record("1/a/0", RecordKind::Once, "create-pr", b"1"),
        record("1/a/0", RecordKind::Once, "post-comment", b"2"),
        record("1/a/0", RecordKind::Interrupt, "create-pr", b"3"),
        record("1/a/1", RecordKind::Once, "create-pr", b"4"),
    ];
    writer.save(want.clone()).await;
    assert_eq!(writer.load().await.records, want);
}

pub async fn records_stay_with_their_checkpoint_when_the_head_moves(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    let kept = record("1/a/0", RecordKind::Writes, "", b"first");
    writer.save(vec![kept.clone()]).await;
    writer.commit(&[]).await;
    assert_eq!(writer.load().await.records, []);

    let fresh = record("1/a/0", RecordKind::Writes, "", b"second");
    writer.save(vec![fresh.clone()]).await;
    assert_eq!(writer.load().await.records, [fresh]);
    assert_eq!(writer.load_at(CheckpointId(1)).await.records, [kept]);
}

pub async fn records_of_two_namespaces_with_equal_keys_are_apart(store: &Store) {
    let mut root = Writer::on(store, "t").await;
    let mut child = root.in_namespace("agent:1.0");
    root.commit(&[]).await;
    child.commit(&[]).await;
    root.save(vec![record("1/a/0", RecordKind::Once, "k", b"root")])
        .await;
    assert_eq!(child.load().await.records, []);
    child
        .save(vec![record("1/a/0", RecordKind::Once, "k", b"child")])
        .await;

    assert_eq!(root.load().await.records[0].value, b"root");
    assert_eq!(child.load().await.records[0].value, b"child");
}

pub async fn a_hundred_records_in_one_call_are_all_kept(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    let all: Vec<Record> = (0..100)
        .map(|index| record(&format!("1/n/{index:03}"), RecordKind::Writes, "", &[index]))
        .collect();
    writer.save(all.clone()).await;
    assert_eq!(writer.load().await.records, all);
}

pub async fn no_records_at_all_are_no_error(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    writer.save(Vec::new()).await;
    assert_eq!(writer.load().await.records, []);
}

pub async fn records_without_their_checkpoint_are_refused(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    let mut early = writer.records(vec![record("1/n/0", RecordKind::Writes, "", b"early")]);
    early.checkpoint.id = CheckpointId(2);
    let refused = store.save_records(early).await;
    assert!(
        matches!(
            refused,
            Err(CheckpointError::Conflict {
                expected: Some(CheckpointId(2)),
                ..
            })
        ),
        "{refused:?}"
    );
    writer.commit(&[]).await;
    assert_eq!(writer.load().await.records, []);
}

pub async fn a_late_record_of_a_deleted_thread_does_not_reach_the_new_one(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    let late = writer.records(vec![record("1/n/0", RecordKind::Writes, "", b"late")]);
    store
        .delete_thread(&"t".into())
        .await
        .expect("a thread is deleted");
    let refused = store.save_records(late).await;
    assert!(
        matches!(refused, Err(CheckpointError::Conflict { found: None, .. })),
        "{refused:?}"
    );
    let mut again = Writer::with_lease(store, writer.lease.clone(), Namespace::root());
    again.commit(&[]).await;
    assert_eq!(again.load().await.records, []);
}
