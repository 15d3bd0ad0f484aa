//! Searches on Postgres find what they find in memory, whatever is kept and asked for.

use std::collections::BTreeMap;

use agentflow_core::store::{
    Comparison, Filter, Found, MemoryStore, Put, Search, SearchMode, Store, StoreExt,
};
use agentflow_sql::Vectors;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::memory::{indexed, path};
use crate::pg_store::{fresh, pgvector, server};

const WORDS: [&str; 4] = ["tea", "cat", "sea", "oak"];

/// Items of one case, each with a path, a text and a value of a field.
type Kept = Vec<(&'static str, String, Value)>;

fn kept() -> impl Strategy<Value = Kept> {
    let text = prop::collection::vec(prop::sample::select(&WORDS[..]), 0..5);
    let text = text.prop_map(|words| words.join(" "));
    let at = prop::sample::select(&["a", "a.b", "a.bc", "b", "a b"][..]);
    prop::collection::vec((at, text, field()), 1..60)
}

fn field() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3_i64..3).prop_map(Value::from),
        prop::sample::select(&[0.5, 1e15, 1e300, -0.0][..]).prop_map(Value::from),
        prop::sample::select(&["", "a", "b", "B", "é", "a\0"][..]).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!([1, "a"])),
        Just(json!({ "a": 1 })),
    ]
}

fn asked() -> impl Strategy<Value = Search> {
    use Comparison::{Eq, Gt, Gte, Lt, Lte, Ne};
    let comparison = prop::sample::select(&[Eq, Ne, Gt, Gte, Lt, Lte][..]);
    let filter = prop::collection::vec((comparison, field()), 0..2);
    let roots = prop::sample::subsequence(&["a", "a.b", "b"][..], 0..3);
    let query = prop::collection::vec(prop::sample::select(&WORDS[..]), 0..3);
    use SearchMode::{AsConfigured, Hybrid, Meaning, Words};
    let mode = prop::sample::select(&[AsConfigured, Words, Meaning, Hybrid][..]);
    let least = prop::option::of(prop::sample::select(&[-1.0, 0.0, 0.5, 0.9, 1.0][..]));
    (filter, roots, query, mode, least, 1_usize..6, 0_usize..8).prop_map(
        |(filter, roots, query, mode, least, limit, offset)| {
            let roots: Vec<_> = roots.into_iter().map(path).collect();
            let mut search = Search::under_any(&roots)
                .mode(mode)
                .limit(limit)
                .offset(offset);
            search.filter = filter
                .into_iter()
                .fold(Filter::new(), |all, (comparison, with)| {
                    all.and("f".into(), comparison, with)
                });
            search.query = (!query.is_empty()).then(|| query.join(" "));
            search.min_similarity = least;
            search
        },
    )
}

/// Names and scores. Two vectors that are as near within the rounding of 32-bit floats may
/// change places, but not their scores.
fn expect_same(found: &[Found], want: &[Found], all: &[Found]) -> Result<(), TestCaseError> {
    let name = |found: &Found| (found.item.path.clone(), found.item.key.clone());
    let scores: BTreeMap<_, _> = all.iter().map(|one| (name(one), one.score)).collect();
    prop_assert_eq!(found.len(), want.len());
    for (found, want) in found.iter().zip(want) {
        prop_assert_eq!(scores.get(&name(found)), Some(&found.score));
        match (found.score, want.score) {
            (Some(score), Some(wanted)) => prop_assert!((score - wanted).abs() < 1e-6),
            (score, wanted) => {
                prop_assert_eq!(score, wanted);
                prop_assert_eq!(&found.item.value, &want.item.value);
            }
        }
    }
    Ok(())
}

async fn one_case(
    store: &impl Store,
    (kept, searches): (Kept, Vec<Search>),
) -> Result<(), TestCaseError> {
    let memory = MemoryStore::with_options(indexed(&WORDS));
    let all = store
        .search(Search::everywhere().limit(1_000))
        .await
        .unwrap();
    let gone = all
        .into_iter()
        .map(|found| agentflow_core::store::Delete::new(&found.item.path, found.item.key).into());
    store.batch(gone.collect()).await.unwrap();
    let puts = kept.iter().enumerate().map(|(n, (at, text, field))| {
        let value = json!({ "text": text, "f": field });
        Put::new(&path(at), format!("{n:02}"), value).into()
    });
    let puts: Vec<_> = puts.collect();
    memory.batch(puts.clone()).await.unwrap();
    store.batch(puts).await.unwrap();
    for search in searches {
        let found = store.search(search.clone()).await.unwrap();
        let want = memory.search(search.clone()).await.unwrap();
        let all = search.clone().limit(1_000).offset(0);
        let all = memory.search(all).await.unwrap();
        expect_same(&found, &want, &all)
            .map_err(|error| TestCaseError::fail(format!("{search:?}: {error}")))?;
    }
    Ok(())
}

fn expect_memory(address: &str, vectors: Vectors) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (store, _) = runtime.block_on(fresh(address, indexed(&WORDS), vectors));
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    let cases = (kept(), prop::collection::vec(asked(), 8));
    let outcome =
        TestRunner::new(config).run(&cases, |case| runtime.block_on(one_case(&store, case)));
    outcome.unwrap();
}

#[test]
fn a_search_on_postgres_finds_what_it_finds_in_memory() {
    let Some(address) = server() else { return };
    expect_memory(&address, Vectors::Exact);
}

#[test]
fn a_search_with_pgvector_finds_what_it_finds_in_memory() {
    let Some(address) = pgvector() else { return };
    expect_memory(&address, Vectors::PgVector);
}
