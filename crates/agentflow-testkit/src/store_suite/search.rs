//! Searching by place, and pages.

use agentflow_core::store::{
    CONDITIONS_MAX, Comparison, Filter, PAGE_MAX, PATHS_MAX, QUERY_BYTES_MAX, Search, StoreError,
    StoreExt,
};
use serde_json::json;

use super::desk::{Desk, path};
use super::rig::Rig;

async fn filled(rig: &Rig) -> Desk {
    let desk = rig.desk().await;
    for (at, key) in [
        ("test.foo.x", "1"),
        ("test.bar", "b"),
        ("test.foo", "2"),
        ("test.foobar", "3"),
        ("test.bar", "a"),
        ("test", "z"),
        ("other", "4"),
    ] {
        desk.put(at, key, json!({ "text": "tea" })).await;
    }
    desk
}

const ALL: [&str; 7] = [
    "other/4",
    "test/z",
    "test.bar/a",
    "test.bar/b",
    "test.foo/2",
    "test.foo.x/1",
    "test.foobar/3",
];

pub async fn a_search_finds_what_lies_in_a_path_in_order(rig: &Rig) {
    let desk = filled(rig).await;
    for (at, want) in [
        ("test.foo", &["test.foo/2", "test.foo.x/1"][..]),
        ("test.bar", &["test.bar/a", "test.bar/b"]),
        ("test", &ALL[1..]),
        ("tes", &[]),
        ("test.foo.x.y", &[]),
    ] {
        assert_eq!(desk.found(Search::under(&path(at))).await, want, "{at}");
    }
    assert_eq!(desk.found(Search::everywhere()).await, ALL);
}

pub async fn a_search_of_several_paths_finds_each_item_once_in_order(rig: &Rig) {
    let desk = filled(rig).await;
    for (paths, want) in [
        (
            &["test.foobar", "other"][..],
            &["other/4", "test.foobar/3"][..],
        ),
        (
            &["test.foo", "test.bar", "test.foo.x", "test.foo"],
            &["test.bar/a", "test.bar/b", "test.foo/2", "test.foo.x/1"],
        ),
        (&["nothing", "test.fo"], &[]),
        (&["test", "test.bar", "other"], &ALL),
        (&[], &ALL),
    ] {
        let paths: Vec<_> = paths.iter().map(|at| path(at)).collect();
        for query in [None, Some("tea")] {
            let mut search = Search::under_any(&paths);
            search.query = query.map(str::to_owned);
            assert_eq!(desk.found(search).await, want, "{paths:?} {query:?}");
        }
    }
}

pub async fn pages_of_items_join_without_a_gap(rig: &Rig) {
    let desk = filled(rig).await;
    for query in [None, Some("tea")] {
        for size in 1..=ALL.len() + 1 {
            let mut joined = Vec::new();
            for offset in (0..ALL.len()).step_by(size) {
                let mut search = Search::everywhere().limit(size).offset(offset);
                search.query = query.map(str::to_owned);
                joined.extend(desk.found(search).await);
            }
            assert_eq!(joined, ALL, "pages of {size}, {query:?}");
        }
    }
}

pub async fn a_page_counts_what_matches(rig: &Rig) {
    let desk = rig.desk().await;
    for n in 0..20 {
        desk.put("a", &format!("{n:02}"), json!({ "even": n % 2 == 0 }))
            .await;
    }
    let even = || Search::under(&path("a")).filter(Filter::new().eq("even", true));
    let found = desk.found(even().limit(3).offset(2)).await;
    assert_eq!(found, ["a/04", "a/06", "a/08"]);
    assert_eq!(desk.found(even().limit(0)).await, Vec::<String>::new());
    assert_eq!(desk.found(even().offset(10)).await, Vec::<String>::new());
    assert_eq!(
        desk.found(Search::everywhere()).await.len(),
        10,
        "ten unless asked otherwise"
    );
}

pub async fn what_is_found_without_a_query_has_no_score(rig: &Rig) {
    let desk = filled(rig).await;
    let found = desk.scored(Search::under(&path("other"))).await;
    assert_eq!(found, [("other/4".to_owned(), None)]);
}

pub async fn a_found_item_is_the_one_that_is_read(rig: &Rig) {
    let desk = filled(rig).await;
    let found = desk.search(Search::under(&path("other"))).await;
    assert_eq!(
        found.into_iter().next().map(|found| found.item),
        desk.get("other", "4").await
    );
}

pub async fn a_search_that_asks_too_much_is_refused(rig: &Rig) {
    let desk = filled(rig).await;
    let all = Search::everywhere;
    let filter = |count| {
        (0..count).fold(Filter::new(), |filter, _| {
            filter.and("text".into(), Comparison::Eq, json!("tea"))
        })
    };
    let both = [path("test"), path("other")];
    let query = |bytes: usize| "tea ".repeat(bytes / 4);
    for (most, more) in [
        (all().limit(PAGE_MAX), all().limit(PAGE_MAX + 1)),
        (
            all().filter(filter(CONDITIONS_MAX)),
            all().filter(filter(CONDITIONS_MAX + 1)),
        ),
        (
            Search::under_any([&both[0], &both[1]].repeat(PATHS_MAX / 2)),
            Search::under_any([&both[0]; PATHS_MAX + 1]),
        ),
        (
            all().query(query(QUERY_BYTES_MAX)),
            all().query(query(QUERY_BYTES_MAX + 4)),
        ),
    ] {
        assert_eq!(desk.found(most).await, ALL);
        let refused = desk.store.search(more).await;
        assert!(
            matches!(refused, Err(StoreError::TooMuch { .. })),
            "{refused:?}"
        );
    }
}
