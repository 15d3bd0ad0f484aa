//! A thread and a project spend what they may, and are charged for what came.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::store::{MemoryStore, Store};
use agentflow_llm::{
    Budget, BudgetPolicy, BudgetScope, ChatModel, ChatRequest, Image, InvalidReply, Ledger,
    Message, ModelError, ModelPrice, ModelPrices, ReplyEvent, ScriptedModel, ScriptedReply,
    SpendLimits, Usage,
};
use futures::future::join_all;

use crate::faults::overloaded;
use crate::flaky::{Failing, Flaky};
use crate::ledger::{ledger, thread};

const NO: SpendLimits = SpendLimits {
    tokens: None,
    micro_usd: None,
};

fn tokens(max: u64) -> SpendLimits {
    SpendLimits {
        tokens: Some(max),
        ..NO
    }
}

fn money(max: u64) -> SpendLimits {
    SpendLimits {
        micro_usd: Some(max),
        ..NO
    }
}

fn policy(thread: SpendLimits, project: SpendLimits) -> BudgetPolicy {
    BudgetPolicy {
        thread,
        project,
        ..BudgetPolicy::default()
    }
}

/// A reply of ten tokens that costs five.
fn reply() -> ScriptedReply {
    let mut usage = Usage::tokens(7, 3);
    usage.cost_micro_usd = Some(5);
    ScriptedReply::from("well done indeed").usage(usage)
}

fn model() -> ScriptedModel {
    ScriptedModel::by_function(|_| reply())
}

fn of(thread: &str) -> ChatRequest {
    ChatRequest::user("hi").thread(thread)
}

/// What a process that has just begun sees.
async fn spent(store: &Arc<impl Store + 'static>, scope: &BudgetScope) -> Usage {
    ledger(store).spent(scope).await.unwrap()
}

#[tokio::test]
async fn who_has_spent_a_limit_is_refused_and_others_are_not() {
    // Threads that ask in turn; those in capitals are refused.
    for (name, policy, asks) in [
        ("nothing is limited", policy(NO, NO), "a a a b"),
        (
            "tokens of a thread",
            policy(tokens(20), NO),
            "a a A b b B A",
        ),
        (
            "a limit is passed by the last",
            policy(tokens(11), NO),
            "a a A",
        ),
        ("money of a thread", policy(money(10), NO), "a a A b"),
        ("tokens of the project", policy(NO, tokens(20)), "a b A B"),
        ("money of the project", policy(NO, money(15)), "a b a A B"),
        (
            "the first of several",
            policy(tokens(1000), money(1)),
            "a A B",
        ),
        ("nothing may be spent", policy(tokens(0), NO), "A B"),
    ] {
        let store = Arc::new(MemoryStore::new());
        let inner = model();
        let mut asked = 0;
        for (step, ask) in asks.split(' ').enumerate() {
            // Each is a process of its own.
            let budget = Budget::new(inner.clone(), ledger(&store), policy.clone());
            let answer = budget.complete(of(&ask.to_lowercase())).await;
            let is_refused = ask.to_uppercase() == ask;
            asked += usize::from(!is_refused);
            assert_eq!(answer.is_err(), is_refused, "{name}, step {step}");
            assert_eq!(inner.requests().len(), asked, "{name}, step {step}");
        }
    }
}

#[tokio::test]
async fn who_is_refused_learns_whose_limit_it_is_and_asking_again_is_no_use() {
    for (policy, want) in [
        (
            policy(tokens(10), NO),
            "the budget of thread `a` is spent: 10 of 10 tokens; raise its limit to go on",
        ),
        (
            policy(NO, money(4)),
            "the budget of the project is spent: 5 of 4 millionths of a US dollar; raise its limit to go on",
        ),
    ] {
        let ledger = ledger(&Arc::new(MemoryStore::new()));
        let budget = Budget::new(model(), ledger, policy);
        budget.complete(of("a")).await.unwrap();
        for error in [
            budget.complete(of("a")).await.unwrap_err(),
            budget.stream(of("a")).await.unwrap_err(),
        ] {
            assert_eq!(
                (error.to_string().as_str(), error.is_retryable()),
                (want, false)
            );
        }
    }
}

