//! When a thread is to be looked at again: who sets it, and what clears it.

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::{CheckpointError, Delivery, EventId, RecordKind, Wake};

use super::deliverer::{deliver, delivery, due, keyed, snooze};
use super::writer::{Store, Writer, record};

const END: Timestamp = Timestamp(i64::MAX);

/// A thread with one checkpoint that wakes at `at`.
async fn parked(store: &Store, thread: &str, at: i64) -> Writer {
    let mut writer = Writer::on(store, thread).await;
    writer.commit(&[]).await;
    save(&writer, Wake::At(Timestamp(at))).await;
    writer
}

async fn save(writer: &Writer, wake: Wake) {
    let mut request = writer.records(Vec::new());
    request.wake = wake;
    let saved = writer.store.save_records(request).await;
    saved.expect("the only writer saves records");
}

pub async fn a_thread_is_due_from_its_time_on(store: &Store) {
    parked(store, "t", 10).await;
    for (now, want) in [(9, &[][..]), (10, &["t"]), (11, &["t"])] {
        assert_eq!(due(store, Timestamp(now), 10).await, want, "at {now}");
    }
}

pub async fn the_earliest_are_listed_first_and_only_so_many(store: &Store) {
    for (thread, at) in [("d", 30), ("b", 20), ("a", 30), ("c", -5), ("late", 99)] {
        parked(store, thread, at).await;
    }
    for (limit, want) in [
        (0, &[][..]),
        (1, &["c"]),
        (3, &["c", "b", "a"]),
        (u32::MAX, &["c", "b", "a", "d"]),
    ] {
        assert_eq!(due(store, Timestamp(30), limit).await, want, "{limit}");
    }
}

pub async fn a_thread_without_a_wake_up_is_never_due(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    writer
        .save(vec![record("1/n/0", RecordKind::Interrupt, "", b"?")])
        .await;
    assert_eq!(due(store, END, 10).await, [""; 0]);
}

pub async fn records_set_keep_and_clear_the_wake_up(store: &Store) {
    let writer = parked(store, "t", 10).await;
    for (name, wake, want) in [
        ("kept", Wake::Keep, Some(10)),
        ("later", Wake::At(Timestamp(20)), Some(20)),
        ("earlier", Wake::At(Timestamp(5)), Some(5)),
        ("cleared", Wake::Never, None),
        ("kept cleared", Wake::Keep, None),
        ("set again", Wake::At(Timestamp(7)), Some(7)),
    ] {
        save(&writer, wake).await;
        expect_wake(store, name, want).await;
    }
}

pub async fn an_event_that_comes_while_the_thread_falls_asleep_wakes_it(store: &Store) {
    let writer = parked(store, "t", 50).await;
    let at = |name, now| Delivery {
        now: Timestamp(now),
        ..delivery("t", name)
    };
    let seen = deliver(store, at("seen", 10)).await;
    let after = |time: Option<i64>| Wake::AfterEvents {
        seen,
        time: time.map(Timestamp),
    };
    for (name, wake, want) in [
        ("seen all, and sleeps until then", after(Some(30)), Some(30)),
        ("seen all, and sleeps", after(None), None),
    ] {
        save(&writer, wake).await;
        expect_wake(store, name, want).await;
    }
    deliver(store, at("not seen", 20)).await;
    for (name, wake, want) in [
        ("wakes for it", after(None), Some(20)),
        ("not later than its time", after(Some(15)), Some(15)),
        ("nor than the event", after(Some(99)), Some(15)),
    ] {
        save(&writer, wake).await;
        expect_wake(store, name, want).await;
    }
}

pub async fn an_event_that_was_taken_keeps_no_thread_awake(store: &Store) {
    let mut writer = parked(store, "t", 10).await;
    let mut request = writer.next(&[]);
    request.taken = vec![deliver(store, delivery("t", "taken")).await];
    writer.advance(request).await;
    for (name, time) in [("sleeps until then", Some(30)), ("sleeps", None)] {
        save(&writer, Wake::At(Timestamp(10))).await;
        let wake = Wake::AfterEvents {
            seen: EventId(0),
            time: time.map(Timestamp),
        };
        save(&writer, wake).await;
        expect_wake(store, name, time).await;
    }
}

