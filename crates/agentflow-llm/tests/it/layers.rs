//! What layers around a model do when it misbehaves. Time is tokio's, and paused.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentflow_core::store::{MemoryStore, StorePath};
use agentflow_llm::{
    Budget, BudgetPolicy, BudgetScope, BudgetUnit, Cache, ChatModel, ChatReply, ChatRequest,
    CircuitBreaker, ConcurrencyLimit, Fallback, Ledger, ModelError, ModelPrices, Priced, RateLimit,
    Redact, Redactor, ReplyEvent, ReplyStream, Retry, ScriptedModel, ScriptedReply, Timeout,
};
use async_trait::async_trait;
use futures::StreamExt;
use futures::future::join_all;
use tokio::time::Instant;

use crate::faults::{fault, limited, overloaded};

pub(crate) fn request() -> ChatRequest {
    ChatRequest::user("hi")
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn exhausted() -> ModelError {
    ModelError::BudgetExhausted {
        scope: BudgetScope::Project,
        unit: BudgetUnit::Tokens,
        limit: 10,
        spent: 12,
    }
}

/// Answers after a second, and remembers when it was asked and how often at once.
#[derive(Clone, Debug)]
pub(crate) struct Slow {
    began: Instant,
    asked_at: Arc<Mutex<Vec<u64>>>,
    running: Arc<AtomicUsize>,
    running_max: Arc<AtomicUsize>,
}

impl Slow {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            asked_at: Arc::default(),
            running: Arc::default(),
            running_max: Arc::default(),
        }
    }
}

/// One more runs as long as it lives.
struct Running<'a>(&'a AtomicUsize);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl ChatModel for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let at = self.began.elapsed().as_secs();
        self.asked_at.lock().unwrap().push(at);
        let now = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.running_max.fetch_max(now, Ordering::Relaxed);
        let _running = Running(&self.running);
        tokio::time::sleep(seconds(1)).await;
        ScriptedModel::replies(["done"]).complete(request).await
    }
}

#[tokio::test]
async fn another_model_is_asked_only_where_it_need_not_fail_too() {
    for (error, asks) in [
        (overloaded(), true),
        (limited(5), true),
        (ModelError::Timeout { fault: fault() }, true),
        (ModelError::Authentication { fault: fault() }, true),
        (ModelError::Forbidden { fault: fault() }, true),
        (ModelError::InsufficientCredit { fault: fault() }, true),
        (ModelError::ContextLength { fault: fault() }, true),
        (ModelError::NotFound { fault: fault() }, true),
        (exhausted(), true),
        (ModelError::BadRequest { fault: fault() }, false),
        (ModelError::ContentFiltered { fault: fault() }, false),
    ] {
        let name = error.to_string();
        let second = ScriptedModel::replies(["second"]);
        let model = Fallback::new(ScriptedModel::replies([error])).or(second.clone());
        let answer = model.complete(request()).await;
        assert_eq!(second.requests().len(), usize::from(asks), "{name}");
        match answer {
            Ok(reply) => assert_eq!(reply.text(), "second", "{name}"),
            Err(error) => assert_eq!((asks, error.to_string()), (false, name)),
        }
    }
}

#[tokio::test]
async fn where_none_answers_each_says_why_in_turn() {
    let replies = |errors: Vec<ModelError>| ScriptedModel::replies(errors);
    let key = || ModelError::Authentication { fault: fault() };
    for (errors, is_retryable, retry_after) in [
        (vec![limited(9), limited(4)], true, Some(seconds(4))),
        (vec![limited(9), key()], true, Some(seconds(9))),
        (vec![limited(9), overloaded()], true, None),
        (vec![key(), key()], false, None),
    ] {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let mut errors = errors.into_iter();
        let first = replies(errors.by_ref().take(1).collect());
        let model = errors.fold(Fallback::new(first), |model, error| {
            model.or(replies(vec![error]))
        });
        let error = model.complete(request()).await.unwrap_err();
        assert!(matches!(error, ModelError::NoneAnswered { .. }), "{error}");
        let want = format!("none of 2 models answered: {}", told.join("; then: "));
        assert_eq!(error.to_string(), want);
        assert_eq!(error.is_retryable(), is_retryable, "{error}");
        assert_eq!(error.retry_after(), retry_after, "{error}");
    }
}

