//! Single items: kept, read, replaced, forgotten.

use std::time::Duration;

use agentflow_core::store::{
    Get, Item, KEY_BYTES_MAX, PATH_BYTES_MAX, Put, Search, StoreError, StoreExt, StorePath,
    VALUE_BYTES_MAX, VALUE_DEPTH_MAX,
};
use serde_json::{Value, json};

use super::desk::path;
use super::rig::{Rig, START};

pub async fn an_item_comes_back_as_it_was_put(rig: &Rig) {
    let desk = rig.desk().await;
    desk.put("users.anna", "tea", json!({ "text": "green" }))
        .await;
    let item = desk.get("users.anna", "tea").await;
    let want = Item {
        path: path("users.anna"),
        key: "tea".to_owned(),
        value: json!({ "text": "green" }),
        created_at: START,
        updated_at: START,
        expires_at: None,
    };
    assert_eq!(item, Some(want));
}

pub async fn what_is_not_there_is_none(rig: &Rig) {
    let desk = rig.desk().await;
    desk.put("a.b", "k", json!({})).await;
    for (at, key) in [("a.b", "other"), ("a", "k"), ("a.b.c", "k"), ("b", "k")] {
        assert_eq!(desk.get(at, key).await, None, "{at}/{key}");
    }
}

pub async fn a_put_replaces_all_of_the_value_and_keeps_when_it_was_created(rig: &Rig) {
    let desk = rig.desk().await;
    desk.put("a", "k", json!({ "x": 1, "y": 1 })).await;
    rig.advance(Duration::from_secs(5));
    desk.put("a", "k", json!({ "x": 2 })).await;
    let item = desk.get("a", "k").await.expect("it is there");
    assert_eq!(item.value, json!({ "x": 2 }));
    let times = (item.created_at, item.updated_at);
    assert_eq!(times, (START, START.after(Duration::from_secs(5))));
}

pub async fn a_deleted_item_is_gone_and_one_put_later_is_new(rig: &Rig) {
    let desk = rig.desk().await;
    desk.put("a", "k", json!({ "n": 1 })).await;
    desk.put("a", "other", json!({ "n": 1 })).await;
    desk.delete("a", "k").await;
    assert_eq!(desk.get("a", "k").await, None);
    assert_eq!(desk.found(Search::everywhere()).await, ["a/other"]);
    desk.delete("a", "k").await;

    rig.advance(Duration::from_secs(5));
    desk.put("a", "k", json!({ "n": 2 })).await;
    let item = desk.get("a", "k").await.expect("it is there");
    assert_eq!(item.created_at, START.after(Duration::from_secs(5)));
}

pub async fn values_come_back_as_they_were(rig: &Rig) {
    let desk = rig.desk().await;
    for (name, value) in [
        ("nothing", json!({})),
        ("null", json!({ "x": null })),
        (
            "texts",
            json!({ "x": "", "ключ": "значение 🦀", "it's \"q\"": "a\\b\n\t\u{7f}" }),
        ),
        ("nul", json!({ "x": "a\u{0}b" })),
        ("whole numbers", json!({ "x": [i64::MIN, u64::MAX, 0, -1] })),
        ("other numbers", json!({ "x": [0.1, 1e300, -2.5e-8, 1.0] })),
        ("nested", json!({ "x": [{ "y": [[], {}, [null, true]] }] })),
        (
            "names",
            json!({ "a.b": 1, "$": 2, "": 3, "*": 4, "__proto__": 5 }),
        ),
    ] {
        desk.put("values", name, value.clone()).await;
        assert_eq!(desk.value("values", name).await, Some(value), "{name}");
    }
}

