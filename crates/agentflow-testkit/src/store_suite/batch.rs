//! Several operations at once.

use agentflow_core::store::{
    Delete, Get, ListPaths, OPS_MAX, Put, Search, StoreError, StoreOp, StoreReply,
};
use serde_json::{Value, json};

use super::desk::{names, path};
use super::rig::Rig;

fn put(at: &str, key: &str, n: u32) -> StoreOp {
    Put::new(&path(at), key, json!({ "n": n })).into()
}

fn get(at: &str, key: &str) -> StoreOp {
    Get::new(&path(at), key).into()
}

fn delete(at: &str, key: &str) -> StoreOp {
    Delete::new(&path(at), key).into()
}

/// What a reply says, in short.
fn said(reply: &StoreReply) -> Value {
    match reply {
        StoreReply::Item(item) => item.as_ref().map_or(Value::Null, |item| item.value.clone()),
        StoreReply::Found(found) => json!(names(found)),
        StoreReply::Paths(paths) => {
            json!(paths.iter().map(ToString::to_string).collect::<Vec<_>>())
        }
        StoreReply::Done => json!("done"),
    }
}

pub async fn replies_come_in_the_order_of_the_operations(rig: &Rig) {
    let desk = rig.desk().await;
    desk.put("a", "k", json!({ "n": 1 })).await;
    desk.put("b", "k", json!({ "n": 2 })).await;
    let ops = [
        (get("a", "k"), json!({ "n": 1 })),
        (put("c", "k", 3), json!("done")),
        (Search::under(&path("a")).into(), json!(["a/k"])),
        (ListPaths::new().into(), json!(["a", "b"])),
        (get("b", "missing"), Value::Null),
        (delete("b", "missing"), json!("done")),
    ];
    for turn in 0..ops.len() {
        desk.delete("c", "k").await;
        let mut ops = ops.clone();
        ops.rotate_left(turn);
        let (asked, want): (Vec<_>, Vec<_>) = ops.into_iter().unzip();
        let replies = desk.batch(asked).await;
        let replies: Vec<Value> = replies.iter().map(said).collect();
        assert_eq!(replies, want, "turned by {turn}");
    }
}

pub async fn reads_see_the_state_before_the_batch(rig: &Rig) {
    let desk = rig.desk().await;
    desk.put("a", "old", json!({ "n": 1 })).await;
    let replies = desk
        .batch(vec![
            put("a", "old", 2),
            put("b", "new", 3),
            delete("a", "old"),
            get("a", "old"),
            get("b", "new"),
            Search::everywhere().into(),
            ListPaths::new().into(),
        ])
        .await;
    let replies: Vec<Value> = replies[3..].iter().map(said).collect();
    assert_eq!(
        replies,
        [
            json!({ "n": 1 }),
            Value::Null,
            json!(["a/old"]),
            json!(["a"])
        ]
    );
    assert_eq!(desk.found(Search::everywhere()).await, ["b/new"]);
}

pub async fn the_last_write_to_an_item_is_done(rig: &Rig) {
    let desk = rig.desk().await;
    desk.put("a", "was", json!({ "n": 0 })).await;
    let replies = desk
        .batch(vec![
            put("a", "k", 1),
            put("a", "was", 1),
            put("a", "k", 2),
            delete("a", "was"),
            put("b", "k", 3),
            delete("a", "back"),
            put("a", "back", 4),
        ])
        .await;
    assert_eq!(replies, vec![StoreReply::Done; 7]);
    for (at, key, want) in [
        ("a", "k", Some(json!({ "n": 2 }))),
        ("a", "was", None),
        ("b", "k", Some(json!({ "n": 3 }))),
        ("a", "back", Some(json!({ "n": 4 }))),
    ] {
        assert_eq!(desk.value(at, key).await, want, "{at}/{key}");
    }
}

pub async fn equal_reads_have_equal_answers(rig: &Rig) {
    let desk = rig.desk().await;
    desk.put("a", "k", json!({ "n": 1 })).await;
    let replies = desk
        .batch(vec![get("a", "k"), get("a", "k"), put("a", "k", 2)])
        .await;
    assert_eq!(replies[0], replies[1]);
    assert_eq!(said(&replies[0]), json!({ "n": 1 }));
}

pub async fn a_bad_operation_leaves_nothing_of_its_batch(rig: &Rig) {
    let desk = rig.desk().await;
    desk.put("a", "stays", json!({})).await;
    let bad = Put::new(&path("a"), "bad", json!(7)).into();
    let refused = desk
        .try_batch(vec![put("a", "k", 1), delete("a", "stays"), bad])
        .await;
    assert!(
        matches!(refused, Err(StoreError::NotAnObject { .. })),
        "{refused:?}"
    );
    assert_eq!(desk.found(Search::everywhere()).await, ["a/stays"]);
}

pub async fn an_empty_batch_is_no_error(rig: &Rig) {
    assert_eq!(rig.desk().await.batch(Vec::new()).await, []);
}

pub async fn a_batch_takes_so_many_operations_and_no_more(rig: &Rig) {
    let desk = rig.desk().await;
    let ops = |count: usize| {
        (0..count)
            .map(|n| put("a", &format!("{n:05}"), 1))
            .collect()
    };
    let refused = desk.try_batch(ops(OPS_MAX + 1)).await;
    assert!(
        matches!(refused, Err(StoreError::TooMuch { found, max, .. }) if found == max + 1),
        "{refused:?}"
    );
    assert_eq!(
        desk.batch(ops(OPS_MAX)).await,
        vec![StoreReply::Done; OPS_MAX]
    );
    assert_eq!(
        desk.found(Search::everywhere().limit(OPS_MAX)).await.len(),
        OPS_MAX
    );
}
