//! Searching by words, in a store without an embedder.

use agentflow_core::store::{Filter, Index, Put, Search};
use serde_json::json;

use super::desk::{Desk, path};
use super::rig::Rig;

async fn filled(rig: &Rig) -> Desk {
    let desk = rig.desk().await;
    for (at, key, value) in [
        ("a", "both", json!({ "text": "Green TEA, please", "n": 1 })),
        (
            "a",
            "deep",
            json!({ "notes": [{ "who": "anna" }, "black tea"], "n": 2 }),
        ),
        ("a", "none", json!({ "tea": "coffee", "n": 3 })),
        ("b", "number", json!({ "text": 42, "n": 4 })),
        ("b", "part", json!({ "text": "steam", "n": 5 })),
    ] {
        desk.put(at, key, value).await;
    }
    desk
}

pub async fn the_more_words_occur_the_better(rig: &Rig) {
    let desk = filled(rig).await;
    for (query, want) in [
        ("green tea", &[("a/both", 100), ("a/deep", 50)][..]),
        ("TEA?", &[("a/both", 100), ("a/deep", 100)]),
        ("anna black tea milk", &[("a/deep", 75), ("a/both", 25)]),
        ("42", &[("b/number", 100)]),
        ("te", &[]),
        ("please' OR 1=1 --", &[("a/both", 67)]),
    ] {
        let want: Vec<_> = want
            .iter()
            .map(|(name, score)| ((*name).to_owned(), Some(*score)))
            .collect();
        let found = desk.scored(Search::everywhere().query(query)).await;
        assert_eq!(found, want, "{query}");
    }
}

pub async fn a_query_without_words_is_none(rig: &Rig) {
    let desk = filled(rig).await;
    let all = desk.scored(Search::everywhere()).await;
    for query in ["", "  ", "?!"] {
        let found = desk.scored(Search::everywhere().query(query)).await;
        assert_eq!(found, all, "{query:?}");
    }
}

pub async fn words_are_looked_for_in_what_path_and_filter_leave(rig: &Rig) {
    let desk = filled(rig).await;
    let under = Search::under(&path("b")).query("tea");
    assert_eq!(desk.found(under).await, Vec::<String>::new());
    let filtered = Search::everywhere()
        .filter(Filter::new().gte("n", 2))
        .query("tea");
    assert_eq!(desk.found(filtered).await, ["a/deep"]);
}

pub async fn a_new_value_is_found_by_its_own_words(rig: &Rig) {
    let desk = filled(rig).await;
    let put = Put::new(&path("a"), "both", json!({ "text": "water" }));
    desk.put_with(put.index(Index::No)).await;
    desk.delete("a", "deep").await;
    assert_eq!(
        desk.found(Search::everywhere().query("tea")).await,
        Vec::<String>::new()
    );
    assert_eq!(
        desk.found(Search::everywhere().query("water")).await,
        ["a/both"]
    );
}
