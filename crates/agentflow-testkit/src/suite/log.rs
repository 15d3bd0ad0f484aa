//! The stream log: which positions its entries get, what a reader sees of it, and when
//! entries are forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agentflow_core::ThreadId;
use agentflow_core::checkpoint::{
    CheckpointError, ENVELOPE, LOG_APPEND_MAX, LOG_ENTRIES_MAX, LOG_ENTRY_BYTES_MAX,
    LOG_PAGE_BYTES_MAX, LogAppend, LogEntry, LogPage, LogPosition, LogSlice,
};

use super::concurrency::yield_often;
use super::deliverer::due;
use super::writer::{NOW, Store, TTL, Writer, granted, take_over};

const KEEP: u32 = 1_000;

fn request(writer: &Writer, values: &[&[u8]], keep: u32) -> LogAppend {
    LogAppend {
        fence: writer.fence(),
        entries: values.iter().map(|value| value.to_vec()).collect(),
        keep,
    }
}

async fn append(writer: &Writer, values: &[&[u8]], keep: u32) -> u64 {
    let appended = writer.store.append_log(request(writer, values, keep)).await;
    appended.expect("the owner appends").0
}

async fn read(store: &Store, thread: &str, after: u64, limit: u32) -> LogSlice {
    let page = LogPage {
        thread: thread.into(),
        after: LogPosition(after),
        limit,
    };
    let slice = store.read_log(page).await;
    slice.expect("a checkpointer that works reads its log")
}

async fn all(store: &Store, thread: &str) -> LogSlice {
    read(store, thread, 0, u32::MAX).await
}

fn entry(position: u64, value: &[u8]) -> LogEntry {
    LogEntry {
        position: LogPosition(position),
        value: value.to_vec(),
    }
}

/// The log of `oldest` and `newest`, with these values from `oldest` on.
fn slice(oldest: u64, newest: u64, values: &[&[u8]]) -> LogSlice {
    let entries = (oldest..).zip(values);
    LogSlice {
        oldest: LogPosition(oldest),
        newest: LogPosition(newest),
        entries: entries.map(|(at, value)| entry(at, value)).collect(),
    }
}

fn positions(slice: &LogSlice) -> Vec<u64> {
    slice.entries.iter().map(|entry| entry.position.0).collect()
}

async fn delete(store: &Store, thread: &str) {
    let deleted = store.delete_thread(&thread.into()).await;
    deleted.expect("a thread is deleted");
}

pub async fn entries_come_back_in_their_order_at_the_positions_that_were_told(store: &Store) {
    let writer = Writer::on(store, "t").await;
    assert_eq!(append(&writer, &[b"a"], KEEP).await, 1);
    assert_eq!(append(&writer, &[b"c", b"b", b"b"], KEEP).await, 4);
    assert_eq!(append(&writer, &[b"d"], KEEP).await, 5);
    assert_eq!(
        all(store, "t").await,
        slice(1, 5, &[b"a", b"c", b"b", b"b", b"d"])
    );
}

pub async fn an_unknown_thread_has_an_empty_log(store: &Store) {
    assert_eq!(all(store, "unknown").await, slice(1, 0, &[]));
    Writer::on(store, "leased").await.commit(&[]).await;
    assert_eq!(all(store, "leased").await, slice(1, 0, &[]));
}

pub async fn a_page_has_so_many_entries_after_its_position(store: &Store) {
    let writer = Writer::on(store, "t").await;
    append(&writer, &[b"1", b"2", b"3", b"4", b"5"], KEEP).await;
    for (after, limit, want) in [
        (0, 2, &[1, 2][..]),
        (2, 2, &[3, 4]),
        (4, 2, &[5]),
        (3, 2, &[4, 5]),
        (5, 2, &[]),
        (0, 0, &[]),
        (6, 9, &[]),
        (u64::MAX, 9, &[]),
        (1, u32::MAX, &[2, 3, 4, 5]),
    ] {
        let page = read(store, "t", after, limit).await;
        assert_eq!(positions(&page), want, "{limit} after {after}");
        let ends = (page.oldest, page.newest);
        assert_eq!(ends, (LogPosition(1), LogPosition(5)), "after {after}");
    }
}

