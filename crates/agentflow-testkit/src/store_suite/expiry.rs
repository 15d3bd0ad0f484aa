//! Items that are kept for a time only.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use agentflow_core::store::{
    Get, Item, ListPaths, Put, Refresh, Search, StoreError, StoreExt, Ttl, TtlPolicy, tokens_of,
};
use serde_json::json;

use super::desk::{Desk, path};
use super::embedder::WordEmbedder;
use super::rig::{Rig, START};

const MINUTE: Duration = Duration::from_secs(60);
const MICROSECOND: Duration = Duration::from_micros(1);

/// Reading does not refresh.
const FIXED: TtlPolicy = TtlPolicy {
    default_ttl: None,
    refresh_on_read: false,
};

async fn put_for(desk: &Desk, key: &str, ttl: Duration) {
    let put = Put::new(&path("a"), key, json!({ "text": "tea" }));
    desk.put_with(put.ttl(Ttl::For(ttl))).await;
}

async fn get(desk: &Desk, key: &str, refresh: Refresh) -> Option<Item> {
    let get = Get::new(&path("a"), key).refresh(refresh);
    desk.store.get_with(get).await.expect("the item is read")
}

async fn is_there(desk: &Desk, key: &str) -> bool {
    get(desk, key, Refresh::No).await.is_some()
}

pub async fn an_item_is_there_until_its_time_and_not_longer(rig: &Rig) {
    let desk = rig.desk_with(FIXED).await;
    put_for(&desk, "k", MINUTE).await;
    let item = desk.get("a", "k").await.expect("it is there");
    assert_eq!(item.expires_at, Some(START.after(MINUTE)));
    rig.advance(MINUTE - MICROSECOND);
    assert!(is_there(&desk, "k").await);
    rig.advance(MICROSECOND);
    assert!(!is_there(&desk, "k").await);
}

pub async fn a_put_has_the_last_word_on_how_long(rig: &Rig) {
    let with_default = TtlPolicy {
        default_ttl: Some(MINUTE),
        ..FIXED
    };
    for (policy, ttl, want) in [
        (FIXED, Ttl::AsConfigured, None),
        (FIXED, Ttl::Forever, None),
        (FIXED, Ttl::For(MINUTE), Some(MINUTE)),
        (with_default, Ttl::AsConfigured, Some(MINUTE)),
        (with_default, Ttl::Forever, None),
        (with_default, Ttl::For(MINUTE * 2), Some(MINUTE * 2)),
    ] {
        let desk = rig.desk_with(policy).await;
        let now = agentflow_core::Clock::now(rig.clock());
        desk.put_with(Put::new(&path("a"), "k", json!({})).ttl(ttl))
            .await;
        let item = desk.get("a", "k").await.expect("it is there");
        assert_eq!(
            item.expires_at,
            want.map(|ttl| now.after(ttl)),
            "{policy:?} {ttl:?}"
        );
        let ttl = want.unwrap_or(MINUTE * 1_000_000);
        rig.advance(ttl);
        assert_eq!(
            is_there(&desk, "k").await,
            want.is_none(),
            "{policy:?} {ttl:?}"
        );
    }
}

pub async fn a_time_to_live_of_nothing_is_refused(rig: &Rig) {
    let desk = rig.desk().await;
    let put = Put::new(&path("a"), "k", json!({})).ttl(Ttl::For(Duration::ZERO));
    let refused = desk.store.put_with(put).await;
    assert!(
        matches!(refused, Err(StoreError::NoTtl { .. })),
        "{refused:?}"
    );
}

