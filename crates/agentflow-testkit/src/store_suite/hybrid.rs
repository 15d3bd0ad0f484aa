//! Searching by words and by meaning at once, and what a search may say about either.

use std::collections::BTreeMap;

use agentflow_core::store::{
    Filter, Index, Put, RRF_K, Search, SearchMode, StoreError, StoreExt, tokens_of,
};
use serde_json::{Value, json};

use super::desk::{Desk, path};
use super::embedder::WordEmbedder;
use super::rig::Rig;

/// What the first, the second, … place of a list is worth.
fn place(rank: u32) -> f64 {
    1.0 / f64::from(RRF_K + rank)
}

fn hybrid(query: &str) -> Search {
    Search::everywhere().query(query).mode(SearchMode::Hybrid)
}

/// An item of this text that is about this. Only names of fields tell what it is about:
/// they are embedded, and are not words of the item.
fn item(text: &str, about: &str) -> Value {
    let about: BTreeMap<&str, bool> = about.split(' ').map(|name| (name, true)).collect();
    json!({ "text": text, "about": about })
}

async fn filled(rig: &Rig) -> Desk {
    let embedder = WordEmbedder::new(["tea", "cat", "sea"]);
    let desk = rig.indexed(&embedder, &["about"]).await;
    for (at, key, text, about, n) in [
        ("a", "both", "green tea", "tea", 1),
        ("a", "meant", "a hot drink", "tea cat", 2),
        ("a", "said", "tea", "sea", 3),
        ("b", "neither", "waves", "cat", 4),
    ] {
        let mut item = item(text, about);
        item["n"] = json!(n);
        desk.put(at, key, item).await;
    }
    desk
}

fn close(found: &[(String, f64)], want: &[(&str, f64)]) {
    let names = |one: &(String, f64)| one.0.clone();
    let wanted: Vec<&str> = want.iter().map(|(name, _)| *name).collect();
    assert_eq!(found.iter().map(names).collect::<Vec<_>>(), wanted);
    for ((name, score), (_, want)) in found.iter().zip(want) {
        assert!((score - want).abs() < 1e-12, "{name}: {score} for {want}");
    }
}

async fn scored(desk: &Desk, search: Search) -> Vec<(String, f64)> {
    let found = desk.search(search).await.into_iter();
    let scored = found.map(|one| {
        let name = format!("{}/{}", one.item.path, one.item.key);
        (name, one.score.expect("a search has scores"))
    });
    scored.collect()
}

pub async fn places_in_both_lists_decide(rig: &Rig) {
    let desk = filled(rig).await;
    // By words `both`, which has two of them, `said`; by meaning `both`, `meant`, and
    // then the others, which are equally far and share the third place.
    let found = scored(&desk, hybrid("green tea")).await;
    let want = [
        ("a/both", place(1) + place(1)),
        ("a/said", place(2) + place(3)),
        ("a/meant", place(2)),
        ("b/neither", place(3)),
    ];
    close(&found, &want);
    // Equal scores share a place, so meaning tells `both` and `said` apart.
    let found = scored(&desk, hybrid("tea")).await;
    let want = [
        ("a/both", place(1) + place(1)),
        ("a/said", place(1) + place(3)),
        ("a/meant", place(2)),
        ("b/neither", place(3)),
    ];
    close(&found, &want);
}

pub async fn what_is_far_is_found_by_its_words_only(rig: &Rig) {
    let desk = filled(rig).await;
    let unindexed = Put::new(&path("c"), "unindexed", item("tea", "tea"));
    desk.put_with(unindexed.index(Index::No)).await;
    let found = scored(&desk, hybrid("tea").min_similarity(0.95)).await;
    let want = [
        ("a/both", place(1) + place(1)),
        ("a/said", place(1)),
        ("c/unindexed", place(1)),
    ];
    close(&found, &want);
    let found = scored(&desk, hybrid("cat").min_similarity(0.4)).await;
    close(&found, &[("b/neither", place(1)), ("a/meant", place(2))]);
    // No word of it is known to the embedder or occurs.
    let found = scored(&desk, hybrid("milk").min_similarity(0.1)).await;
    close(&found, &[]);
}

pub async fn both_lists_are_of_what_path_and_filter_leave(rig: &Rig) {
    let desk = filled(rig).await;
    let filtered = hybrid("green tea").filter(Filter::new().gte("n", 2));
    let found = scored(&desk, filtered).await;
    let want = [
        ("a/said", place(1) + place(2)),
        ("a/meant", place(1)),
        ("b/neither", place(2)),
    ];
    close(&found, &want);
    let mut scoped = hybrid("green tea");
    scoped.paths = vec![path("b"), path("c")];
    close(&scored(&desk, scoped).await, &[("b/neither", place(1))]);
}

