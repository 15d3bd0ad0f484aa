//! A writer whose lease is not in force writes nothing.

use agentflow_core::Namespace;
use agentflow_core::checkpoint::{CheckpointError, Epoch, Fence, Lease, OwnerId, RecordKind};

use super::writer::{NOW, Store, TTL, Writer, ask, granted, record, take_over};

/// A writer with two checkpoints and a record, and the one who took over from it.
async fn zombie_and_heir(store: &Store) -> (Writer, Writer) {
    let mut zombie = Writer::on(store, "t").await;
    zombie.commit(&[("a", b"1")]).await;
    zombie.commit(&[("a", b"2")]).await;
    zombie
        .save(vec![record("1/n/0", RecordKind::Error, "", b"error")])
        .await;
    let lease = granted(store, take_over("t", "heir", zombie.lease.epoch)).await;
    let mut heir = Writer::with_lease(store, lease, Namespace::root());
    heir.head = zombie.head.clone();
    (zombie, heir)
}

/// Refused with these epochs, the own and the one in force, and the heir as who holds it.
fn expect_fenced(case: &str, outcome: Result<(), CheckpointError>, want: (Epoch, Epoch)) {
    expect_fenced_by(Some("heir"), case, outcome, want);
}

fn expect_fenced_by(
    who: Option<&str>,
    case: &str,
    outcome: Result<(), CheckpointError>,
    want: (Epoch, Epoch),
) {
    match outcome {
        Err(CheckpointError::Fenced {
            thread,
            held,
            current,
            holder,
        }) => {
            assert_eq!((thread.as_str(), (held, current)), ("t", want), "{case}");
            let who = who.map(|who| OwnerId(who.to_owned()));
            assert_eq!(holder, who, "{case}");
        }
        other => panic!("{case}: expected Fenced, got {other:?}"),
    }
}

pub async fn a_commit_with_a_past_epoch_is_refused_and_leaves_nothing(store: &Store) {
    let (zombie, mut heir) = zombie_and_heir(store).await;
    let before = heir.load().await;
    let epochs = (zombie.lease.epoch, heir.lease.epoch);
    expect_fenced(
        "zombie",
        zombie.try_commit(&[("a", b"lost"), ("b", b"lost")]).await,
        epochs,
    );

    assert_eq!(heir.load().await, before);
    assert_eq!(heir.history(None, 10).await.len(), 2);
    heir.commit(&[]).await;
    assert_eq!(heir.load().await.values, before.values);
}

pub async fn records_with_a_past_epoch_are_refused_and_leave_nothing(store: &Store) {
    let (zombie, heir) = zombie_and_heir(store).await;
    let before = heir.load().await;
    let epochs = (zombie.lease.epoch, heir.lease.epoch);
    let late = vec![
        record("1/n/0", RecordKind::Writes, "", b"late"),
        record("1/n/0", RecordKind::Error, "", b"late"),
    ];
    let outcome = store.save_records(zombie.records(late)).await;
    expect_fenced("zombie", outcome, epochs);

    assert_eq!(heir.load().await, before);
    heir.save(vec![record("1/n/0", RecordKind::Writes, "", b"heir")])
        .await;
    assert_eq!(heir.load().await.records[0].value, b"heir");
}

pub async fn a_past_epoch_is_told_before_a_moved_head(store: &Store) {
    let (zombie, mut heir) = zombie_and_heir(store).await;
    heir.commit(&[]).await;
    let outcome = zombie.try_commit(&[]).await;
    expect_fenced("both", outcome, (zombie.lease.epoch, heir.lease.epoch));
}

pub async fn a_writer_in_any_namespace_is_fenced(store: &Store) {
    let (zombie, heir) = zombie_and_heir(store).await;
    let child = zombie.in_namespace("agent:1.0");
    let epochs = (zombie.lease.epoch, heir.lease.epoch);
    expect_fenced("child", child.try_commit(&[]).await, epochs);
    assert_eq!(child.try_load(None).await, None);
    heir.in_namespace("agent:1.0").commit(&[]).await;
}

pub async fn an_epoch_that_was_never_granted_is_refused(store: &Store) {
    let (_, heir) = zombie_and_heir(store).await;
    for epoch in [Epoch(0), Epoch(heir.lease.epoch.0 + 1), Epoch(u64::MAX)] {
        let mut request = heir.next(&[]);
        request.fence.epoch = epoch;
        let outcome = store.commit(request).await;
        expect_fenced("never granted", outcome, (epoch, heir.lease.epoch));
    }
}

pub async fn a_thread_without_a_lease_takes_no_writes(store: &Store) {
    for epoch in [Epoch(0), Epoch(1)] {
        let owner = OwnerId("nobody".to_owned());
        let lease = Lease {
            thread: "t".into(),
            owner,
            epoch,
        };
        let writer = Writer::with_lease(store, lease, Namespace::root());
        expect_fenced_by(
            None,
            "no lease",
            writer.try_commit(&[]).await,
            (epoch, Epoch(0)),
        );
        let outcome = store.renew_lease(&writer.lease, NOW, TTL).await;
        expect_fenced_by(None, "no lease", outcome, (epoch, Epoch(0)));
    }
    Writer::on(store, "t").await.commit(&[]).await;
}

pub async fn a_released_lease_writes_no_more(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    store
        .release_lease(&writer.lease)
        .await
        .expect("the owner releases");
    let before = writer.load().await;

    let outcome = writer.try_commit(&[]).await;
    assert!(
        matches!(outcome, Err(CheckpointError::Fenced { .. })),
        "{outcome:?}"
    );
    let late = writer.records(vec![record("1/n/0", RecordKind::Writes, "", b"late")]);
    let outcome = store.save_records(late).await;
    assert!(
        matches!(outcome, Err(CheckpointError::Fenced { .. })),
        "{outcome:?}"
    );
    assert_eq!(writer.load().await, before);
}

pub async fn a_lease_on_one_thread_is_no_right_on_another(store: &Store) {
    // Three grants here, one there: the higher epoch must not count on the other thread.
    for _ in 0..2 {
        let lease = granted(store, ask("far", "worker", NOW)).await;
        store
            .release_lease(&lease)
            .await
            .expect("the owner releases");
    }
    let far = Writer::on(store, "far").await;
    let near = Writer::on(store, "t").await;
    let mut request = near.next(&[]);
    request.fence = Fence {
        thread: "t".into(),
        epoch: far.lease.epoch,
    };
    let outcome = store.commit(request).await;
    expect_fenced_by(
        Some("first"),
        "other thread",
        outcome,
        (far.lease.epoch, near.lease.epoch),
    );
}

pub async fn an_expired_lease_writes_until_somebody_takes_it(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    // A store does not compare its clock with the lease's end when it writes: the
    // epoch decides, and it moves only with a grant.
    let long_ago = NOW.after(TTL * 1000);
    writer.commit(&[]).await;
    let heir = granted(store, ask("t", "heir", long_ago)).await;
    let outcome = writer.try_commit(&[]).await;
    expect_fenced("taken", outcome, (writer.lease.epoch, heir.epoch));
}