pub async fn a_page_ends_early_rather_than_be_too_large(store: &Store) {
    let writer = Writer::on(store, "t").await;
    let largest = vec![b' '; LOG_ENTRY_BYTES_MAX];
    for _ in 0..3 {
        append(&writer, &[&largest, &largest, b"small"], KEEP).await;
    }
    let mut after = 0;
    while after < 9 {
        let page = read(store, "t", after, u32::MAX).await;
        let bytes: usize = page.entries.iter().map(|entry| entry.value.len()).sum();
        assert!(
            bytes <= LOG_PAGE_BYTES_MAX,
            "{bytes} bytes in {} entries",
            page.entries.len()
        );
        let read = positions(&page);
        assert_eq!(read.first(), Some(&(after + 1)), "a page has one at least");
        after = *read.last().expect("a page has one at least");
    }
}

pub async fn only_the_newest_stay_and_a_reader_learns_what_it_missed(store: &Store) {
    let writer = Writer::on(store, "t").await;
    append(&writer, &[b"1", b"2", b"3"], 4).await;
    assert_eq!(append(&writer, &[b"4", b"5", b"6"], 4).await, 6);
    assert_eq!(
        all(store, "t").await,
        slice(3, 6, &[b"3", b"4", b"5", b"6"])
    );
    for (after, is_gap, want) in [
        (0, true, &[3, 4, 5, 6][..]),
        (1, true, &[3, 4, 5, 6]),
        (2, false, &[3, 4, 5, 6]),
        (4, false, &[5, 6]),
        (6, false, &[]),
        (7, true, &[]),
    ] {
        let page = read(store, "t", after, 9).await;
        assert_eq!(page.has_gap_after(LogPosition(after)), is_gap, "{after}");
        assert_eq!(positions(&page), want, "{after}");
    }
    // More at once than stay, and none that stays.
    assert_eq!(append(&writer, &[b"7", b"8", b"9"], 2).await, 9);
    assert_eq!(all(store, "t").await, slice(8, 9, &[b"8", b"9"]));
    assert_eq!(append(&writer, &[b"10"], 0).await, 10);
    assert_eq!(all(store, "t").await, slice(11, 10, &[]));
    assert_eq!(append(&writer, &[b"11"], KEEP).await, 11);
    assert_eq!(all(store, "t").await, slice(11, 11, &[b"11"]));
}

pub async fn positions_go_on_after_a_delete(store: &Store) {
    let writer = Writer::on(store, "t").await;
    let other = Writer::on(store, "t2").await;
    append(&writer, &[b"1", b"2"], KEEP).await;
    append(&other, &[b"other"], KEEP).await;
    delete(store, "t").await;
    let empty = all(store, "t").await;
    assert_eq!(empty, slice(3, 2, &[]));
    assert!(empty.has_gap_after(LogPosition(1)) && !empty.has_gap_after(LogPosition(2)));
    assert_eq!(append(&writer, &[], KEEP).await, 2);
    assert_eq!(append(&writer, &[b"3"], KEEP).await, 3);
    delete(store, "t").await;
    delete(store, "t").await;
    assert_eq!(append(&writer, &[b"4", b"5"], 1).await, 5);
    assert_eq!(all(store, "t").await, slice(5, 5, &[b"5"]));
    assert_eq!(all(store, "t2").await, slice(1, 1, &[b"other"]));
}

pub async fn who_has_not_the_lease_appends_nothing(store: &Store) {
    let first = Writer::on(store, "t").await;
    append(&first, &[b"1"], KEEP).await;
    let lease = granted(store, take_over("t", "second", first.lease.epoch)).await;
    let second = Writer::with_lease(store, lease, first.namespace.clone());
    let never = first.in_namespace("inner");
    let (mut beyond, mut elsewhere) = (request(&never, &[b"x"], 1), request(&second, &[b"x"], 1));
    beyond.fence.epoch.0 = second.lease.epoch.0 + 1;
    elsewhere.fence.thread = "t2".into();
    for (name, append) in [
        ("past", request(&first, &[b"x"], 1)),
        ("past, with nothing", request(&first, &[], 1)),
        ("never granted", beyond),
        ("of another thread", elsewhere),
    ] {
        let refused = store.append_log(append).await;
        let is_fenced = matches!(refused, Err(CheckpointError::Fenced { .. }));
        assert!(is_fenced, "{name}: {refused:?}");
    }
    assert_eq!(all(store, "t").await, slice(1, 1, &[b"1"]));
    assert_eq!(append(&second, &[b"2"], KEEP).await, 2);
    let released = store.release_lease(&second.lease).await;
    released.expect("a lease is given back");
    let refused = store.append_log(request(&second, &[b"x"], 1)).await;
    let is_fenced = matches!(refused, Err(CheckpointError::Fenced { .. }));
    assert!(is_fenced, "given back: {refused:?}");
    assert_eq!(all(store, "t").await, slice(1, 2, &[b"1", b"2"]));
}