pub async fn keys_and_labels_are_equal_only_if_all_their_bytes_are(rig: &Rig) {
    let desk = rig.desk().await;
    let names = [
        "user_1",
        "userX1",
        "a%b",
        "aXb",
        "star*",
        "starry",
        "*",
        "case",
        "Case",
        "line",
        "line\n",
        " line",
        "line ",
        "ключ",
        "é",
        "e\u{301}",
        "it's",
        "\"",
        "\\",
        "[a]",
        "a/b",
        "a:b",
        "a|b",
        "'; DROP TABLE items; --",
    ];
    for (n, name) in names.iter().enumerate() {
        desk.put("keys", name, json!({ "n": n })).await;
        let labels = StorePath::new(["labels", name]).expect("a good path");
        desk.put_with(Put::new(&labels, "k", json!({ "n": n })))
            .await;
    }
    for (n, name) in names.iter().enumerate() {
        let want = Some(json!({ "n": n }));
        assert_eq!(desk.value("keys", name).await, want, "key {name:?}");
        let labels = StorePath::new(["labels", name]).expect("a good path");
        let item = desk
            .store
            .get(&labels, "k")
            .await
            .expect("the item is read");
        assert_eq!(item.map(|item| item.value), want, "label {name:?}");
        let found = desk.search(Search::under(&labels)).await;
        assert_eq!(found.len(), 1, "searching label {name:?}");
    }
}

pub async fn a_path_and_a_key_do_not_run_together(rig: &Rig) {
    let desk = rig.desk().await;
    for (n, (at, key)) in [("a", "b.c"), ("a.b", "c"), ("a.b.c", "a")]
        .into_iter()
        .enumerate()
    {
        desk.put(at, key, json!({ "n": n })).await;
    }
    desk.delete("a.b", "c").await;
    assert_eq!(desk.found(Search::everywhere()).await, ["a/b.c", "a.b.c/a"]);
}

pub async fn values_are_typed_on_the_way_in_and_out(rig: &Rig) {
    let desk = rig.desk().await;
    let pair = std::collections::BTreeMap::from([("a".to_owned(), 1_u32)]);
    desk.store
        .put_as(&path("a"), "k", &pair)
        .await
        .expect("it is kept");
    let read = desk.store.get_as(&path("a"), "k").await;
    assert_eq!(read.expect("it is read"), Some(pair));
    let missing = desk.store.get_as::<Value>(&path("a"), "missing").await;
    assert_eq!(missing.expect("not there is no error"), None);
    let other = desk.store.get_as::<Vec<u32>>(&path("a"), "k").await;
    assert!(matches!(other, Err(StoreError::Codec(_))), "{other:?}");
}

pub async fn the_largest_items_are_kept_and_larger_ones_refused(rig: &Rig) {
    let desk = rig.desk().await;
    let at = StorePath::new(["p".repeat(PATH_BYTES_MAX)]).expect("a good path");
    let key = "k".repeat(KEY_BYTES_MAX);
    let nested = |depth: usize| (1..depth).fold(json!({}), |inner, _| json!({ "d": inner }));
    let large = |bytes: usize| json!({ "x": "x".repeat(bytes - r#"{"x":""}"#.len()) });
    for value in [large(VALUE_BYTES_MAX), nested(VALUE_DEPTH_MAX)] {
        desk.put_with(Put::new(&at, &key, value.clone())).await;
        let item = desk.store.get(&at, &key).await.expect("the item is read");
        assert!(item.is_some_and(|item| item.value == value));
    }
    for (key, value) in [
        ("k".repeat(KEY_BYTES_MAX + 1), json!({})),
        ("k".to_owned(), large(VALUE_BYTES_MAX + 1)),
        ("k".to_owned(), nested(VALUE_DEPTH_MAX + 1)),
    ] {
        let refused = desk.store.put_with(Put::new(&at, key, value)).await;
        assert!(
            matches!(refused, Err(StoreError::TooMuch { .. })),
            "{refused:?}"
        );
    }
}

pub async fn what_is_no_item_is_refused(rig: &Rig) {
    let desk = rig.desk().await;
    for value in [Value::Null, json!(1), json!("x"), json!([{}]), json!(true)] {
        let refused = desk.store.put(&path("a"), "k", value).await;
        assert!(
            matches!(refused, Err(StoreError::NotAnObject { .. })),
            "{refused:?}"
        );
    }
    for key in ["", "a\0b"] {
        let refused = desk.store.put(&path("a"), key, json!({})).await;
        assert!(
            matches!(refused, Err(StoreError::BadKey { .. })),
            "{refused:?}"
        );
        let refused = desk.store.get_with(Get::new(&path("a"), key)).await;
        assert!(
            matches!(refused, Err(StoreError::BadKey { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(desk.found(Search::everywhere()).await, Vec::<String>::new());
}