pub async fn a_read_begins_the_time_anew_if_it_may(rig: &Rig) {
    let half = MINUTE / 2;
    let refreshing = TtlPolicy::default();
    for (policy, refresh, refreshes) in [
        (refreshing, Refresh::AsConfigured, true),
        (refreshing, Refresh::Yes, true),
        (refreshing, Refresh::No, false),
        (FIXED, Refresh::AsConfigured, false),
        (FIXED, Refresh::Yes, true),
        (FIXED, Refresh::No, false),
    ] {
        for by_search in [false, true] {
            let desk = rig.desk_with(policy).await;
            put_for(&desk, "k", MINUTE).await;
            rig.advance(half);
            let item = if by_search {
                let search = Search::under(&path("a")).refresh(refresh);
                desk.search(search).await.pop().map(|found| found.item)
            } else {
                get(&desk, "k", refresh).await
            };
            let now = agentflow_core::Clock::now(rig.clock());
            let left = if refreshes { MINUTE } else { half };
            let case = format!("{policy:?} {refresh:?}, by search: {by_search}");
            assert_eq!(
                item.and_then(|item| item.expires_at),
                Some(now.after(left)),
                "{case}"
            );
            rig.advance(half);
            assert_eq!(is_there(&desk, "k").await, refreshes, "{case}");
            rig.advance(half);
            assert!(!is_there(&desk, "k").await, "{case}");
        }
    }
}

pub async fn a_read_dates_nothing_else_and_leaves_what_stays(rig: &Rig) {
    let desk = rig.desk().await;
    desk.put("a", "stays", json!({})).await;
    put_for(&desk, "k", MINUTE).await;
    rig.advance(MINUTE / 2);
    let (stays, item) = (desk.get("a", "stays").await, desk.get("a", "k").await);
    assert_eq!(stays.and_then(|item| item.expires_at), None);
    let item = item.expect("it is there");
    assert_eq!((item.created_at, item.updated_at), (START, START));
}

pub async fn a_search_refreshes_only_its_page(rig: &Rig) {
    let desk = rig.desk().await;
    for key in ["1", "2", "3"] {
        put_for(&desk, key, MINUTE).await;
    }
    rig.advance(MINUTE / 2);
    assert_eq!(
        desk.found(Search::under(&path("a")).limit(1).offset(1))
            .await,
        ["a/2"]
    );
    rig.advance(MINUTE / 2);
    assert_eq!(desk.found(Search::under(&path("a"))).await, ["a/2"]);
}

pub async fn a_search_refreshes_only_what_fits(rig: &Rig) {
    let desk = rig.desk().await;
    for key in ["1", "2", "3"] {
        put_for(&desk, key, MINUTE).await;
    }
    rig.advance(MINUTE / 2);
    let one = tokens_of(&json!({ "text": "tea" }));
    let search = Search::everywhere().tokens_max(one * 2);
    assert_eq!(desk.found(search).await, ["a/1", "a/2"]);
    rig.advance(MINUTE / 2);
    assert_eq!(desk.found(Search::everywhere()).await, ["a/1", "a/2"]);
}

pub async fn a_put_begins_the_time_anew_as_it_says(rig: &Rig) {
    let desk = rig.desk_with(FIXED).await;
    put_for(&desk, "longer", MINUTE).await;
    put_for(&desk, "stays", MINUTE).await;
    rig.advance(MINUTE / 2);
    put_for(&desk, "longer", MINUTE).await;
    desk.put("a", "stays", json!({})).await;
    rig.advance(MINUTE - MICROSECOND);
    assert!(is_there(&desk, "longer").await && is_there(&desk, "stays").await);
    rig.advance(MICROSECOND);
    assert!(!is_there(&desk, "longer").await && is_there(&desk, "stays").await);
}

pub async fn a_put_in_a_batch_outlasts_a_read_in_it(rig: &Rig) {
    let desk = rig.desk().await;
    put_for(&desk, "k", MINUTE).await;
    let put = Put::new(&path("a"), "k", json!({})).ttl(Ttl::For(MINUTE * 3));
    desk.batch(vec![put.into(), Get::new(&path("a"), "k").into()])
        .await;
    rig.advance(MINUTE * 2);
    assert!(is_there(&desk, "k").await);
}