pub async fn logs_of_two_threads_are_apart(store: &Store) {
    let threads = ["t", "T", "t ", "t:1", "t\0", "", "\u{e9}"];
    for (count, thread) in threads.iter().enumerate() {
        let writer = Writer::on(store, *thread).await;
        for _ in 0..=count {
            append(&writer, &[thread.as_bytes()], KEEP).await;
        }
    }
    for (count, thread) in threads.iter().enumerate() {
        let values = vec![thread.as_bytes(); count + 1];
        let want = slice(1, count as u64 + 1, &values);
        assert_eq!(all(store, thread).await, want, "{thread:?}");
    }
}

pub async fn an_append_is_no_commit_and_a_commit_no_append(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    append(&writer, &[b"before the first commit"], KEEP).await;
    assert_eq!(writer.try_load(None).await, None);
    writer.commit(&[("a", b"1")]).await;
    let before = writer.load().await;
    append(&writer, &[b"of what is never committed"], KEEP).await;
    assert_eq!(writer.load().await, before);
    let mut lost = writer.next(&[]);
    lost.expected_head = None;
    assert!(store.commit(lost).await.is_err());
    assert_eq!(due(store, NOW, 10).await, [""; 0]);
    writer.commit(&[("a", b"2")]).await;
    let want: [&[u8]; 2] = [b"before the first commit", b"of what is never committed"];
    assert_eq!(all(store, "t").await, slice(1, 2, &want));
}

pub async fn a_copy_has_no_log_and_the_source_keeps_its_own(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    writer.commit(&[]).await;
    append(&writer, &[b"1", b"2"], KEEP).await;
    // One that has emitted something, and never got as far as a commit.
    let early = Writer::on(store, "early").await;
    append(&early, &[b"early", b"early", b"early"], KEEP).await;
    for (to, newest) in [("copy", 0), ("early", 3)] {
        let copied = store.copy_thread(&"t".into(), &to.into()).await;
        copied.expect("a thread is copied");
        assert_eq!(all(store, to).await, slice(newest + 1, newest, &[]), "{to}");
        let mut reader = Writer::with_lease(store, early.lease.clone(), writer.namespace.clone());
        reader.lease.thread = to.into();
        assert!(reader.try_load(None).await.is_some(), "{to}");
    }
    assert_eq!(append(&early, &[b"4"], KEEP).await, 4);
    assert_eq!(all(store, "early").await, slice(4, 4, &[b"4"]));
    assert_eq!(all(store, "t").await, slice(1, 2, &[b"1", b"2"]));
}

pub async fn a_prune_leaves_the_log(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    for value in [b"1", b"2", b"3"] {
        writer.commit(&[]).await;
        append(&writer, &[value], KEEP).await;
    }
    let gone = store.prune(&"t".into(), 1.into()).await;
    assert_eq!(gone.expect("a thread is pruned"), 2);
    assert_eq!(all(store, "t").await, slice(1, 3, &[b"1", b"2", b"3"]));
}

pub async fn what_is_too_much_is_refused_and_nothing_is_written(store: &Store) {
    let writer = Writer::on(store, "t").await;
    let large = vec![0; LOG_ENTRY_BYTES_MAX + 1];
    let many = vec![&b"x"[..]; LOG_APPEND_MAX + 1];
    for (name, append) in [
        ("an entry", request(&writer, &[b"x", &large], 9)),
        ("entries at once", request(&writer, &many, 9)),
        ("kept", request(&writer, &[b"x"], LOG_ENTRIES_MAX + 1)),
    ] {
        let refused = store.append_log(append).await;
        let is_refused = matches!(refused, Err(CheckpointError::TooMuch { .. }));
        assert!(is_refused, "{name}: {refused:?}");
    }
    assert_eq!(all(store, "t").await, slice(1, 0, &[]));
    append(&writer, &many[1..], LOG_ENTRIES_MAX).await;
    append(&writer, &[&large[1..]], LOG_ENTRIES_MAX).await;
    let newest = LOG_APPEND_MAX as u64 + 1;
    let last = read(store, "t", newest - 1, 1).await;
    assert_eq!(last.entries, [entry(newest, &large[1..])]);
}

