//! Searching by meaning, in a store with an embedder.

use agentflow_core::store::{Filter, Index, Put, Search, StoreError, StoreExt, TEXTS_MAX};
use serde_json::{Value, json};

use super::desk::{Desk, path};
use super::embedder::WordEmbedder;
use super::rig::Rig;

fn embedder() -> WordEmbedder {
    WordEmbedder::new(["tea", "cat", "sea"])
}

fn about(query: &str) -> Search {
    Search::everywhere().query(query)
}

fn scores(want: &[(&str, Option<i64>)]) -> Vec<(String, Option<i64>)> {
    want.iter()
        .map(|(name, score)| ((*name).to_owned(), *score))
        .collect()
}

async fn filled(rig: &Rig, embedder: &WordEmbedder) -> Desk {
    let desk = rig.indexed(embedder, &["text"]).await;
    for (key, text, n) in [
        ("cats", "cat", 1),
        ("mixed", "tea cat", 2),
        ("teas", "tea tea", 3),
        ("waves", "sea", 4),
    ] {
        desk.put("a", key, json!({ "text": text, "n": n })).await;
    }
    desk
}

pub async fn the_nearest_come_first_and_equals_in_order(rig: &Rig) {
    let desk = filled(rig, &embedder()).await;
    for (query, want) in [
        (
            "tea",
            [
                ("a/teas", 100),
                ("a/mixed", 71),
                ("a/cats", 0),
                ("a/waves", 0),
            ],
        ),
        (
            "Cat!",
            [
                ("a/cats", 100),
                ("a/mixed", 71),
                ("a/teas", 0),
                ("a/waves", 0),
            ],
        ),
        (
            "nothing of it",
            [("a/cats", 0), ("a/mixed", 0), ("a/teas", 0), ("a/waves", 0)],
        ),
    ] {
        let want = want.map(|(name, score)| (name.to_owned(), Some(score)));
        assert_eq!(desk.scored(about(query)).await, want, "{query}");
    }
}

pub async fn a_new_value_is_embedded_anew(rig: &Rig) {
    let desk = filled(rig, &embedder()).await;
    desk.put("a", "cats", json!({ "text": "tea" })).await;
    desk.delete("a", "teas").await;
    let found = desk.scored(about("tea")).await;
    let want = [
        ("a/cats", Some(100)),
        ("a/mixed", Some(71)),
        ("a/waves", Some(0)),
    ];
    assert_eq!(found, scores(&want));
}

pub async fn the_nearest_of_what_path_and_filter_leave_are_found(rig: &Rig) {
    let desk = filled(rig, &embedder()).await;
    desk.put("b", "teas", json!({ "text": "tea", "n": 2 }))
        .await;
    let found = desk
        .found(about("tea").filter(Filter::new().lte("n", 2)))
        .await;
    assert_eq!(found, ["b/teas", "a/mixed", "a/cats"]);
    let found = desk.found(Search::under(&path("b")).query("cat")).await;
    assert_eq!(found, ["b/teas"]);
}

pub async fn pages_of_the_nearest_join_without_a_gap(rig: &Rig) {
    let desk = filled(rig, &embedder()).await;
    for n in 0..6 {
        desk.put("b", &n.to_string(), json!({ "text": "sea" }))
            .await;
        let put = Put::new(&path("c"), n.to_string(), json!({}));
        desk.put_with(put.index(Index::No)).await;
    }
    let all = desk.found(about("tea sea").limit(100)).await;
    assert_eq!(all.len(), 16);
    for size in 1..=all.len() {
        let mut joined = Vec::new();
        for offset in (0..all.len()).step_by(size) {
            joined.extend(
                desk.found(about("tea sea").limit(size).offset(offset))
                    .await,
            );
        }
        assert_eq!(joined, all, "pages of {size}");
    }
}

pub async fn an_item_that_is_not_indexed_comes_last_and_without_a_score(rig: &Rig) {
    let desk = filled(rig, &embedder()).await;
    desk.put_with(Put::new(&path("a"), "b", json!({ "text": "tea" })).index(Index::No))
        .await;
    desk.put("a", "a", json!({ "other": "tea" })).await;
    desk.put("a", "c", json!({ "text": " " })).await;
    let found = desk.scored(about("tea").limit(7)).await;
    let want = [
        ("a/teas", Some(100)),
        ("a/mixed", Some(71)),
        ("a/cats", Some(0)),
        ("a/waves", Some(0)),
        ("a/a", None),
        ("a/b", None),
        ("a/c", None),
    ];
    assert_eq!(found, scores(&want));
}

pub async fn the_best_of_several_texts_of_an_item_counts(rig: &Rig) {
    let embedder = embedder();
    let desk = rig
        .indexed(&embedder, &["title", "notes[*].text", "tags[-1]"])
        .await;
    let several = json!({
        "title": "cat", "notes": [{ "text": "sea" }, { "text": "tea cat" }], "tags": ["tea", "sea"],
        "left": "tea",
    });
    desk.put("a", "several", several).await;
    let mut texts = embedder.texts();
    texts.sort();
    assert_eq!(
        texts,
        ["cat", "sea", "tea cat"],
        "each text is embedded once"
    );
    for (query, want) in [("cat", 100), ("sea", 100), ("tea", 71)] {
        let found = desk.scored(about(query)).await;
        assert_eq!(found, scores(&[("a/several", Some(want))]), "{query}");
    }
}

