//! Which paths there are.

use agentflow_core::store::{
    LabelPattern, ListPaths, PAGE_MAX, PathPattern, StoreError, StoreExt, StorePath,
};
use serde_json::json;

use super::desk::{Desk, path};
use super::rig::Rig;

async fn with_paths(rig: &Rig, paths: &[&str]) -> Desk {
    let desk = rig.desk().await;
    for at in paths {
        desk.put(at, "k", json!({})).await;
        desk.put(at, "l", json!({})).await;
    }
    desk
}

fn pattern(text: &str) -> PathPattern {
    PathPattern::new(text.split('.'))
}

const TREE: [&str; 8] = [
    "prod.docs.public",
    "prod.docs.private",
    "prod.users.anna.notes",
    "prod.users.ben.notes",
    "test.docs.public",
    "test.users.anna.notes",
    "test.users.anna.notes.old",
    "users",
];

pub async fn every_path_with_items_is_listed_once_in_order(rig: &Rig) {
    let desk = with_paths(rig, &TREE).await;
    let mut want = TREE.map(path);
    want.sort();
    assert_eq!(
        desk.paths(ListPaths::new()).await,
        want.map(|path| path.to_string())
    );
}

pub async fn paths_are_ordered_label_by_label(rig: &Rig) {
    let desk = with_paths(rig, &["a-b", "a.c", "a", "a b", "B", "ab", "é", "z"]).await;
    assert_eq!(
        desk.paths(ListPaths::new()).await,
        ["B", "a", "a.c", "a b", "a-b", "ab", "z", "é"]
    );
}

pub async fn prefixes_suffixes_and_stars_choose_paths(rig: &Rig) {
    let desk = with_paths(rig, &TREE).await;
    for (prefix, suffix, want) in [
        (
            "prod.docs",
            "",
            &["prod.docs.private", "prod.docs.public"][..],
        ),
        ("", "public", &["prod.docs.public", "test.docs.public"]),
        ("test", "public", &["test.docs.public"]),
        (
            "*.docs",
            "",
            &["prod.docs.private", "prod.docs.public", "test.docs.public"],
        ),
        ("prod.*.anna", "", &["prod.users.anna.notes"]),
        (
            "",
            "anna.*",
            &["prod.users.anna.notes", "test.users.anna.notes"],
        ),
        ("", "users.*.notes", &TREE_NOTES),
        ("users", "", &["users"]),
        ("users.*", "", &[]),
        ("*.*.*.*.*", "", &["test.users.anna.notes.old"]),
        (
            "test.users.anna.notes",
            "users.anna.notes",
            &["test.users.anna.notes"],
        ),
        ("nothing", "", &[]),
    ] {
        let mut list = ListPaths::new();
        if !prefix.is_empty() {
            list = list.prefix(pattern(prefix));
        }
        if !suffix.is_empty() {
            list = list.suffix(pattern(suffix));
        }
        assert_eq!(desk.paths(list).await, want, "{prefix} … {suffix}");
    }
}

const TREE_NOTES: [&str; 3] = [
    "prod.users.anna.notes",
    "prod.users.ben.notes",
    "test.users.anna.notes",
];

pub async fn a_label_is_matched_as_a_whole(rig: &Rig) {
    let desk = with_paths(rig, &["foo", "foobar", "foo.alice", "foo.malice", "Foo"]).await;
    let under = ListPaths::new().prefix(pattern("foo"));
    assert_eq!(desk.paths(under).await, ["foo", "foo.alice", "foo.malice"]);
    let ending = ListPaths::new().suffix(pattern("alice"));
    assert_eq!(desk.paths(ending).await, ["foo.alice"]);
}

pub async fn letters_of_patterns_elsewhere_are_just_letters(rig: &Rig) {
    let names = [
        "user_1", "userX1", "a%b", "aXb", "star*", "starry", "l", "l\n", "ü", "*",
    ];
    let desk = with_paths(rig, &names).await;
    for name in &names[..9] {
        let list = ListPaths::new().prefix(PathPattern::new([*name]));
        assert_eq!(desk.paths(list).await, [*name], "{name:?}");
        let list = ListPaths::new().suffix(PathPattern::new([*name]));
        assert_eq!(desk.paths(list).await, [*name], "{name:?}");
    }
    let star = PathPattern::from_iter([LabelPattern::Is("*".to_owned())]);
    assert_eq!(desk.paths(ListPaths::new().prefix(star)).await, ["*"]);
}

pub async fn paths_are_cut_to_a_depth_and_then_listed_once(rig: &Rig) {
    let desk = with_paths(rig, &TREE).await;
    for (depth, want) in [
        (0, &[][..]),
        (1, &["prod", "test", "users"]),
        (
            2,
            &[
                "prod.docs",
                "prod.users",
                "test.docs",
                "test.users",
                "users",
            ],
        ),
        (9, &{
            let mut all = TREE;
            all.sort_unstable();
            all
        }),
    ] {
        let listed = desk.paths(ListPaths::new().max_depth(depth)).await;
        assert_eq!(listed, want, "{depth}");
    }
    // The whole path is matched, also what is cut off.
    let list = ListPaths::new().suffix(pattern("public")).max_depth(1);
    assert_eq!(desk.paths(list).await, ["prod", "test"]);
}

pub async fn pages_of_paths_join_without_a_gap(rig: &Rig) {
    let desk = with_paths(rig, &TREE).await;
    let all = desk.paths(ListPaths::new()).await;
    for size in 1..=all.len() + 1 {
        let mut joined = Vec::new();
        for offset in (0..all.len()).step_by(size) {
            let list = ListPaths::new().limit(size).offset(offset);
            joined.extend(desk.paths(list).await);
        }
        assert_eq!(joined, all, "pages of {size}");
    }
    // Depth, then the page.
    let list = ListPaths::new().max_depth(2).limit(2).offset(1);
    assert_eq!(desk.paths(list).await, ["prod.users", "test.docs"]);
    assert_eq!(
        desk.paths(ListPaths::new().limit(0)).await,
        Vec::<String>::new()
    );
    assert_eq!(
        desk.paths(ListPaths::new().offset(99)).await,
        Vec::<String>::new()
    );
}

pub async fn an_empty_store_has_no_paths(rig: &Rig) {
    assert_eq!(
        rig.desk().await.paths(ListPaths::new()).await,
        Vec::<String>::new()
    );
}

pub async fn a_path_is_there_as_long_as_it_has_items(rig: &Rig) {
    let desk = with_paths(rig, &["a", "a.b"]).await;
    desk.delete("a", "k").await;
    assert_eq!(desk.paths(ListPaths::new()).await, ["a", "a.b"]);
    desk.delete("a", "l").await;
    assert_eq!(desk.paths(ListPaths::new()).await, ["a.b"]);
}

pub async fn a_page_is_a_hundred_unless_asked_otherwise(rig: &Rig) {
    let desk = rig.desk().await;
    for n in 0..101 {
        let at = StorePath::new([format!("{n:03}")]).expect("a good path");
        desk.put(&at.to_string(), "k", json!({})).await;
    }
    assert_eq!(desk.paths(ListPaths::new()).await.len(), 100);
    assert_eq!(
        desk.paths(ListPaths::new().limit(PAGE_MAX)).await.len(),
        101
    );
    let refused = desk
        .store
        .list_paths(ListPaths::new().limit(PAGE_MAX + 1))
        .await;
    assert!(
        matches!(refused, Err(StoreError::TooMuch { .. })),
        "{refused:?}"
    );
}