pub async fn refused_records_leave_the_wake_up(store: &Store) {
    let writer = parked(store, "t", 10).await;
    let mut fenced = writer.records(Vec::new());
    fenced.wake = Wake::Never;
    let mut missing = fenced.clone();
    fenced.fence.epoch.0 += 1;
    missing.checkpoint.id.0 += 1;
    for request in [fenced, missing] {
        let refused = store.save_records(request).await;
        assert!(refused.is_err(), "{refused:?}");
        expect_wake(store, "refused", Some(10)).await;
    }
}

pub async fn a_wake_up_is_the_threads_whatever_the_namespace(store: &Store) {
    let root = parked(store, "t", 10).await;
    let mut inner = root.in_namespace("agent:1.0.0");
    inner.commit(&[]).await;
    expect_wake(store, "a commit inside keeps it", Some(10)).await;
    save(&inner, Wake::At(Timestamp(4))).await;
    expect_wake(store, "set inside", Some(4)).await;
    save(&inner, Wake::Never).await;
    expect_wake(store, "cleared inside", None).await;
}

pub async fn a_commit_in_the_root_clears_the_wake_up(store: &Store) {
    let mut writer = parked(store, "t", 10).await;
    parked(store, "t2", 10).await;
    writer.commit(&[("a", b"1")]).await;
    assert_eq!(due(store, END, 10).await, ["t2"]);
}

pub async fn a_refused_commit_leaves_the_wake_up(store: &Store) {
    let writer = parked(store, "t", 10).await;
    let mut stale = writer.next(&[("a", b"1")]);
    stale.expected_head = None;
    let refused = store.commit(stale).await;
    assert!(
        matches!(refused, Err(CheckpointError::Conflict { .. })),
        "{refused:?}"
    );
    expect_wake(store, "refused", Some(10)).await;
}

pub async fn a_delivery_wakes_the_thread_unless_it_wakes_earlier(store: &Store) {
    let at = |now| {
        let mut told = delivery("t", "a");
        told.now = Timestamp(now);
        told
    };
    deliver(store, at(50)).await;
    expect_wake(store, "a thread that never ran", Some(50)).await;
    deliver(store, at(60)).await;
    expect_wake(store, "earlier already", Some(50)).await;
    deliver(store, at(40)).await;
    expect_wake(store, "later before", Some(40)).await;
    snooze(store, "t", Wake::Never).await;
    deliver(store, at(70)).await;
    expect_wake(store, "not at all before", Some(70)).await;
}

pub async fn a_known_key_wakes_nobody(store: &Store) {
    deliver(store, keyed("t", "a", "k")).await;
    snooze(store, "t", Wake::Never).await;
    deliver(store, keyed("t", "a", "k")).await;
    expect_wake(store, "told already", None).await;
}

pub async fn snoozing_needs_no_lease(store: &Store) {
    let writer = parked(store, "t", 10).await;
    let released = store.release_lease(&writer.lease).await;
    released.expect("the owner releases");
    for (name, wake, want) in [
        ("kept", Wake::Keep, Some(10)),
        ("later", Wake::At(Timestamp(90)), Some(90)),
        ("never", Wake::Never, None),
        ("again", Wake::At(Timestamp(3)), Some(3)),
    ] {
        snooze(store, "t", wake).await;
        expect_wake(store, name, want).await;
    }
}

pub async fn a_thread_with_nothing_is_not_woken(store: &Store) {
    Writer::on(store, "leased").await;
    parked(store, "deleted", 10).await;
    let deleted = store.delete_thread(&"deleted".into()).await;
    deleted.expect("the thread is deleted");
    assert_eq!(due(store, END, 10).await, [""; 0]);
    for thread in ["unknown", "leased", "deleted"] {
        snooze(store, thread, Wake::At(Timestamp(1))).await;
    }
    assert_eq!(due(store, END, 10).await, [""; 0]);
}

/// When the thread `t` wakes.
async fn expect_wake(store: &Store, case: &str, want: Option<i64>) {
    let Some(at) = want else {
        assert_eq!(due(store, END, 10).await, [""; 0], "{case}");
        return;
    };
    assert_eq!(due(store, Timestamp(at - 1), 10).await, [""; 0], "{case}");
    assert_eq!(due(store, Timestamp(at), 10).await, ["t"], "{case}");
}
