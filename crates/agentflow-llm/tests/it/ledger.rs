//! What is spent is counted, whoever spends it and whatever fails.

use std::sync::Arc;

use agentflow_core::ThreadId;
use agentflow_core::store::{MemoryStore, PAGE_MAX, Search, Store, StoreExt, StorePath};
use agentflow_llm::{BudgetScope, Ledger, Usage};
use futures::future::join_all;
use serde_json::json;

use crate::flaky::{Failing, Flaky};

pub(crate) fn project() -> StorePath {
    StorePath::new(["spending", "shop"]).unwrap()
}

/// A process that has just begun.
pub(crate) fn ledger(store: &Arc<impl Store + 'static>) -> Ledger {
    Ledger::new(Arc::clone(store) as Arc<dyn Store>, &project()).unwrap()
}

pub(crate) fn thread(id: &str) -> BudgetScope {
    BudgetScope::Thread(id.into())
}

fn cost(tokens: u64, micro_usd: u64) -> Usage {
    let mut usage = Usage::tokens(tokens, 0);
    usage.cost_micro_usd = Some(micro_usd);
    usage
}

async fn check(ledger: &Ledger, want: &[(BudgetScope, Usage)]) {
    for (scope, want) in want {
        assert_eq!(ledger.spent(scope).await.unwrap(), *want, "{scope}");
    }
}

#[tokio::test]
async fn sums_survive_a_restart() {
    let store = Arc::new(MemoryStore::new());
    let mut whole = Usage::tokens(100, 20);
    whole.cached_prompt_tokens = 30;
    whole.reasoning_tokens = 5;
    whole.cost_micro_usd = Some(7);
    for life in 1..=3_u64 {
        let ledger = ledger(&store);
        ledger.charge(Some(&"a".into()), whole).await.unwrap();
        ledger.charge(Some(&"b".into()), cost(1, 1)).await.unwrap();
        ledger.charge(None, cost(1, 1)).await.unwrap();
        drop(ledger);
        let a: Usage = (0..life).map(|_| whole).sum();
        let project = a + cost(2 * life, 2 * life);
        let want = [
            (thread("a"), a),
            (thread("b"), cost(life, life)),
            (thread("c"), Usage::default()),
            (BudgetScope::Project, project),
        ];
        check(&self::ledger(&store), &want).await;
    }
}

#[tokio::test]
async fn a_writer_of_the_same_name_goes_on_with_its_rows() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    for life in 1..=3 {
        let ledger = Ledger::with_writer(Arc::clone(&store), &project(), "worker-3").unwrap();
        // What it reads before it charges for the first time is not counted twice.
        check(&ledger, &[(thread("a"), Usage::tokens(life - 1, 0))]).await;
        ledger
            .charge(Some(&"a".into()), Usage::tokens(1, 0))
            .await
            .unwrap();
        check(&ledger, &[(thread("a"), Usage::tokens(life, 0))]).await;
    }
    let rows = store.search(Search::under(&project())).await.unwrap();
    assert_eq!(rows.len(), 2, "one of the project and one of the thread");
}

#[tokio::test]
async fn ledgers_that_charge_at_once_lose_nothing_and_see_each_other() {
    let store = Arc::new(Flaky::default());
    let ledgers = [ledger(&store), ledger(&store), ledger(&store)];
    let (a, b) = (ThreadId::from("a"), ThreadId::from("b"));
    let charges = (0..300).map(|nth| {
        let thread = if nth % 2 == 0 { &a } else { &b };
        ledgers[nth % 3].charge(Some(thread), cost(1, 10))
    });
    assert!(join_all(charges).await.iter().all(Result::is_ok));
    for ledger in &ledgers {
        let want = [
            (thread("a"), cost(150, 1500)),
            (thread("b"), cost(150, 1500)),
            (BudgetScope::Project, cost(300, 3000)),
        ];
        check(ledger, &want).await;
    }
}

#[tokio::test]
async fn every_id_of_a_thread_has_sums_of_its_own() {
    let store = Arc::new(MemoryStore::new());
    let long = "x".repeat(5000);
    let digest = format!("#{}", blake3::hash(b"a.b").to_hex());
    let ids = [
        "",
        "a",
        "a.b",
        "a\0b",
        "#",
        "ä/ö *",
        &digest,
        &long,
        &long[1..],
    ];
    for (nth, id) in ids.iter().enumerate() {
        let tokens = Usage::tokens(1 << nth, 0);
        ledger(&store)
            .charge(Some(&(*id).into()), tokens)
            .await
            .unwrap();
    }
    for (nth, id) in ids.iter().enumerate() {
        check(&ledger(&store), &[(thread(id), Usage::tokens(1 << nth, 0))]).await;
    }
}

#[tokio::test]
async fn projects_of_one_store_are_counted_apart() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let other = StorePath::new(["spending", "shopping"]).unwrap();
    let shop = Ledger::new(Arc::clone(&store), &project()).unwrap();
    let other = Ledger::new(Arc::clone(&store), &other).unwrap();
    shop.charge(Some(&"a".into()), Usage::tokens(1, 0))
        .await
        .unwrap();
    let want = [
        (BudgetScope::Project, Usage::default()),
        (thread("a"), Usage::default()),
    ];
    check(&other, &want).await;
    let long = StorePath::new(["x".repeat(1000)]).unwrap();
    assert!(Ledger::new(store, &long).is_err());
}

#[tokio::test]
async fn more_writers_than_fit_into_a_page_are_all_counted() {
    let store = Arc::new(MemoryStore::new());
    for _ in 0..=PAGE_MAX {
        ledger(&store)
            .charge(None, Usage::tokens(1, 0))
            .await
            .unwrap();
    }
    let writers = PAGE_MAX as u64 + 1;
    check(
        &ledger(&store),
        &[(BudgetScope::Project, Usage::tokens(writers, 0))],
    )
    .await;
}

#[tokio::test]
async fn what_a_store_did_not_take_counts_and_is_stored_with_the_next() {
    let store = Arc::new(Flaky::default());
    let ledger = ledger(&store);
    let a = ThreadId::from("a");
    ledger.charge(Some(&a), Usage::tokens(1, 0)).await.unwrap();
    for failing in [Failing::Writes, Failing::All] {
        store.fail(failing);
        let failed = ledger.charge(Some(&a), Usage::tokens(1, 0)).await;
        assert!(failed.unwrap_err().is_retryable(), "{failing:?}");
    }
    assert!(ledger.spent(&thread("a")).await.is_err());
    store.fail(Failing::Nothing);
    check(&ledger, &[(thread("a"), Usage::tokens(3, 0))]).await;
    check(&self::ledger(&store), &[(thread("a"), Usage::tokens(1, 0))]).await;
    ledger.charge(None, Usage::tokens(1, 0)).await.unwrap();
    let want = [
        (thread("a"), Usage::tokens(3, 0)),
        (BudgetScope::Project, Usage::tokens(4, 0)),
    ];
    check(&self::ledger(&store), &want).await;
}

#[tokio::test]
async fn a_row_that_is_none_is_an_error_and_not_nothing() {
    let store = Arc::new(MemoryStore::new());
    let path = project().child("project").unwrap();
    store
        .put(&path, "x", json!({"prompt_tokens": "many"}))
        .await
        .unwrap();
    let error = ledger(&store)
        .spent(&BudgetScope::Project)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("item `x` of `spending.shop.project`"),
        "{error}"
    );
}