#[tokio::test]
async fn a_request_without_a_thread_is_the_projects_alone() {
    let store = Arc::new(MemoryStore::new());
    let budget = Budget::new(model(), ledger(&store), policy(tokens(5), tokens(25)));
    for is_ok in [true, true, true, false] {
        let answer = budget.complete(ChatRequest::user("hi")).await;
        assert_eq!(answer.is_ok(), is_ok);
    }
    assert_eq!(
        spent(&store, &BudgetScope::Project).await.total_tokens(),
        30
    );
}

#[tokio::test(start_paused = true)]
async fn calls_on_their_way_are_not_counted() {
    let store = Arc::new(Flaky::default());
    let slow = ScriptedModel::by_function(|_| reply().after(Duration::from_secs(1)));
    let budget = Budget::new(slow, ledger(&store), policy(tokens(10), NO));
    let answers = join_all((0..4).map(|_| budget.complete(of("a")))).await;
    assert!(
        answers.iter().all(Result::is_ok),
        "all were let through before one was charged"
    );
    assert!(budget.complete(of("a")).await.is_err());
    assert_eq!(spent(&store, &thread("a")).await.total_tokens(), 40);
}

#[tokio::test]
async fn a_reply_without_a_cost_is_charged_by_the_prices() {
    let usage = Usage::tokens(1000, 100);
    let priced = ModelPrices::new().with("scripted", ModelPrice::per_million("1", "2").unwrap());
    for (prices, want) in [(priced, Some(1200)), (ModelPrices::new(), None)] {
        let store = Arc::new(MemoryStore::new());
        let inner = ScriptedModel::replies([ScriptedReply::from("done").usage(usage)]);
        let budget = Budget::new(inner, ledger(&store), policy(NO, money(9))).prices(prices);
        let reply = budget.complete(of("a")).await.unwrap();
        assert_eq!(reply.usage, usage, "the reply is left as it is");
        assert_eq!(spent(&store, &thread("a")).await.cost_micro_usd, want);
    }
}

#[tokio::test]
async fn a_stream_is_charged_when_it_has_ended_and_only_once() {
    let store = Arc::new(MemoryStore::new());
    let budget = Budget::new(model(), ledger(&store), BudgetPolicy::default());
    let mut stream = budget.stream(of("a")).await.unwrap();
    while let Some(event) = stream.next().await {
        let is_done = matches!(event, Ok(ReplyEvent::Done { .. }));
        let want = if is_done { 10 } else { 0 };
        assert_eq!(spent(&store, &thread("a")).await.total_tokens(), want);
    }
    drop(stream);
    tokio::task::yield_now().await;
    assert_eq!(spent(&store, &thread("a")).await.total_tokens(), 10);
}