pub async fn an_expired_item_is_nowhere_although_nobody_swept(rig: &Rig) {
    let desk = rig.desk().await;
    put_for(&desk, "1", MINUTE).await;
    desk.put("a", "2", json!({ "text": "tea" })).await;
    let put = Put::new(&path("b"), "3", json!({})).ttl(Ttl::For(MINUTE));
    desk.put_with(put).await;
    rig.advance(MINUTE);

    assert_eq!(desk.get("a", "1").await, None);
    assert_eq!(desk.found(Search::everywhere()).await, ["a/2"]);
    assert_eq!(desk.found(Search::everywhere().limit(1)).await, ["a/2"]);
    assert_eq!(
        desk.found(Search::everywhere().offset(1)).await,
        Vec::<String>::new()
    );
    assert_eq!(desk.found(Search::everywhere().query("tea")).await, ["a/2"]);
    assert_eq!(desk.paths(ListPaths::new()).await, ["a"]);
    assert_eq!(
        desk.paths(ListPaths::new().max_depth(1).offset(1)).await,
        Vec::<String>::new()
    );
}

pub async fn an_expired_item_is_not_found_by_meaning(rig: &Rig) {
    let desk = rig.indexed(&WordEmbedder::new(["tea"]), &["text"]).await;
    put_for(&desk, "1", MINUTE).await;
    desk.put("a", "2", json!({ "text": "cat" })).await;
    rig.advance(MINUTE);
    let found = desk.found(Search::everywhere().query("tea").limit(1)).await;
    assert_eq!(found, ["a/2"]);
}

pub async fn nothing_brings_an_expired_item_back(rig: &Rig) {
    let desk = rig.desk().await;
    put_for(&desk, "k", MINUTE).await;
    rig.advance(MINUTE);
    assert_eq!(get(&desk, "k", Refresh::Yes).await, None);
    let search = Search::everywhere().refresh(Refresh::Yes);
    assert_eq!(desk.found(search).await, Vec::<String>::new());
    assert_eq!(get(&desk, "k", Refresh::No).await, None);
    assert_eq!(desk.sweep().await, 1);
}

pub async fn what_is_put_over_an_expired_item_is_new(rig: &Rig) {
    let desk = rig.desk().await;
    put_for(&desk, "k", MINUTE).await;
    rig.advance(MINUTE);
    desk.put("a", "k", json!({ "new": true })).await;
    let item = desk.get("a", "k").await.expect("it is there");
    let now = START.after(MINUTE);
    assert_eq!(
        (item.created_at, item.updated_at, item.expires_at),
        (now, now, None)
    );
    assert_eq!(desk.sweep().await, 0);
}

pub async fn a_sweep_takes_what_has_expired_and_says_how_much(rig: &Rig) {
    let desk = rig.desk_with(FIXED).await;
    for (key, minutes) in [("1", 1), ("2", 1), ("3", 2), ("4", 3)] {
        put_for(&desk, key, MINUTE * minutes).await;
    }
    desk.put("a", "stays", json!({})).await;
    assert_eq!(desk.sweep().await, 0);
    rig.advance(MINUTE * 2);
    assert_eq!(desk.sweep().await, 3);
    assert_eq!(desk.sweep().await, 0);
    assert_eq!(desk.found(Search::everywhere()).await, ["a/4", "a/stays"]);
}

pub async fn a_store_is_swept_now_and_then(rig: &Rig) {
    let desk = rig.desk_with(FIXED).await;
    put_for(&desk, "k", MINUTE).await;
    let sweeping = tokio::spawn({
        let (store, clock) = (desk.store.clone(), rig.clock().clone());
        async move { store.keep_sweeping(MINUTE, &clock).await }
    });
    for _ in 0..3 {
        rig.clock().wait_for_sleepers(1).await;
        rig.clock().advance_to_next_wake();
    }
    // It sleeps for a fourth time: three sweeps are over.
    rig.clock().wait_for_sleepers(1).await;
    assert!(!sweeping.is_finished());
    sweeping.abort();
    assert_eq!(desk.sweep().await, 0);
}

pub async fn a_read_that_is_dropped_does_no_harm(rig: &Rig) {
    let desk = rig.desk().await;
    put_for(&desk, "k", MINUTE).await;
    {
        let mut dropped = pin!(desk.get("a", "k"));
        let mut context = Context::from_waker(Waker::noop());
        let _: Poll<_> = dropped.as_mut().poll(&mut context);
    }
    rig.advance(MINUTE / 2);
    assert!(is_there(&desk, "k").await);
}