pub async fn all_of_an_item_is_embedded_unless_fields_are_named(rig: &Rig) {
    let embedder = embedder();
    let desk = rig.indexed(&embedder, &[]).await;
    let value = json!({ "a": "tea", "b": { "c": "cat" } });
    desk.put("a", "k", value.clone()).await;
    let [text] = &embedder.texts()[..] else {
        panic!("one text is embedded")
    };
    assert_eq!(serde_json::from_str::<Value>(text).ok(), Some(value));
    assert_eq!(
        desk.scored(about("tea cat")).await,
        scores(&[("a/k", Some(100))])
    );
}

pub async fn a_put_may_say_what_is_embedded(rig: &Rig) {
    let embedder = embedder();
    let desk = rig.indexed(&embedder, &["text"]).await;
    let value = json!({ "text": "tea", "other": "cat" });
    let put = |key: &str, index| Put::new(&path("a"), key, value.clone()).index(index);
    desk.put_with(put("configured", Index::AsConfigured)).await;
    desk.put_with(put("no", Index::No)).await;
    desk.put_with(put("other", Index::Fields(vec!["other".into()])))
        .await;
    desk.put_with(put("none", Index::Fields(Vec::new()))).await;
    assert_eq!(embedder.texts(), ["tea", "cat"]);
    let want = [
        ("a/other", Some(100)),
        ("a/configured", Some(0)),
        ("a/no", None),
        ("a/none", None),
    ];
    assert_eq!(desk.scored(about("cat")).await, scores(&want));
}

pub async fn a_blank_query_asks_the_embedder_for_nothing(rig: &Rig) {
    let embedder = embedder();
    let desk = filled(rig, &embedder).await;
    let before = embedder.texts();
    for query in ["", " \n"] {
        let found = desk.scored(about(query)).await;
        let want = ["a/cats", "a/mixed", "a/teas", "a/waves"].map(|name| (name, None));
        assert_eq!(found, scores(&want), "{query:?}");
    }
    assert_eq!(
        desk.found(about("tea").limit(0)).await,
        Vec::<String>::new()
    );
    assert_eq!(embedder.texts()[..before.len()], before);
}

pub async fn only_what_is_kept_of_a_batch_is_embedded(rig: &Rig) {
    let embedder = embedder();
    let desk = rig.indexed(&embedder, &["text"]).await;
    let put = |key: &str, text: &str| Put::new(&path("a"), key, json!({ "text": text })).into();
    desk.batch(vec![
        put("k", "first"),
        put("same", "tea"),
        put("k", "cat"),
        put("gone", "gone"),
        agentflow_core::store::Delete::new(&path("a"), "gone").into(),
        put("again", "tea"),
    ])
    .await;
    let mut texts = embedder.texts();
    texts.sort();
    assert_eq!(texts, ["cat", "tea"]);
    let want = [
        ("a/again", Some(100)),
        ("a/same", Some(100)),
        ("a/k", Some(0)),
    ];
    assert_eq!(desk.scored(about("tea")).await, scores(&want));
}

pub async fn an_embedder_that_fails_leaves_nothing_of_the_batch(rig: &Rig) {
    let embedder = embedder();
    let desk = filled(rig, &embedder).await;
    let put = || Put::new(&path("a"), "new", json!({ "text": "tea" }));
    let delete = agentflow_core::store::Delete::new(&path("a"), "cats");

    embedder.fail_next();
    let refused = desk.try_batch(vec![delete.into(), put().into()]).await;
    let Err(error) = refused else {
        panic!("the embedder failed")
    };
    assert!(
        matches!(error, StoreError::Embedding { texts: 1, .. }),
        "{error:?}"
    );
    assert!(error.is_retryable());

    for (shape, vectors) in [
        ("too few", vec![]),
        ("too many", vec![vec![1.0, 0.0, 0.0]; 2]),
        ("too short", vec![vec![1.0, 0.0]]),
        ("too long", vec![vec![0.0; 4]]),
        ("not finite", vec![vec![1.0, f32::NAN, 0.0]]),
    ] {
        embedder.answer_next(vectors);
        let refused = desk.store.put_with(put()).await;
        assert!(
            matches!(refused, Err(StoreError::BadEmbedding { .. })),
            "{shape}: {refused:?}"
        );
    }
    let all = ["a/cats", "a/mixed", "a/teas", "a/waves"];
    assert_eq!(desk.found(Search::everywhere()).await, all);
}

pub async fn an_item_with_too_many_texts_is_refused(rig: &Rig) {
    let desk = rig.indexed(&embedder(), &["texts[*]"]).await;
    let put = |count: usize| {
        let texts: Vec<String> = (0..count).map(|n| format!("tea {n}")).collect();
        Put::new(&path("a"), "k", json!({ "texts": texts }))
    };
    desk.put_with(put(TEXTS_MAX)).await;
    assert_eq!(
        desk.scored(about("tea")).await,
        scores(&[("a/k", Some(100))])
    );
    let refused = desk.store.put_with(put(TEXTS_MAX + 1)).await;
    assert!(
        matches!(refused, Err(StoreError::TooMuch { .. })),
        "{refused:?}"
    );
}
