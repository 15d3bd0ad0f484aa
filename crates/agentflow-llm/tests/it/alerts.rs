//! Somebody is told once when much of a budget is spent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentflow_core::store::{MemoryStore, Store};
use agentflow_llm::{
    Budget, BudgetAlert, BudgetPolicy, BudgetUnit, ChatModel, ChatRequest, ScriptedModel,
    ScriptedReply, SpendLimits, Usage,
};
use futures::future::join_all;

use crate::flaky::Flaky;
use crate::ledger::{ledger, thread};

/// Ten tokens and ten millionths a reply.
fn model() -> ScriptedModel {
    let mut usage = Usage::tokens(7, 3);
    usage.cost_micro_usd = Some(10);
    ScriptedModel::by_function(move |request| {
        let delay = Duration::from_secs(u64::from(request.prompt() == "slow"));
        ScriptedReply::from("well done").usage(usage).after(delay)
    })
}

#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<BudgetAlert>>>);

impl Told {
    /// A process that has just begun, and tells here.
    fn budget(
        &self,
        store: &Arc<impl Store + 'static>,
        policy: BudgetPolicy,
    ) -> Budget<ScriptedModel> {
        let told = self.clone();
        Budget::new(model(), ledger(store), policy)
            .on_alert(move |alert| told.0.lock().unwrap().push(alert.clone()))
    }

    /// Since it was asked last: the scope, the threshold, and what is spent.
    fn take(&self) -> Vec<(String, u8, u64)> {
        let told = std::mem::take(&mut *self.0.lock().unwrap());
        let told = told.into_iter();
        told.map(|alert| {
            (
                alert.scope.to_string(),
                alert.threshold_percent,
                alert.spent,
            )
        })
        .collect()
    }
}

fn of(thread: &str) -> ChatRequest {
    ChatRequest::user("hi").thread(thread)
}

fn tokens(max: u64) -> SpendLimits {
    SpendLimits {
        tokens: Some(max),
        ..SpendLimits::default()
    }
}

fn per_thread(max: u64) -> BudgetPolicy {
    BudgetPolicy {
        thread: tokens(max),
        ..BudgetPolicy::default()
    }
}

#[tokio::test]
async fn each_threshold_is_told_once_and_not_again_after_a_restart() {
    for restarts in [false, true] {
        let (store, told) = (Arc::new(MemoryStore::new()), Told::default());
        let mut budget = told.budget(&store, per_thread(50));
        for want in [&[][..], &[], &[(50, 30)], &[(80, 40)], &[(100, 50)]] {
            if restarts {
                budget = told.budget(&store, per_thread(50));
            }
            budget.complete(of("a")).await.unwrap();
            let want = want.iter();
            let want: Vec<_> = want
                .map(|(percent, spent)| ("thread `a`".to_owned(), *percent, *spent))
                .collect();
            assert_eq!(told.take(), want, "restarts: {restarts}");
        }
        assert!(budget.complete(of("a")).await.is_err());
        assert_eq!(told.take(), []);
    }
}

#[tokio::test]
async fn each_scope_and_each_unit_has_thresholds_of_its_own() {
    let (store, told) = (Arc::new(MemoryStore::new()), Told::default());
    let policy = BudgetPolicy {
        thread: tokens(20),
        project: SpendLimits {
            micro_usd: Some(20),
            ..SpendLimits::default()
        },
        alert_percents: vec![50],
    };
    let budget = told.budget(&store, policy);
    budget.complete(of("a")).await.unwrap();
    let alerts = std::mem::take(&mut *told.0.lock().unwrap());
    let told_of: Vec<_> = alerts
        .iter()
        .map(|alert| (alert.unit, alert.spent, alert.limit))
        .collect();
    assert_eq!(
        told_of,
        [(BudgetUnit::MicroUsd, 10, 20), (BudgetUnit::Tokens, 10, 20)]
    );
    budget.complete(of("b")).await.unwrap();
    assert_eq!(told.take(), [("thread `b`".to_owned(), 50, 10)]);
}

#[tokio::test]
async fn one_reply_may_pass_several_thresholds() {
    for (limit, percents, want) in [
        (10, &[50, 80, 100][..], &[50, 80, 100][..]),
        (15, &[50, 80, 100], &[50]),
        (10, &[], &[]),
        (8, &[200, 125, 120], &[125, 120]),
        (u64::MAX, &[1], &[]),
    ] {
        let (store, told) = (Arc::new(MemoryStore::new()), Told::default());
        let policy = BudgetPolicy {
            alert_percents: percents.to_vec(),
            ..per_thread(limit)
        };
        told.budget(&store, policy).complete(of("a")).await.unwrap();
        let got: Vec<u8> = told
            .take()
            .into_iter()
            .map(|(_, percent, _)| percent)
            .collect();
        assert_eq!(got, want, "{limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_calls_that_pass_a_threshold_together_one_tells() {
    let (store, told) = (Arc::new(Flaky::default()), Told::default());
    let budget = told.budget(&store, per_thread(100));
    let slow = || ChatRequest::user("slow").thread("a");
    let answers = join_all((0..10).map(|_| budget.complete(slow()))).await;
    assert!(answers.iter().all(Result::is_ok));
    let percents: Vec<u8> = told
        .take()
        .into_iter()
        .map(|(_, percent, _)| percent)
        .collect();
    assert_eq!(percents, [50, 80, 100]);
}

#[tokio::test]
async fn what_another_process_spends_is_told_by_who_passes_the_threshold() {
    let (store, told) = (Arc::new(MemoryStore::new()), Told::default());
    let others = ledger(&store);
    let budget = told.budget(&store, per_thread(100));
    others
        .charge(Some(&"a".into()), Usage::tokens(45, 0))
        .await
        .unwrap();
    budget.complete(of("a")).await.unwrap();
    assert_eq!(told.take(), [("thread `a`".to_owned(), 50, 55)]);
    // Somebody else passes the next, and has told of it.
    others
        .charge(Some(&"a".into()), Usage::tokens(30, 0))
        .await
        .unwrap();
    budget.complete(of("a")).await.unwrap();
    assert_eq!(told.take(), []);
}

#[tokio::test]
async fn a_stream_tells_when_it_is_charged_also_if_it_is_dropped() {
    for words in [0, 99] {
        let (store, told) = (Arc::new(MemoryStore::new()), Told::default());
        let budget = told.budget(&store, per_thread(1));
        let mut stream = budget.stream(of("a")).await.unwrap();
        for _ in 0..words {
            drop(stream.next().await);
        }
        drop(stream);
        // The task that stores it.
        for _ in 0..9 {
            tokio::task::yield_now().await;
        }
        assert!(
            ledger(&store)
                .spent(&thread("a"))
                .await
                .unwrap()
                .total_tokens()
                > 0
        );
        assert_eq!(told.take().len(), 3, "{words}");
    }
}
