//! How many calls go over the wire for a batch, as the server itself counts them.

use std::time::Duration;

use agentflow_core::store::{
    Delete, Get, IndexConfig, ListPaths, Put, Refresh, Search, StoreOp, StoreOptions, Ttl,
};
use agentflow_testkit::WordEmbedder;
use serde_json::json;

use crate::machine::Machine;
use crate::memory::{act, memory_with, path, put};
use crate::place::options;
use crate::trips::Monitor;

#[tokio::test]
async fn what_a_batch_costs_does_not_grow_with_its_operations() {
    let Some(machine) = Machine::start(&[]) else {
        return;
    };
    let index = IndexConfig::new(WordEmbedder::new(["tea"]), 1);
    let made = StoreOptions::default().with_index(index);
    let store = memory_with(&machine.url(), made, options()).await;
    let a = path("a");
    let expiring = |key: &str| -> StoreOp {
        let put = Put::new(&path("a.expiring"), key, json!({}));
        put.ttl(Ttl::For(Duration::from_secs(3600))).into()
    };
    let many = |count: usize| (0..count).map(|n| put(&format!("{n:04}"), n));
    let gets = |count: usize| (0..count).map(|n| Get::new(&path("a"), format!("{n:04}")).into());
    act(
        &store,
        many(1_000).chain([expiring("e")]).take(1_000).collect(),
    )
    .await;
    act(&store, vec![expiring("e")]).await;
    let get_expiring = Get::new(&path("a.expiring"), "e");
    let first = Search::under(&a).limit(500);
    let searches = |query: &str| -> StoreOp { Search::under(&a).query(query).into() };
    let cases: Vec<(&str, Vec<StoreOp>, usize)> = vec![
        ("nothing", vec![], 0),
        ("a put", many(1).collect(), 1),
        ("a thousand puts", many(1_000).collect(), 1),
        ("a delete", vec![Delete::new(&a, "none").into()], 1),
        ("a get", gets(1).collect(), 1),
        ("a thousand gets", gets(1_000).collect(), 1),
        ("gets and puts", gets(500).chain(many(500)).collect(), 1),
        ("a get that refreshes", vec![get_expiring.clone().into()], 2),
        (
            "a get that does not",
            vec![get_expiring.clone().refresh(Refresh::No).into()],
            1,
        ),
        (
            "a get that refreshes, and a put",
            vec![get_expiring.into(), put("0000", 1)],
            1,
        ),
        ("a page of a search", vec![first.clone().into()], 1),
        (
            "one item behind 900",
            vec![first.clone().limit(1).offset(900).into()],
            2,
        ),
        ("a search by meaning", vec![searches("tea")], 3),
        ("a search and a put", vec![first.into(), put("0000", 1)], 2),
        ("a list of paths", vec![ListPaths::new().into()], 1),
    ];
    // The first time the server learns the scripts.
    for (_, ops, _) in &cases {
        act(&store, ops.clone()).await;
    }
    let mut monitor = Monitor::on(&machine).await;
    for (name, ops, trips) in cases {
        act(&store, ops).await;
        let seen = monitor.commands(&machine).await;
        assert_eq!(seen, vec!["EVALSHA"; trips], "{name}");
    }
}
