//! Searching by what is in items.

use agentflow_core::store::{FieldPath, Filter, Search};
use serde_json::{Value, json};

use super::desk::Desk;
use super::rig::Rig;

async fn found(desk: &Desk, filter: Filter) -> Vec<String> {
    let found = desk.search(Search::everywhere().filter(filter)).await;
    found.into_iter().map(|found| found.item.key).collect()
}

async fn with_values(rig: &Rig, values: &[(&str, Value)]) -> Desk {
    let desk = rig.desk().await;
    for (key, value) in values {
        desk.put("a", key, value.clone()).await;
    }
    desk
}

pub async fn items_are_compared_with_all_six_comparisons(rig: &Rig) {
    let values = [
        ("low", json!({ "n": 1, "tag": "a" })),
        ("mid", json!({ "n": 2, "tag": "b" })),
        ("top", json!({ "n": 10, "tag": "a" })),
        ("without", json!({ "tag": "c" })),
    ];
    let desk = with_values(rig, &values).await;
    for (name, filter, want) in [
        ("eq", Filter::new().eq("tag", "a"), &["low", "top"][..]),
        ("ne", Filter::new().ne("n", 2), &["low", "top", "without"]),
        ("gt", Filter::new().gt("n", 2), &["top"]),
        ("gte", Filter::new().gte("n", 2), &["mid", "top"]),
        ("lt", Filter::new().lt("n", 2), &["low"]),
        ("lte", Filter::new().lte("n", 2), &["low", "mid"]),
        ("none", Filter::new(), &["low", "mid", "top", "without"]),
    ] {
        assert_eq!(found(&desk, filter).await, want, "{name}");
    }
}

pub async fn all_conditions_must_hold(rig: &Rig) {
    let values = [
        ("1", json!({ "n": 1, "tag": "a" })),
        ("2", json!({ "n": 2, "tag": "a" })),
        ("3", json!({ "n": 3, "tag": "b" })),
    ];
    let desk = with_values(rig, &values).await;
    let between = Filter::new().gt("n", 1).lte("n", 3);
    assert_eq!(found(&desk, between.clone()).await, ["2", "3"]);
    assert_eq!(found(&desk, between.eq("tag", "a")).await, ["2"]);
}

pub async fn numbers_are_compared_by_worth_and_never_with_texts(rig: &Rig) {
    let values = [
        ("float", json!({ "n": 10.0 })),
        ("large", json!({ "n": 9_007_199_254_740_993_i64 })),
        ("negative", json!({ "n": -1.5 })),
        ("text", json!({ "n": "10" })),
        ("whole", json!({ "n": 10 })),
    ];
    let desk = with_values(rig, &values).await;
    for (name, filter, want) in [
        ("whole", Filter::new().eq("n", 10), &["float", "whole"][..]),
        ("text", Filter::new().eq("n", "10"), &["text"]),
        (
            "above 9",
            Filter::new().gt("n", 9),
            &["float", "large", "whole"],
        ),
        ("above \"9\"", Filter::new().gt("n", "9"), &[]),
        ("above \"1\"", Filter::new().gt("n", "1"), &["text"]),
        ("below 0", Filter::new().lt("n", 0), &["negative"]),
        (
            "exact",
            Filter::new().eq("n", 9_007_199_254_740_992_i64),
            &[],
        ),
    ] {
        assert_eq!(found(&desk, filter).await, want, "{name}");
    }
}

pub async fn truths_and_nulls_are_equal_only_to_themselves(rig: &Rig) {
    let values = [
        ("false", json!({ "x": false })),
        ("missing", json!({})),
        ("null", json!({ "x": null })),
        ("one", json!({ "x": 1 })),
        ("text", json!({ "x": "true" })),
        ("true", json!({ "x": true })),
    ];
    let desk = with_values(rig, &values).await;
    for (with, want) in [
        (json!(true), &["true"][..]),
        (json!(false), &["false"]),
        (Value::Null, &["null"]),
        (json!(1), &["one"]),
        (json!("true"), &["text"]),
    ] {
        assert_eq!(
            found(&desk, Filter::new().eq("x", with.clone())).await,
            want,
            "{with}"
        );
        assert_eq!(found(&desk, Filter::new().ne("x", with)).await.len(), 5);
    }
}

pub async fn fields_in_fields_and_in_lists_are_compared(rig: &Rig) {
    let values = [
        (
            "de",
            json!({ "home": { "country": "DE", "zip": 1 }, "tags": ["x", "y"] }),
        ),
        ("fr", json!({ "home": { "country": "FR" }, "tags": ["z"] })),
        ("none", json!({ "home": "DE", "tags": [] })),
    ];
    let desk = with_values(rig, &values).await;
    for (name, filter, want) in [
        (
            "nested",
            Filter::new().eq("home.country", "DE"),
            &["de"][..],
        ),
        (
            "not nested",
            Filter::new().ne("home.country", "DE"),
            &["fr", "none"],
        ),
        (
            "object",
            Filter::new().eq("home", json!({ "country": "FR" })),
            &["fr"],
        ),
        (
            "part of an object",
            Filter::new().eq("home", json!({ "country": "DE" })),
            &[],
        ),
        ("list", Filter::new().eq("tags", json!(["x", "y"])), &["de"]),
        ("each", Filter::new().eq("tags[*]", "y"), &["de"]),
        ("last", Filter::new().eq("tags[-1]", "z"), &["fr"]),
    ] {
        assert_eq!(found(&desk, filter).await, want, "{name}");
    }
}

pub async fn names_and_values_of_fields_are_taken_literally(rig: &Rig) {
    let names = [
        "a-b",
        "7",
        "it's",
        "a\"b",
        "a b",
        "'; DROP TABLE items; --",
        "x') OR 1=1 --",
        "%",
        "_",
        "ключ",
        "a\\b",
        "$.a",
        "{x",
        "a[",
        "k.dotted",
    ];
    let desk = rig.desk().await;
    for name in names {
        let value = serde_json::Map::from_iter([(name.to_owned(), json!(name))]);
        desk.put("a", name, Value::Object(value)).await;
    }
    for name in names {
        let field = || FieldPath::keys([name]);
        let exact = Filter::new().eq(field(), name);
        assert_eq!(found(&desk, exact).await, [name], "{name}");
        let other = Filter::new().eq(field(), "' OR '1'='1");
        assert_eq!(found(&desk, other).await, Vec::<String>::new(), "{name}");
    }
    assert_eq!(
        desk.search(Search::everywhere().limit(100)).await.len(),
        names.len()
    );
}
