//! That what a database leaves out, or finds by its index of words, is what the core would.

use agentflow_core::store::{Comparison, Filter, Put, Search, Store, StoreExt, Words};
use serde_json::{Value, json};

use crate::memory::{filtered, keys, open, path, put};
use crate::pg_store;

/// Values that are easily taken for one another.
fn tricky() -> Vec<Value> {
    let numbers = [
        json!(0),
        json!(-0.0),
        json!(1),
        json!(1.0),
        json!(-1),
        json!(0.1),
        json!(0.5),
        json!(1e-300),
        json!(1e300),
        json!(9.999_999_999_999_998),
        json!(10),
        json!(10.0),
        json!(1_u64 << 50),
        json!((1_u64 << 50) + 1),
        json!(9_007_199_254_740_992_u64),
        json!(9_007_199_254_740_993_u64),
        json!(9_007_199_254_740_992.0),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(u64::MAX - 1),
        json!(1.844_674_407_370_955e19),
    ];
    let texts = [
        "", "a", "A", "ab", "a\0", "a\0b", "\0", "10", "1", "true", "null", "é", "e\u{301}",
        "it's", "\"", "\\", "\n", "\u{7f}", "🦀", "%", "_", "[1]", "{}",
    ];
    let others = [
        Value::Null,
        json!(true),
        json!(false),
        json!([]),
        json!([1]),
        json!({}),
        json!({ "a": 1 }),
        json!([[1], "a"]),
    ];
    let texts = texts.into_iter().map(Value::from);
    numbers.into_iter().chain(texts).chain(others).collect()
}

#[tokio::test]
async fn a_filter_means_the_same_as_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    expect_filters_of_memory(&open(&folder.path().join("memory.db")).await).await;
}

#[tokio::test]
async fn a_filter_means_the_same_on_postgres_as_in_memory() {
    let Some(address) = pg_store::server() else {
        return;
    };
    expect_filters_of_memory(&pg_store::plain(&address).await).await;
}

async fn expect_filters_of_memory(store: &impl Store) {
    use Comparison::{Eq, Gt, Gte, Lt, Lte, Ne};
    let mut kept: Vec<(String, Value)> = Vec::new();
    for (n, value) in tricky().into_iter().enumerate() {
        for (kind, value) in [
            ("plain", json!({ "f": value })),
            ("inside", json!({ "g": { "f": value }, "$": value })),
            (
                "odd",
                json!({ "a\"b": value, "a\\b": value, "é": value, "a b": value, "0": value }),
            ),
            ("list", json!({ "g": [value, value], "a\\u0000b": value })),
        ] {
            kept.push((format!("{n:03}-{kind}"), value));
        }
    }
    kept.push(("999-without".to_owned(), json!({})));
    kept.sort_by(|(left, _), (right, _)| left.cmp(right));
    let puts = kept
        .iter()
        .map(|(key, value)| Put::new(&path("a"), key, value.clone()).into());
    store.batch(puts.collect()).await.unwrap();
    let some = [json!(1), json!("a"), json!("a\0"), json!(true), Value::Null];
    for (field, withs) in [("f", tricky()), ("g.f", tricky())].into_iter().chain(
        [
            "$",
            "a\"b",
            "a\\b",
            "é",
            "a b",
            "0",
            "g.{f}",
            "f[0]",
            "g",
            "g.0",
            "g.-1",
            "a\\u0000b",
        ]
        .map(|field| (field, some.to_vec())),
    ) {
        for with in withs {
            for comparison in [Eq, Ne, Gt, Gte, Lt, Lte] {
                let filter = Filter::new().and(field.into(), comparison, with.clone());
                let want: Vec<&str> = kept
                    .iter()
                    .filter(|(_, value)| filter.matches(value))
                    .map(|(key, _)| key.as_str())
                    .collect();
                let found = filtered(store, filter).await;
                assert_eq!(found, want, "{field} {comparison:?} {with}");
            }
        }
    }
}

#[tokio::test]
async fn a_word_is_found_by_the_index_if_it_occurs() {
    let folder = tempfile::tempdir().unwrap();
    expect_words_of_memory(&open(&folder.path().join("memory.db")).await).await;
}

#[tokio::test]
async fn a_word_is_found_by_the_index_of_postgres_if_it_occurs() {
    let Some(address) = pg_store::server() else {
        return;
    };
    expect_words_of_memory(&pg_store::plain(&address).await).await;
}

async fn expect_words_of_memory(store: &impl Store) {
    let texts = [
        "Straße STRASSE strasse",
        "İstanbul i̇stanbul istanbul",
        "½ ² ④ Ⅷ ٣",
        "naïve naive",
        "e\u{301}té été",
        "日本語 のテキスト",
        "don't AND or NOT near(a b)",
        "x-y x_y x.y",
        "ⓐ ªº",
        "क्षत्रिय",
        "a* \"a\" a^2 {a} col:a",
        "🦀 crab",
        "nul\0word",
        "ﬁ fi",
        "ǅ ǆ Ǆ",
    ];
    let mut kept = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let (key, value) = (format!("{n:02}"), json!({ "text": text, "n": n }));
        put(store, &key, value.clone()).await;
        kept.push((key, value));
    }
    let words = texts.iter().filter_map(|text| Words::of(text));
    let mut queries: Vec<String> = texts.iter().map(ToString::to_string).collect();
    for words in words {
        queries.extend(words.iter().map(str::to_uppercase));
    }
    for query in queries {
        let Some(words) = Words::of(&query) else {
            continue;
        };
        let mut want: Vec<(f64, &String)> = kept
            .iter()
            .map(|(key, value)| (words.share_in(value), key))
            .filter(|(share, _)| *share > 0.0)
            .collect();
        want.sort_by(|left, right| right.0.total_cmp(&left.0));
        let found = store
            .search(Search::everywhere().query(&query).limit(100))
            .await;
        let found = found.unwrap();
        let found: Vec<(f64, &String)> = found
            .iter()
            .map(|found| (found.score.unwrap(), &found.item.key))
            .collect();
        assert_eq!(found, want, "{query:?}");
    }
}

#[tokio::test]
async fn pages_of_what_a_filter_leaves_join_whatever_orders_them() {
    let folder = tempfile::tempdir().unwrap();
    expect_pages_to_join(&open(&folder.path().join("memory.db")).await).await;
}

#[tokio::test]
async fn pages_of_what_a_filter_leaves_join_on_postgres() {
    let Some(address) = pg_store::server() else {
        return;
    };
    expect_pages_to_join(&pg_store::plain(&address).await).await;
}

async fn expect_pages_to_join(store: &impl Store) {
    for n in 0..30 {
        let text = ["tea", "tea cat", "cat", "tea cat sea"][n % 4];
        put(store, &format!("{n:02}"), json!({ "text": text, "n": n })).await;
    }
    let odd = Filter::new().gte("n", 3).ne("n", 8).ne("n", 20);
    for query in [None, Some("tea sea")] {
        let mut search = Search::under(&path("a")).filter(odd.clone()).limit(100);
        search.query = query.map(str::to_owned);
        let all = keys(store, search.clone()).await;
        for size in 1..8 {
            let mut joined = Vec::new();
            for offset in (0..all.len()).step_by(size) {
                joined.extend(keys(store, search.clone().limit(size).offset(offset)).await);
            }
            assert_eq!(joined, all, "{query:?}, pages of {size}");
        }
    }
}