pub async fn any_bytes_come_back_as_they_were(store: &Store) {
    let writer = Writer::on(store, "t").await;
    let every: Vec<u8> = (0..=255).collect();
    let values: [&[u8]; 7] = [b"", b"\0", b"\xff\0\xfe", &every[..], &ENVELOPE, b"", b"{}"];
    append(&writer, &values, KEEP).await;
    assert_eq!(all(store, "t").await, slice(1, 7, &values));
}

pub async fn an_empty_append_changes_nothing_and_tells_the_newest_position(store: &Store) {
    let writer = Writer::on(store, "t").await;
    assert_eq!(append(&writer, &[], KEEP).await, 0);
    append(&writer, &[b"1", b"2", b"3"], KEEP).await;
    for keep in [0, 1, KEEP] {
        assert_eq!(append(&writer, &[], keep).await, 3, "keep {keep}");
        assert_eq!(all(store, "t").await, slice(1, 3, &[b"1", b"2", b"3"]));
    }
}

pub async fn a_reader_sees_no_hole_while_entries_are_appended(store: &Store) {
    const ENTRIES: u64 = 150;
    for keep in [KEEP, 4] {
        let thread = format!("keeps {keep}");
        let writer = Writer::on(store, thread.as_str()).await;
        let all_written = Arc::new(AtomicBool::new(false));
        let reader = tokio::spawn({
            let (store, thread) = (Arc::clone(store), ThreadId::from(thread.as_str()));
            let all_written = Arc::clone(&all_written);
            async move {
                let (mut after, mut is_at_end) = (0, false);
                while !is_at_end {
                    let nothing_follows = all_written.load(Ordering::SeqCst);
                    let page = read(&store, thread.as_str(), after, 7).await;
                    let is_gap = page.has_gap_after(LogPosition(after));
                    assert!(!is_gap || keep == 4, "{page:?} after {after}");
                    let first = page.oldest.0.max(after + 1);
                    for (want, entry) in (first..).zip(&page.entries) {
                        assert_eq!(entry.position.0, want, "after {after}");
                        assert_eq!(entry.value, want.to_le_bytes(), "after {after}");
                    }
                    after = page.entries.last().map_or(after, |last| last.position.0);
                    is_at_end = nothing_follows && page.entries.is_empty();
                    tokio::task::yield_now().await;
                }
                assert_eq!(after, ENTRIES, "the reader comes to the end");
            }
        });
        let mut newest = 0;
        while newest < ENTRIES {
            let values: Vec<_> = (1..=3).map(|next| (newest + next).to_le_bytes()).collect();
            let values: Vec<&[u8]> = values.iter().map(<[u8; 8]>::as_slice).collect();
            newest = append(&writer, &values, keep).await;
        }
        all_written.store(true, Ordering::SeqCst);
        reader.await.expect("the reader saw no hole");
    }
}

pub async fn an_append_that_is_dropped_happened_wholly_or_not_at_all(store: &Store) {
    let writer = Writer::on(store, "t").await;
    let mut newest = 0;
    for patience in 0..20 {
        let dropped = request(&writer, &[b"first", b"second"], KEEP);
        tokio::select! {
            biased;
            outcome = store.append_log(dropped) => drop(outcome.expect("the owner appends")),
            () = yield_often(patience) => {}
        }
        // A write of the same thread that is waited for: what was dropped before it is
        // decided now, if the store takes its calls in order.
        let renewed = store.renew_lease(&writer.lease, NOW, TTL).await;
        renewed.expect("still the owner");
        let seen = read(store, "t", newest, 9).await;
        assert!(seen.entries.len() % 2 == 0, "patience {patience}: {seen:?}");
        newest = seen.newest.0;
    }
    let whole = all(store, "t").await;
    for (place, entry) in whole.entries.iter().enumerate() {
        let want: &[u8] = if place % 2 == 0 { b"first" } else { b"second" };
        assert_eq!(entry.value, want, "at {}", entry.position);
    }
}
