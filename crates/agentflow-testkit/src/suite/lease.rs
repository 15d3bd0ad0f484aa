//! Who gets the right to advance a thread, and for how long.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::{CheckpointError, Epoch, LeaseGrant, OwnerId};

use super::writer::{NOW, Store, TTL, answer, ask, granted, take_over};

fn later(wait: Duration) -> Timestamp {
    NOW.after(wait)
}

fn held(by: &str, epoch: Epoch, expires_at: Timestamp) -> LeaseGrant {
    LeaseGrant::Held {
        by: OwnerId(by.to_owned()),
        epoch,
        expires_at,
    }
}

pub async fn a_free_thread_is_granted_to_who_asks(store: &Store) {
    let lease = granted(store, ask("t", "first", NOW)).await;
    assert_eq!(lease.thread.as_str(), "t");
    assert_eq!(lease.owner, OwnerId("first".to_owned()));
    assert!(lease.epoch > Epoch(0), "epoch 0 is that of nobody");
}

pub async fn a_held_lease_is_refused_with_owner_epoch_and_end(store: &Store) {
    let lease = granted(store, ask("t", "first", NOW)).await;
    let want = held("first", lease.epoch, later(TTL));
    assert_eq!(answer(store, ask("t", "second", NOW)).await, want);
    // Its owner's name is no key: two runs may share it.
    assert_eq!(answer(store, ask("t", "first", NOW)).await, want);
}

pub async fn a_lease_runs_out_at_its_end_and_not_before(store: &Store) {
    let first = granted(store, ask("t", "first", NOW)).await;
    let end = later(TTL);
    let one_before = Timestamp(end.0 - 1);
    let refusal = answer(store, ask("t", "second", one_before)).await;
    assert_eq!(refusal, held("first", first.epoch, end));

    let second = granted(store, ask("t", "second", end)).await;
    assert!(second.epoch > first.epoch);
    let refusal = answer(store, ask("t", "third", end)).await;
    assert_eq!(refusal, held("second", second.epoch, end.after(TTL)));
}

pub async fn a_lease_is_taken_from_the_gone_only_with_their_epoch(store: &Store) {
    let first = granted(store, ask("t", "first", NOW)).await;
    for epoch in [Epoch(first.epoch.0 - 1), Epoch(first.epoch.0 + 1)] {
        let refusal = answer(store, take_over("t", "second", epoch)).await;
        assert_eq!(refusal, held("first", first.epoch, later(TTL)), "{epoch}");
    }
    let second = granted(store, take_over("t", "second", first.epoch)).await;
    assert!(second.epoch > first.epoch);
    // Whoever learnt of the same death a moment later comes too late.
    let refusal = answer(store, take_over("t", "third", first.epoch)).await;
    assert_eq!(refusal, held("second", second.epoch, later(TTL)));
}

pub async fn a_free_or_expired_lease_is_granted_whatever_epoch_is_named(store: &Store) {
    let first = granted(store, take_over("t", "first", Epoch(41))).await;
    let mut expired = take_over("t", "second", Epoch(41));
    expired.now = later(TTL);
    let second = granted(store, expired).await;
    assert!(second.epoch > first.epoch);
}

pub async fn a_renewed_lease_lasts_from_the_renewal(store: &Store) {
    let lease = granted(store, ask("t", "first", NOW)).await;
    let renewed_at = later(Duration::from_secs(20));
    store
        .renew_lease(&lease, renewed_at, TTL)
        .await
        .expect("the owner renews");
    let refusal = answer(store, ask("t", "second", later(TTL))).await;
    assert_eq!(refusal, held("first", lease.epoch, renewed_at.after(TTL)));
    granted(store, ask("t", "second", renewed_at.after(TTL))).await;
}

pub async fn an_expired_lease_that_nobody_took_is_renewed(store: &Store) {
    let lease = granted(store, ask("t", "first", NOW)).await;
    let late = later(TTL * 2);
    store
        .renew_lease(&lease, late, TTL)
        .await
        .expect("nobody took it");
    let refusal = answer(store, ask("t", "second", late)).await;
    assert_eq!(refusal, held("first", lease.epoch, late.after(TTL)));
}

pub async fn a_lost_lease_is_not_renewed(store: &Store) {
    let lost = granted(store, ask("t", "first", NOW)).await;
    let current = granted(store, take_over("t", "second", lost.epoch)).await;
    let outcome = store.renew_lease(&lost, later(TTL), TTL).await;
    let Err(CheckpointError::Fenced {
        thread,
        held: past,
        current: in_force,
        holder,
    }) = outcome
    else {
        panic!("expected Fenced, got {outcome:?}")
    };
    assert_eq!(
        (thread.as_str(), past, in_force, holder),
        ("t", lost.epoch, current.epoch, Some(current.owner))
    );
    let refusal = answer(store, ask("t", "third", NOW)).await;
    assert_eq!(refusal, held("second", current.epoch, later(TTL)));
}

pub async fn a_released_lease_is_free_at_once(store: &Store) {
    let first = granted(store, ask("t", "first", NOW)).await;
    store
        .release_lease(&first)
        .await
        .expect("the owner releases");
    let outcome = store.renew_lease(&first, NOW, TTL).await;
    assert!(
        matches!(outcome, Err(CheckpointError::Fenced { .. })),
        "{outcome:?}"
    );
    let second = granted(store, ask("t", "second", NOW)).await;
    assert!(second.epoch > first.epoch);
}

pub async fn releasing_a_lost_lease_is_harmless(store: &Store) {
    let lost = granted(store, ask("t", "first", NOW)).await;
    let current = granted(store, take_over("t", "second", lost.epoch)).await;
    store
        .release_lease(&lost)
        .await
        .expect("a late release is no error");
    let refusal = answer(store, ask("t", "third", NOW)).await;
    assert_eq!(refusal, held("second", current.epoch, later(TTL)));
    // Nor is releasing twice, nor on a thread that nobody ever held.
    store
        .release_lease(&current)
        .await
        .expect("the owner releases");
    store
        .release_lease(&current)
        .await
        .expect("again is no error");
    let mut unknown = lost;
    unknown.thread = "unknown".into();
    store
        .release_lease(&unknown)
        .await
        .expect("an unknown thread is no error");
}

pub async fn epochs_grow_with_every_grant(store: &Store) {
    let mut last = Epoch(0);
    for round in 0..10 {
        let lease = granted(store, ask("t", "worker", NOW)).await;
        assert!(
            lease.epoch > last,
            "round {round}: {} after {last}",
            lease.epoch
        );
        last = lease.epoch;
        store
            .release_lease(&lease)
            .await
            .expect("the owner releases");
    }
}

pub async fn leases_of_two_threads_are_apart(store: &Store) {
    let one = granted(store, ask("one", "first", NOW)).await;
    let two = granted(store, ask("two", "second", NOW)).await;
    store.release_lease(&one).await.expect("the owner releases");
    let refusal = answer(store, ask("two", "third", NOW)).await;
    assert_eq!(refusal, held("second", two.epoch, later(TTL)));
}
