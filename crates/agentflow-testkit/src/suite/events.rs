//! What a thread is told: who may, what is kept, and when it is forgotten.

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::{
    CheckpointError, EVENT_BYTES_MAX, EVENT_NAME_BYTES_MAX, EVENTS_MAX, Event, EventId,
};
use tokio::task::JoinSet;

use super::deliverer::{deliver, delivery, keyed, names, waiting};
use super::writer::{Store, Writer};

pub async fn an_event_waits_as_it_was_delivered(store: &Store) {
    let mut told = delivery("t", "caf\u{e9} \0");
    told.payload = (0..=255).collect();
    told.now = Timestamp(-7);
    let id = deliver(store, told.clone()).await;
    let want = Event {
        id,
        name: told.name,
        payload: told.payload,
        delivered_at: told.now,
    };
    assert_eq!(waiting(store, "t").await, [want]);
}

pub async fn events_come_in_the_order_of_their_delivery(store: &Store) {
    let mut ids = Vec::new();
    // The order is that of the calls, whatever the deliverers' clocks say.
    for (name, now) in [("b", 3), ("a", 1), ("b", 2)] {
        let mut told = delivery("t", name);
        told.now = Timestamp(now);
        ids.push(deliver(store, told).await);
    }
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    let events = waiting(store, "t").await;
    assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), ids);
    assert_eq!(names(store, "t").await, ["b", "a", "b"]);
}

pub async fn a_thread_that_never_ran_keeps_its_events_until_it_does(store: &Store) {
    let id = deliver(store, delivery("t", "early")).await;
    let mut writer = Writer::on(store, "t").await;
    assert_eq!(writer.try_load(None).await, None);
    writer.commit(&[]).await;
    assert_eq!(names(store, "t").await, ["early"]);
    let mut request = writer.next(&[]);
    request.taken = vec![id];
    writer.advance(request).await;
    assert_eq!(waiting(store, "t").await, []);
}

pub async fn a_delivery_is_no_right_to_write(store: &Store) {
    deliver(store, delivery("t", "early")).await;
    let mut writer = Writer::on(store, "other").await;
    writer.lease.thread = "t".into();
    for epoch in 0..2 {
        writer.lease.epoch.0 = epoch;
        let refused = writer.try_commit(&[]).await;
        assert!(
            matches!(refused, Err(CheckpointError::Fenced { .. })),
            "{refused:?}"
        );
    }
}

pub async fn an_event_comes_while_somebody_holds_the_lease(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    deliver(store, delivery("t", "now")).await;
    writer.commit(&[]).await;
    assert_eq!(names(store, "t").await, ["now"]);
}

pub async fn a_commit_takes_its_events_and_no_others(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(deliver(store, delivery("t", name)).await);
        deliver(store, delivery("t2", name)).await;
    }
    let mut request = writer.next(&[]);
    request.taken = vec![ids[2], ids[0]];
    writer.advance(request).await;
    assert_eq!(names(store, "t").await, ["b"]);
    assert_eq!(names(store, "t2").await, ["a", "b", "c"]);

    // Inner graphs take events too.
    let mut inner = writer.in_namespace("agent:1.0.0");
    let mut request = inner.next(&[]);
    request.taken = vec![ids[1]];
    inner.advance(request).await;
    assert_eq!(waiting(store, "t").await, []);
}

pub async fn events_that_are_gone_are_taken_without_error(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let id = deliver(store, delivery("t", "a")).await;
    for taken in [
        vec![id, id],
        vec![id],
        vec![EventId(99), EventId(u64::MAX), EventId(0)],
    ] {
        let mut request = writer.next(&[]);
        request.taken = taken;
        writer.advance(request).await;
        assert_eq!(waiting(store, "t").await, []);
    }
}

pub async fn a_refused_commit_takes_no_events(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    let id = deliver(store, delivery("t", "a")).await;
    let mut stale = writer.next(&[]);
    stale.taken = vec![id];
    let mut fenced = stale.clone();
    stale.expected_head = None;
    fenced.fence.epoch.0 += 1;
    for request in [stale, fenced] {
        let refused = store.commit(request).await;
        assert!(refused.is_err(), "{refused:?}");
        assert_eq!(names(store, "t").await, ["a"]);
    }
}

pub async fn two_deliveries_under_one_key_are_one_event(store: &Store) {
    let first = deliver(store, keyed("t", "first", "k")).await;
    let again = deliver(store, keyed("t", "second", "k")).await;
    assert_eq!(first, again);
    assert_eq!(names(store, "t").await, ["first"]);

    // Other keys, none, and other threads are apart.
    deliver(store, keyed("t", "other", "K")).await;
    deliver(store, keyed("t", "empty", "")).await;
    deliver(store, delivery("t", "none")).await;
    deliver(store, delivery("t", "none")).await;
    deliver(store, keyed("t2", "there", "k")).await;
    assert_eq!(
        names(store, "t").await,
        ["first", "other", "empty", "none", "none"]
    );
    assert_eq!(names(store, "t2").await, ["there"]);
}