pub async fn pages_of_both_lists_join_without_a_gap(rig: &Rig) {
    let desk = filled(rig).await;
    for n in 0..9 {
        let (text, about) = (["tea", "green"][n % 2], ["sea", "tea cat", "tea"][n % 3]);
        desk.put("c", &n.to_string(), item(text, about)).await;
    }
    let all = desk.found(hybrid("green tea").limit(100)).await;
    assert_eq!(all.len(), 13);
    for size in 1..=all.len() {
        let mut joined = Vec::new();
        for offset in (0..all.len()).step_by(size) {
            let page = hybrid("green tea").limit(size).offset(offset);
            joined.extend(desk.found(page).await);
        }
        assert_eq!(joined, all, "pages of {size}");
    }
}

pub async fn a_query_of_blanks_or_without_words_lacks_a_list(rig: &Rig) {
    let desk = filled(rig).await;
    let all = desk.scored(Search::everywhere()).await;
    assert_eq!(desk.scored(hybrid(" ")).await, all);
    let found = scored(&desk, hybrid("?!")).await;
    let equal = ["a/both", "a/meant", "a/said", "b/neither"].map(|name| (name, place(1)));
    close(&found, &equal);
}

pub async fn words_are_looked_for_beside_an_index(rig: &Rig) {
    let desk = filled(rig).await;
    let search = Search::everywhere().query("green tea");
    // A similarity says nothing about words.
    let by_words = search.mode(SearchMode::Words).min_similarity(1.0);
    let want = [("a/both", Some(100)), ("a/said", Some(50))];
    let want = want.map(|(name, score)| (name.to_owned(), score));
    assert_eq!(desk.scored(by_words).await, want);
}

pub async fn what_is_not_near_enough_is_not_found_by_meaning(rig: &Rig) {
    let desk = filled(rig).await;
    desk.put("c", "unindexed", json!({ "text": "tea" })).await;
    let about = |query: &str| Search::everywhere().query(query);
    for (least, want) in [
        (1.0, &["a/both"][..]),
        (0.7, &["a/both", "a/meant"]),
        (0.71, &["a/both"]),
        (-1.0, &["a/both", "a/meant", "a/said", "b/neither"]),
    ] {
        for mode in [SearchMode::AsConfigured, SearchMode::Meaning] {
            let search = about("tea").mode(mode).min_similarity(least);
            assert_eq!(desk.found(search).await, want, "{least} {mode:?}");
        }
    }
    // A query that is none leaves nothing out.
    assert_eq!(desk.found(about(" ").min_similarity(1.0)).await.len(), 5);
}

pub async fn a_search_by_meaning_needs_an_index(rig: &Rig) {
    let without = rig.desk().await;
    without.put("a", "k", json!({ "text": "tea" })).await;
    let tea = || Search::everywhere().query("tea");
    for mode in [SearchMode::Meaning, SearchMode::Hybrid] {
        let refused = without.store.search(tea().mode(mode)).await;
        assert!(
            matches!(refused, Err(StoreError::NoIndex { mode: asked }) if asked == mode),
            "{refused:?}"
        );
    }
    for mode in [SearchMode::AsConfigured, SearchMode::Words] {
        assert_eq!(without.found(tea().mode(mode)).await, ["a/k"]);
    }
    for least in [-1.01, 1.01, f64::NAN] {
        let refused = without.store.search(tea().min_similarity(least)).await;
        assert!(
            matches!(refused, Err(StoreError::BadSimilarity { .. })),
            "{refused:?}"
        );
    }
}

pub async fn a_page_ends_before_the_first_that_does_not_fit(rig: &Rig) {
    let desk = filled(rig).await;
    let all = desk.search(hybrid("green tea")).await;
    let sizes: Vec<usize> = all.iter().map(|one| tokens_of(&one.item.value)).collect();
    let sum = |count: usize| sizes[..count].iter().sum::<usize>();
    for (tokens, want) in [
        (0, 0),
        (sum(1) - 1, 0),
        (sum(1), 1),
        (sum(2) - 1, 1),
        (sum(3), 3),
        (usize::MAX, 4),
    ] {
        let found = desk.search(hybrid("green tea").tokens_max(tokens)).await;
        assert_eq!(found, all[..want], "{tokens} tokens");
    }
    // Every search has a budget, and it is that of the page.
    let page = || Search::everywhere().offset(1).limit(2);
    let all = desk.search(page()).await;
    let first = tokens_of(&all[0].item.value);
    assert_eq!(desk.search(page().tokens_max(first)).await, all[..1]);
}