#[tokio::test]
async fn a_request_for_one_model_is_not_handed_to_another() {
    let second = ScriptedModel::replies(["second"]);
    let model = Fallback::new(ScriptedModel::replies([overloaded()])).or(second.clone());
    let answer = model.complete(request().model("large")).await;
    assert!(matches!(answer, Err(ModelError::Overloaded { .. })));
    assert_eq!(second.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_too_slow_is_given_up() {
    for (limit, is_ok) in [(Duration::from_millis(900), false), (seconds(2), true)] {
        let slow = Slow::new();
        let answer = Timeout::new(slow.clone(), limit).complete(request()).await;
        assert_eq!(answer.is_ok(), is_ok, "{limit:?}");
        assert_eq!(slow.running.load(Ordering::Relaxed), 0, "{limit:?}");
        if let Err(error) = answer {
            assert!(error.is_retryable());
            let want = "`slow` failed: no answer within 900ms";
            assert!(error.to_string().starts_with(want), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_so_many_requests_run_at_once() {
    for (limit, at_once, took) in [(0, 1, 6), (1, 1, 6), (2, 2, 3), (100, 6, 1)] {
        let slow = Slow::new();
        let model = ConcurrencyLimit::new(slow.clone(), limit);
        let began = Instant::now();
        let clones: Vec<_> = (0..6).map(|_| model.clone()).collect();
        let answers = join_all(clones.iter().map(|model| model.complete(request()))).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(slow.running_max.load(Ordering::Relaxed), at_once, "{limit}");
        assert_eq!(began.elapsed().as_secs(), took, "{limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_leaves_its_place_to_the_next() {
    let model = ConcurrencyLimit::new(Slow::new(), 1);
    let impatient = tokio::time::timeout(Duration::from_millis(1), model.complete(request()));
    assert!(impatient.await.is_err());
    assert!(model.complete(request()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_comes_too_early_waits_for_its_turn() {
    for (requests_max, quiet, want) in [
        (1, 0, &[0, 60, 120, 180][..]),
        (2, 0, &[0, 0, 30, 60]),
        (4, 0, &[0, 0, 0, 0]),
        // A quiet time allows for a full period at once, and for no more.
        (2, 600, &[0, 600, 600, 630, 660]),
    ] {
        let slow = Slow::new();
        let model = RateLimit::per_minute(slow.clone(), requests_max);
        if quiet > 0 {
            let took = Instant::now();
            assert!(model.complete(request()).await.is_ok());
            tokio::time::sleep(seconds(quiet) - took.elapsed()).await;
        }
        let model = &model;
        let requests = (0..4).map(|turn| async move {
            match turn % 2 {
                0 => model.complete(request()).await,
                _ => model.stream(request()).await?.into_reply().await,
            }
        });
        assert!(join_all(requests).await.iter().all(Result::is_ok));
        let mut asked_at = slow.asked_at.lock().unwrap().clone();
        asked_at.sort_unstable();
        assert_eq!(asked_at, want, "{requests_max} after {quiet}");
    }
}

/// What a layer lets through of a reply that breaks off after two words, and of a whole one.
pub(crate) async fn streamed(model: &dyn ChatModel) -> (Vec<String>, Result<String, ModelError>) {
    let mut reply = match model.stream(request()).await {
        Ok(reply) => reply,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let mut words = Vec::new();
    while let Some(event) = reply.next().await {
        match event {
            Ok(ReplyEvent::Text { delta }) => words.push(delta),
            Ok(ReplyEvent::Done { reply }) => return (words, Ok(reply.text().to_owned())),
            Ok(_) => {}
            Err(error) => return (words, Err(error)),
        }
    }
    panic!("a stream ends with `Done` or with an error");
}

#[tokio::test(start_paused = true)]
async fn every_layer_passes_words_on_as_they_come() {
    type Layer = fn(ScriptedModel) -> Box<dyn ChatModel>;
    let layers: [(&str, Layer); 11] = [
        ("Arc", |model| Box::new(Arc::new(model))),
        ("Retry", |model| Box::new(Retry::new(model))),
        ("Timeout", |model| Box::new(Timeout::new(model, seconds(9)))),
        ("Fallback", |model| Box::new(Fallback::new(model))),
        ("CircuitBreaker", |model| {
            Box::new(CircuitBreaker::new(model))
        }),
        ("RateLimit", |model| {
            Box::new(RateLimit::per_minute(model, 9))
        }),
        ("ConcurrencyLimit", |model| {
            Box::new(ConcurrencyLimit::new(model, 9))
        }),
        ("Priced", |model| {
            Box::new(Priced::new(model, ModelPrices::new()))
        }),
        ("Budget", |model| {
            let path = StorePath::new(["spending"]).unwrap();
            let ledger = Ledger::new(Arc::new(MemoryStore::new()), &path).unwrap();
            Box::new(Budget::new(model, ledger, BudgetPolicy::default()))
        }),
        ("Cache", |model| {
            let path = StorePath::new(["replies"]).unwrap();
            let store = Arc::new(MemoryStore::new());
            Box::new(Cache::new(model, store, path, seconds(9)))
        }),
        ("Redact", |model| {
            Box::new(Redact::new(model, Redactor::new()))
        }),
    ];
    for (name, layer) in layers {
        let half = ScriptedReply::from("half a").then_fails(overloaded());
        let model = layer(ScriptedModel::replies([half, "a whole one".into()]));
        let (words, end) = streamed(&*model).await;
        assert_eq!(words, ["half ", "a"], "{name}");
        assert!(
            matches!(end, Err(ModelError::Overloaded { .. })),
            "{name}: {end:?}"
        );
        let (words, end) = streamed(&*model).await;
        assert_eq!(words, ["a ", "whole ", "one"], "{name}");
        assert_eq!(end.unwrap(), "a whole one", "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_has_not_begun_is_asked_for_again_or_of_another() {
    let inner = ScriptedModel::replies([ScriptedReply::from(overloaded()), "done".into()]);
    let (_, end) = streamed(&Retry::new(inner.clone())).await;
    assert_eq!((end.unwrap().as_str(), inner.requests().len()), ("done", 2));
    let first = ScriptedModel::replies([overloaded()]);
    let model = Fallback::new(first).or(ScriptedModel::replies(["second"]));
    assert_eq!(streamed(&model).await.1.unwrap(), "second");
}

/// Waits so long before each of three words, and then breaks off.
#[derive(Debug)]
struct Hesitant(Duration);

#[async_trait]
impl ChatModel for Hesitant {
    fn name(&self) -> &'static str {
        "hesitant"
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        self.stream(request).await?.into_reply().await
    }

    async fn stream(&self, _: ChatRequest) -> Result<ReplyStream, ModelError> {
        let delay = self.0;
        let words = futures::stream::iter(["a ", "b ", "c "]);
        let events = words.then(move |word| async move {
            tokio::time::sleep(delay).await;
            let delta = word.to_owned();
            Ok(ReplyEvent::Text { delta })
        });
        ReplyStream::new(events).begun().await
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_stream_is_that_of_all_of_it() {
    for (delay, want, is_late) in [
        (4, &["a ", "b "][..], true),
        (3, &["a ", "b ", "c "], false),
    ] {
        let model = Timeout::new(Hesitant(seconds(delay)), seconds(10));
        let (words, end) = streamed(&model).await;
        assert_eq!(words, want);
        let is_timeout = matches!(end, Err(ModelError::Timeout { .. }));
        assert_eq!(is_timeout, is_late, "{end:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_holds_its_place_until_it_ends_or_is_dropped() {
    let model = ConcurrencyLimit::new(ScriptedModel::by_function(|_| "a b"), 1);
    let busy = |model: ConcurrencyLimit<ScriptedModel>| async move {
        let other = model.complete(request());
        tokio::time::timeout(seconds(1), other).await.is_err()
    };
    let mut reply = model.stream(request()).await.unwrap();
    assert!(busy(model.clone()).await);
    while !matches!(reply.next().await, Some(Ok(ReplyEvent::Done { .. }))) {}
    assert!(!busy(model.clone()).await, "it has ended");
    let dropped = model.stream(request()).await.unwrap();
    assert!(busy(model.clone()).await);
    drop(dropped);
    assert!(!busy(model).await, "it was dropped");
}
