//! How the checkpoints of a thread are listed.

use agentflow_core::checkpoint::{Checkpoint, CheckpointSource};
use agentflow_core::{CheckpointId, Step};
use serde_json::{from_value, json};

use super::writer::{Store, Writer};

async fn five_checkpoints(store: &Store) -> (Writer, Vec<Checkpoint>) {
    let mut writer = Writer::on(store, "t").await;
    let mut newest_first = Vec::new();
    for value in [b"1", b"2", b"3", b"4", b"5"] {
        newest_first.insert(0, writer.commit(&[("a", value)]).await);
    }
    (writer, newest_first)
}

pub async fn checkpoints_are_listed_newest_first(store: &Store) {
    let (writer, newest_first) = five_checkpoints(store).await;
    assert_eq!(writer.history(None, 10).await, newest_first);
}

pub async fn before_and_limit_cut_the_list(store: &Store) {
    let (writer, _) = five_checkpoints(store).await;
    for (before, limit, want) in [
        (None, 2, &[5, 4][..]),
        (None, 5, &[5, 4, 3, 2, 1]),
        (None, u32::MAX, &[5, 4, 3, 2, 1]),
        (None, 0, &[]),
        (Some(3), 10, &[2, 1]),
        (Some(3), 1, &[2]),
        (Some(1), 10, &[]),
        (Some(0), 10, &[]),
        (Some(99), 2, &[5, 4]),
        (Some(u64::MAX), 1, &[5]),
    ] {
        let listed = writer.history(before, limit).await;
        let ids: Vec<u64> = listed.iter().map(|checkpoint| checkpoint.id.0).collect();
        assert_eq!(ids, want, "before {before:?}, limit {limit}");
    }
}

pub async fn a_page_has_only_what_matches_all_that_is_asked(store: &Store) {
    use CheckpointSource::{Fork, Input, Loop, Update};
    let mut writer = Writer::on(store, "t").await;
    for (source, step, metadata) in [
        (Input, -1, json!({})),
        (Loop, 0, json!({"user": "ann", "round": 1})),
        (Loop, 1, json!({"user": "ann", "round": 2})),
        (Update, 1, json!({"user": "bob", "round": 2})),
        (Fork, 1, json!({"user": "ann", "tags": ["a", {"b": null}]})),
        (
            Loop,
            2,
            json!({"user": "ann", "round": "2", "x'y\"$.z": null}),
        ),
    ] {
        let mut request = writer.next(&[]);
        request.checkpoint.source = source;
        request.checkpoint.step = Step(step);
        request.checkpoint.metadata = from_value(metadata).expect("an object");
        writer.advance(request).await;
    }
    let ann = ("user", json!("ann"));
    for (source, step, metadata, want) in [
        (None, None, vec![], &[6, 5, 4, 3, 2, 1][..]),
        (Some(Loop), None, vec![], &[6, 3, 2]),
        (Some(Input), None, vec![], &[1]),
        (None, Some(1), vec![], &[5, 4, 3]),
        (None, Some(-1), vec![], &[1]),
        (Some(Loop), Some(1), vec![], &[3]),
        (Some(Fork), Some(2), vec![], &[]),
        (None, None, vec![ann.clone()], &[6, 5, 3, 2]),
        (Some(Loop), Some(2), vec![ann.clone()], &[6]),
        (None, None, vec![ann.clone(), ("round", json!(2))], &[3]),
        (None, None, vec![("tags", json!(["a", {"b": null}]))], &[5]),
        (None, None, vec![("tags", json!(["a"]))], &[]),
        (None, None, vec![("x'y\"$.z", json!(null))], &[6]),
        (None, None, vec![("missing", json!(null))], &[]),
        (None, None, vec![ann, ("user", json!("bob"))], &[]),
    ] {
        let mut page = writer.page(None, 10);
        page.source = source;
        page.step = step.map(Step);
        let metadata = metadata.into_iter();
        page.metadata = metadata.map(|(key, v)| (key.to_owned(), v)).collect();
        let listed = writer.list(page.clone()).await;
        let ids: Vec<u64> = listed.iter().map(|checkpoint| checkpoint.id.0).collect();
        assert_eq!(ids, want, "{page:?}");
    }
}

pub async fn a_limit_counts_what_matches(store: &Store) {
    let mut writer = Writer::on(store, "t").await;
    // Far apart, so that a store that reads part by part reads several.
    for number in 1..=600 {
        let mut request = writer.next(&[]);
        if number % 200 == 0 {
            request.checkpoint.source = CheckpointSource::Update;
        }
        writer.advance(request).await;
    }
    for (before, limit, want) in [
        (None, 10, &[600, 400, 200][..]),
        (None, 2, &[600, 400]),
        (None, 0, &[]),
        (Some(600), 1, &[400]),
        (Some(200), 1, &[]),
    ] {
        let mut page = writer.page(before, limit);
        page.source = Some(CheckpointSource::Update);
        let listed = writer.list(page).await;
        let ids: Vec<u64> = listed.iter().map(|checkpoint| checkpoint.id.0).collect();
        assert_eq!(ids, want, "before {before:?}, limit {limit}");
    }
}

pub async fn pages_join_without_a_gap_although_the_head_moves(store: &Store) {
    let (mut writer, newest_first) = five_checkpoints(store).await;
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = writer.history(before, 2).await;
        let Some(last) = page.last() else { break };
        before = Some(last.id.0);
        seen.extend(page);
        writer.commit(&[]).await;
    }
    assert_eq!(seen, newest_first);
}

pub async fn a_page_has_only_its_own_thread_and_namespace(store: &Store) {
    let (writer, newest_first) = five_checkpoints(store).await;
    let mut child = writer.in_namespace("agent:1.0");
    let mut other = Writer::on(store, "other").await;
    let of_child = child.commit(&[]).await;
    let of_other = other.commit(&[]).await;

    assert_eq!(writer.history(None, 10).await, newest_first);
    assert_eq!(child.history(None, 10).await, [of_child]);
    assert_eq!(other.history(None, 10).await, [of_other]);
}

pub async fn what_is_not_there_is_an_empty_page(store: &Store) {
    let writer = Writer::on(store, "t").await;
    assert_eq!(writer.history(None, 10).await, []);
    assert_eq!(writer.in_namespace("unknown").history(None, 10).await, []);
    assert_eq!(writer.history(Some(CheckpointId(7).0), 10).await, []);
}