/// `hi` is one token, and `well done ` three.
#[tokio::test]
async fn a_stream_that_is_dropped_or_breaks_off_is_charged_what_came() {
    let prices =
        || ModelPrices::new().with("scripted", ModelPrice::per_million("1", "10").unwrap());
    for (name, reply, words, want) in [
        ("dropped before a word", reply(), 0, (1, 0, 1)),
        ("dropped after two words", reply(), 2, (1, 3, 31)),
        (
            "breaks off",
            ScriptedReply::from("well done").then_fails(overloaded()),
            9,
            (1, 3, 31),
        ),
    ] {
        let store = Arc::new(MemoryStore::new());
        let ledger = ledger(&store);
        let inner = ScriptedModel::replies([reply]);
        let budget = Budget::new(inner, ledger.clone(), BudgetPolicy::default()).prices(prices());
        let mut stream = budget.stream(of("a")).await.unwrap();
        for _ in 0..words {
            if stream.next().await.is_none_or(|event| event.is_err()) {
                break;
            }
        }
        drop(stream);
        let mut want_usage = Usage::tokens(want.0, want.1);
        want_usage.cost_micro_usd = Some(want.2);
        // It counts at once, and is stored a moment later.
        assert_eq!(
            ledger.spent(&thread("a")).await.unwrap(),
            want_usage,
            "{name}"
        );
        ledger.flush().await.unwrap();
        assert_eq!(spent(&store, &thread("a")).await, want_usage, "{name}");
        assert_eq!(
            spent(&store, &BudgetScope::Project).await,
            want_usage,
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_waits_for_is_charged_its_request_without_being_asked_to() {
    let store = Arc::new(MemoryStore::new());
    let inner = ScriptedModel::replies([reply().after(Duration::from_secs(9))]);
    let budget = Budget::new(inner, ledger(&store), BudgetPolicy::default());
    let answer = tokio::time::timeout(Duration::from_secs(1), budget.complete(of("a"))).await;
    assert!(answer.is_err());
    drop(budget);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(spent(&store, &thread("a")).await, Usage::tokens(1, 0));
}

#[tokio::test]
async fn a_request_that_is_refused_costs_nothing() {
    let store = Arc::new(MemoryStore::new());
    let inner = ScriptedModel::replies([overloaded(), overloaded()]);
    let budget = Budget::new(inner, ledger(&store), BudgetPolicy::default());
    assert!(budget.complete(of("a")).await.is_err());
    assert!(budget.stream(of("a")).await.is_err());
    assert_eq!(
        ledger(&store).spent(&BudgetScope::Project).await.unwrap(),
        Usage::default()
    );
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_is_charged_its_request() {
    let unreadable = || ModelError::InvalidReply {
        address: "a".into(),
        problem: InvalidReply::NoChoice,
    };
    let store = Arc::new(MemoryStore::new());
    let inner = ScriptedModel::replies([unreadable(), unreadable()]);
    let budget = Budget::new(inner, ledger(&store), BudgetPolicy::default());
    let shown = Message::user_with_images("1234", [Image::url("a")]);
    for asked in 1..=2 {
        let request = ChatRequest::new([shown.clone()]);
        match asked {
            1 => drop(budget.complete(request).await.unwrap_err()),
            _ => drop(budget.stream(request).await.unwrap_err()),
        }
        // What is dropped is stored by a task of its own.
        tokio::task::yield_now().await;
        let spent = spent(&store, &BudgetScope::Project).await;
        assert_eq!(spent.prompt_tokens, asked * 766, "a picture is 765 tokens");
    }
}

#[tokio::test]
async fn without_its_ledger_nothing_is_asked_and_no_reply_goes_uncharged() {
    let store = Arc::new(Flaky::default());
    let inner = model();
    let budget = Budget::new(inner.clone(), ledger(&store), policy(tokens(1000), NO));
    for (failing, asked) in [(Failing::Reads, 0), (Failing::All, 0), (Failing::Writes, 1)] {
        store.fail(failing);
        let error = budget.complete(of("a")).await.unwrap_err();
        // A reply that was paid is not asked for again.
        let is_paid = matches!(error, ModelError::NotCharged { .. });
        assert!(
            is_paid || matches!(error, ModelError::Ledger { .. }),
            "{error}"
        );
        assert_eq!((is_paid, error.is_retryable()), (asked == 1, asked == 0));
        assert_eq!(inner.requests().len(), asked, "{failing:?}");
    }
    let mut stream = budget.stream(of("a")).await.unwrap();
    let mut last = None;
    while let Some(event) = stream.next().await {
        last = Some(event);
    }
    assert!(
        matches!(last, Some(Err(ModelError::NotCharged { .. }))),
        "{last:?}"
    );
    store.fail(Failing::Nothing);
    budget.complete(of("a")).await.unwrap();
    assert_eq!(spent(&store, &thread("a")).await.total_tokens(), 30);
}

#[tokio::test]
async fn clones_share_a_ledger() {
    let store = Arc::new(MemoryStore::new());
    let ledger: Ledger = ledger(&store);
    let budget = Budget::new(model(), ledger.clone(), policy(tokens(10), NO));
    budget.clone().complete(of("a")).await.unwrap();
    assert!(budget.complete(of("a")).await.is_err());
    assert_eq!(ledger.spent(&thread("a")).await.unwrap().total_tokens(), 10);
}