pub async fn a_key_is_remembered_after_its_event_was_taken(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let id = deliver(store, keyed("t", "first", "k")).await;
    let mut request = writer.next(&[]);
    request.taken = vec![id];
    writer.advance(request).await;
    assert_eq!(deliver(store, keyed("t", "second", "k")).await, id);
    assert_eq!(waiting(store, "t").await, []);
}

pub async fn an_id_is_never_given_twice(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    let first = deliver(store, delivery("t", "a")).await;
    let mut request = writer.next(&[]);
    request.taken = vec![first];
    writer.advance(request).await;
    let second = deliver(store, delivery("t", "b")).await;
    assert!(second > first);

    let deleted = store.delete_thread(&"t".into()).await;
    deleted.expect("the thread is deleted");
    let third = deliver(store, delivery("t", "c")).await;
    assert!(third > second);
}

pub async fn a_deleted_thread_has_no_events_and_no_keys(store: &Store) {
    deliver(store, keyed("t", "old", "k")).await;
    deliver(store, keyed("t2", "kept", "k")).await;
    let deleted = store.delete_thread(&"t".into()).await;
    deleted.expect("the thread is deleted");
    assert_eq!(waiting(store, "t").await, []);
    deliver(store, keyed("t", "new", "k")).await;
    assert_eq!(names(store, "t").await, ["new"]);
    assert_eq!(names(store, "t2").await, ["kept"]);
}

pub async fn an_unknown_thread_has_no_events(store: &Store) {
    assert_eq!(waiting(store, "unknown").await, []);
    Writer::on(store, "leased").await;
    assert_eq!(waiting(store, "leased").await, []);
}

pub async fn of_racing_deliveries_none_is_lost_and_one_key_is_one_event(store: &Store) {
    let mut racers = JoinSet::new();
    for racer in 0..16 {
        let told = match racer % 2 {
            0 => keyed("t", "same", "k"),
            _ => delivery("t", &racer.to_string()),
        };
        let store = store.clone();
        racers.spawn(async move { deliver(&store, told).await });
    }
    let mut ids = racers.join_all().await;
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 9);
    let mut found = names(store, "t").await;
    found.sort_unstable();
    assert_eq!(found, ["1", "11", "13", "15", "3", "5", "7", "9", "same"]);
}

pub async fn an_event_that_is_too_large_is_refused(store: &Store) {
    let mut payload = delivery("t", "a");
    payload.payload = vec![0; EVENT_BYTES_MAX + 1];
    let long = "n".repeat(EVENT_NAME_BYTES_MAX + 1);
    for (name, told) in [
        ("payload", payload),
        ("name", delivery("t", &long)),
        ("key", keyed("t", "a", &long)),
    ] {
        let refused = store.deliver(told).await;
        assert!(
            matches!(refused, Err(CheckpointError::TooMuch { .. })),
            "{name}: {refused:?}"
        );
    }
    assert_eq!(waiting(store, "t").await, []);
    let mut largest = keyed("t", &long[1..], &long[1..]);
    largest.payload = vec![0; EVENT_BYTES_MAX];
    deliver(store, largest).await;
}

pub async fn only_so_many_events_wait(store: &Store) {
    // Some together, so that a store may write them together; not all, since each waits for
    // those before it and a store gives up on what takes too long.
    const TOGETHER: usize = 100;
    let mut deliverers = JoinSet::new();
    for _ in 0..TOGETHER {
        let store = store.clone();
        deliverers.spawn(async move {
            for _ in 0..EVENTS_MAX / TOGETHER {
                deliver(&store, delivery("t", "a")).await;
            }
        });
    }
    deliverers.join_all().await;
    let refused = store.deliver(keyed("t", "a", "k")).await;
    assert!(
        matches!(
            refused,
            Err(CheckpointError::TooMuch {
                max: EVENTS_MAX,
                ..
            })
        ),
        "{refused:?}"
    );
    let events = waiting(store, "t").await;
    assert_eq!(events.len(), EVENTS_MAX);

    let mut writer = Writer::on(store, "t").await;
    let mut request = writer.next(&[]);
    request.taken = vec![events[5].id];
    writer.advance(request).await;
    deliver(store, keyed("t", "b", "k")).await;
    assert_eq!(waiting(store, "t").await.len(), EVENTS_MAX);

    let mut all = writer.next(&[]);
    all.taken = waiting(store, "t").await.iter().map(|e| e.id).collect();
    writer.advance(all).await;
    assert_eq!(waiting(store, "t").await, []);
}
