//! Layers around our own client, before a server that misbehaves on purpose.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use agentflow_core::store::{MemoryStore, StorePath};
use agentflow_llm::{
    BreakerPolicy, Budget, BudgetPolicy, Cache, ChatModel, ChatReply, ChatRequest, CircuitBreaker,
    ConcurrencyLimit, Fallback, Jitter, Ledger, ModelError, ModelFault, RateLimit, Redact,
    Redactor, ReplyEvent, Retry, RetryPolicy, ScriptedModel, ScriptedReply, SpendLimits, Timeout,
    Usage,
};
use agentflow_mock_openai::MockOpenAi;
use async_trait::async_trait;
use futures::future::join_all;

use crate::client::client_of;

fn request() -> ChatRequest {
    ChatRequest::user("hi")
}

fn overloaded() -> ScriptedReply {
    let fault = ModelFault::new("m", "no room");
    ModelError::Overloaded {
        fault,
        retry_after: None,
    }
    .into()
}

/// A server with these replies.
async fn serves(replies: impl IntoIterator<Item = ScriptedReply>) -> MockOpenAi {
    let model = ScriptedModel::replies(replies);
    MockOpenAi::start(model).await.unwrap()
}

/// Retries without a wait.
fn eager() -> RetryPolicy {
    RetryPolicy {
        delay_first: Duration::ZERO,
        jitter: Jitter::Off,
        ..RetryPolicy::default()
    }
}

#[tokio::test]
async fn a_retry_gets_its_answer_from_a_server_that_fails_twice() {
    let mock = serves([overloaded(), overloaded(), "done".into()]).await;
    let model = Retry::with_policy(client_of(&mock), eager());
    assert_eq!(model.complete(request()).await.unwrap().text(), "done");
    assert_eq!(mock.requests().len(), 3);
}

#[tokio::test]
async fn a_retry_repeats_a_stream_that_has_not_begun_and_none_that_has() {
    let half = |text: &str| {
        let fault = ModelFault::new("m", "no room");
        ScriptedReply::from(text).then_fails(ModelError::Overloaded {
            fault,
            retry_after: None,
        })
    };
    let mock = serves([half(""), half("half a"), "done".into()]).await;
    let model = Retry::with_policy(client_of(&mock), eager());
    let mut reply = model.stream(request()).await.unwrap();
    let mut said = String::new();
    let end = loop {
        match reply.next().await.unwrap() {
            Ok(ReplyEvent::Text { delta }) => said += &delta,
            Ok(event) => panic!("{event:?}"),
            Err(error) => break error,
        }
    };
    assert_eq!(said, "half a");
    assert!(matches!(end, ModelError::Overloaded { .. }), "{end:?}");
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test]
async fn a_fallback_answers_for_a_server_that_is_full_and_for_one_that_is_gone() {
    let full = serves([overloaded()]).await;
    let gone = serves([]).await;
    let client_of_gone = client_of(&gone);
    gone.stop().await;
    let there = serves(["done".into()]).await;
    let model = Fallback::new(client_of(&full));
    let model = model.or(client_of_gone).or(client_of(&there));
    assert_eq!(model.complete(request()).await.unwrap().text(), "done");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up_whole_and_streamed() {
    let late = || ScriptedReply::from("done").after(Duration::from_secs(600));
    let mock = serves([late(), late()]).await;
    let model = Timeout::new(client_of(&mock), Duration::from_millis(50));
    for answer in [
        model.complete(request()).await.map(drop),
        model.stream(request()).await.map(drop),
    ] {
        assert!(
            matches!(answer, Err(ModelError::Timeout { .. })),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_fails_in_a_row_is_not_asked_for_a_while() {
    let mock = serves([overloaded(), overloaded(), "done".into()]).await;
    let policy = BreakerPolicy {
        failures_max: 2,
        pause: Duration::from_secs(600),
    };
    let model = CircuitBreaker::with_policy(client_of(&mock), policy);
    for is_open in [false, false, true, true] {
        let answer = model.complete(request()).await;
        let is_refused = matches!(answer, Err(ModelError::CircuitOpen { .. }));
        assert_eq!(is_refused, is_open, "{answer:?}");
    }
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test]
async fn a_server_is_asked_only_so_often() {
    let mock = MockOpenAi::start(ScriptedModel::by_function(|_| "done")).await;
    let mock = mock.unwrap();
    let period = Duration::from_millis(40);
    let model = RateLimit::new(client_of(&mock), 1, period);
    let began = Instant::now();
    let answers = join_all((0..4).map(|_| model.complete(request()))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert!(began.elapsed() >= 3 * period, "{:?}", began.elapsed());
}

/// Notes how many requests it answers at once.
#[derive(Clone, Debug, Default)]
struct Crowded {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

#[async_trait]
impl ChatModel for Crowded {
    fn name(&self) -> &'static str {
        "crowded"
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        // Others that were let in come in meanwhile.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        ScriptedModel::replies(["done"]).complete(request).await
    }
}

#[tokio::test]
async fn a_server_is_asked_only_so_many_things_at_once() {
    let crowded = Crowded::default();
    let mock = MockOpenAi::start(crowded.clone()).await.unwrap();
    let model = ConcurrencyLimit::new(client_of(&mock), 2);
    let answers = join_all((0..10).map(|_| model.complete(request()))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert!(crowded.most.load(Ordering::SeqCst) <= 2);
}

#[tokio::test]
async fn a_server_that_was_paid_enough_is_not_asked_again() {
    let reply = || ScriptedReply::from("done").usage(Usage::tokens(60, 40));
    let mock = serves([reply(), reply()]).await;
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::new(store, &StorePath::new(["spending"]).unwrap()).unwrap();
    let policy = BudgetPolicy {
        project: SpendLimits {
            tokens: Some(100),
            ..SpendLimits::default()
        },
        ..BudgetPolicy::default()
    };
    let model = Budget::new(client_of(&mock), ledger, policy);
    assert!(model.complete(request()).await.is_ok());
    let refused = model.complete(request()).await;
    assert!(
        matches!(refused, Err(ModelError::BudgetExhausted { .. })),
        "{refused:?}"
    );
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn a_kept_reply_needs_no_server() {
    let mock = serves([overloaded(), "done".into()]).await;
    let path = StorePath::new(["replies"]).unwrap();
    let hour = Duration::from_secs(3600);
    let model = Cache::new(client_of(&mock), Arc::new(MemoryStore::new()), path, hour);
    assert!(
        model.complete(request()).await.is_err(),
        "an error is not kept"
    );
    assert_eq!(model.complete(request()).await.unwrap().text(), "done");
    mock.stop().await;
    assert_eq!(model.complete(request()).await.unwrap().text(), "done");
    let streamed = model.stream(request()).await.unwrap().into_reply().await;
    assert_eq!(streamed.unwrap().text(), "done");
}

#[tokio::test]
async fn a_server_never_sees_a_secret() {
    let mock = serves(["done".into(), "done".into()]).await;
    let redactor = Redactor::new().secret("hunter2-is-long".into());
    let model = Redact::new(client_of(&mock), redactor);
    let asked = || ChatRequest::user("my password is hunter2-is-long, remember it");
    model.complete(asked()).await.unwrap();
    drop(model.stream(asked()).await.unwrap());
    let seen = mock.requests();
    assert_eq!(seen.len(), 2);
    for request in seen {
        let body = request.body.to_string();
        assert!(
            body.contains("[redacted]") && !body.contains("hunter2"),
            "{body}"
        );
    }
}
