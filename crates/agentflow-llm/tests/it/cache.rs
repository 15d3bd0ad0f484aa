//! What was asked before is not asked again, and a cache is never what a call fails of.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::store::{
    MemoryStore, Search, Store, StoreExt, StoreOptions, StorePath, TtlPolicy,
};
use agentflow_llm::{
    Cache, ChatModel, ChatReply, ChatRequest, FinishReason, Image, Message, ModelError, ReplyEvent,
    ResponseFormat, ScriptedModel, ScriptedReply, ToolCall, ToolSpec, Usage,
};
use agentflow_testkit::ManualClock;
use async_trait::async_trait;
use futures::future::join_all;
use serde_json::json;

use crate::faults::overloaded;
use crate::flaky::{Failing, Flaky};

const HOUR: Duration = Duration::from_secs(3600);

fn path() -> StorePath {
    StorePath::new(["replies"]).unwrap()
}

/// Says how often it has been asked, after a second.
fn counting() -> ScriptedModel {
    ScriptedModel::replies((1..=9).map(|nth| {
        let reply = ScriptedReply::from(format!("number {nth}"));
        reply.after(Duration::from_secs(1))
    }))
}

/// A process that has just begun.
fn cache(inner: &ScriptedModel, store: &Arc<impl Store + 'static>) -> Cache<ScriptedModel> {
    let store = Arc::clone(store) as Arc<dyn Store>;
    Cache::new(inner.clone(), store, path(), HOUR)
}

fn hi() -> ChatRequest {
    ChatRequest::user("hi")
}

#[tokio::test(start_paused = true)]
async fn the_same_request_is_asked_once_and_any_other_again() {
    let tool = |description: &str| ToolSpec {
        name: "t".to_owned(),
        description: description.to_owned(),
        parameters: json!({"type": "object", "a": 1}),
    };
    let calls = |id: &str| {
        let mut said = agentflow_llm::AssistantMessage::tool_calls([ToolCall::new(id, "t", "{}")]);
        said.reasoning = vec![json!({"data": "x"})];
        ChatRequest::new([said.into(), Message::tool_result(id, "done")])
    };
    for (name, one, other, is_same) in [
        ("itself", hi(), hi(), true),
        ("another label", hi().label("a"), hi().label("b"), true),
        ("another thread", hi().thread("a"), hi(), true),
        ("a place to cache up to", hi().cache_up_to(1), hi(), true),
        (
            "a picture",
            ChatRequest::new([Message::user_with_images("hi", [Image::url("a")])]),
            hi(),
            false,
        ),
        (
            "other ids of messages",
            ChatRequest::new([Message::user("hi").with_id("a")]),
            ChatRequest::new([Message::user("hi").with_id("b")]),
            true,
        ),
        ("a model by its name", hi().model("scripted"), hi(), false),
        (
            "an id and none",
            ChatRequest::new([Message::user("hi").with_id("a")]),
            hi(),
            true,
        ),
        ("another model", hi().model("a"), hi().model("b"), false),
        ("other words", hi(), ChatRequest::user("ho"), false),
        (
            "another role",
            hi(),
            ChatRequest::new([Message::system("hi")]),
            false,
        ),
        (
            "one more message",
            hi(),
            ChatRequest::new([Message::user("hi"), Message::user("hi")]),
            false,
        ),
        ("another temperature", hi(), hi().temperature(0.2), false),
        ("another limit", hi(), hi().max_tokens(7), false),
        (
            "another form",
            hi(),
            hi().response_format(ResponseFormat::JsonObject),
            false,
        ),
        (
            "another tool",
            hi().tools([tool("a")]),
            hi().tools([tool("b")]),
            false,
        ),
        (
            "the same tool",
            hi().tools([tool("a")]),
            hi().tools([tool("a")]),
            true,
        ),
        ("another call", calls("a"), calls("b"), false),
        ("the same call", calls("a"), calls("a"), true),
    ] {
        let (inner, store) = (counting(), Arc::new(MemoryStore::new()));
        cache(&inner, &store).complete(one).await.unwrap();
        let reply = cache(&inner, &store).complete(other).await.unwrap();
        let want = if is_same { "number 1" } else { "number 2" };
        assert_eq!(reply.text(), want, "{name}");
    }
}

/// Has another name.
#[derive(Debug)]
struct Named(&'static str, ScriptedModel);

#[async_trait]
impl ChatModel for Named {
    fn name(&self) -> &str {
        self.0
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        self.1.complete(request).await
    }
}

#[tokio::test(start_paused = true)]
async fn models_that_share_a_store_do_not_answer_for_each_other() {
    let (inner, store) = (counting(), Arc::new(MemoryStore::new()));
    for (name, want) in [("a", "number 1"), ("b", "number 2"), ("a", "number 1")] {
        let store = Arc::clone(&store) as Arc<dyn Store>;
        let model = Cache::new(Named(name, inner.clone()), store, path(), HOUR);
        assert_eq!(model.complete(hi()).await.unwrap().text(), want);
    }
}

#[tokio::test(start_paused = true)]
async fn a_kept_reply_is_whole_and_costs_nothing() {
    let mut usage = Usage::tokens(100, 20);
    usage.cost_micro_usd = Some(7);
    let reply = ScriptedReply::from("Reading.").and_call("read", json!({"path": "a"}));
    let inner = ScriptedModel::replies([reply.usage(usage)]);
    let model = cache(&inner, &Arc::new(MemoryStore::new()));
    let first = model.complete(hi()).await.unwrap();
    assert_eq!(first.usage, usage);
    let mut want = first.clone();
    want.usage = Usage::default();
    want.usage.cost_micro_usd = Some(0);
    assert_eq!(model.complete(hi()).await.unwrap(), want);
    let streamed = model.stream(hi()).await.unwrap();
    assert_eq!(streamed.into_reply().await.unwrap(), want);
}

#[tokio::test]
async fn a_reply_is_kept_for_as_long_as_was_said_however_often_it_is_read() {
    let clock = ManualClock::new(Timestamp(0));
    // A store that would keep longer what is read, and let go what is put.
    let ttl = TtlPolicy {
        default_ttl: Some(Duration::from_secs(1)),
        refresh_on_read: true,
    };
    let options = StoreOptions::new(clock.clone()).with_ttl(ttl);
    let store = Arc::new(MemoryStore::with_options(options));
    let inner = ScriptedModel::replies(["number 1", "number 2"]);
    let model = cache(&inner, &store);
    for (minutes, want) in [
        (0, "number 1"),
        (40, "number 1"),
        (19, "number 1"),
        (1, "number 2"),
    ] {
        clock.advance(Duration::from_secs(60 * minutes));
        assert_eq!(model.complete(hi()).await.unwrap().text(), want);
    }
}

#[tokio::test]
async fn no_time_to_live_keeps_nothing() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let inner = ScriptedModel::replies(["a", "b"]);
    let model = Cache::new(inner, Arc::clone(&store), path(), Duration::ZERO);
    assert_eq!(model.complete(hi()).await.unwrap().text(), "a");
    assert_eq!(model.complete(hi()).await.unwrap().text(), "b");
}

/// Ends for a reason of one's choice.
#[derive(Clone, Debug)]
struct Ends(FinishReason, ScriptedModel);

#[async_trait]
impl ChatModel for Ends {
    fn name(&self) -> &str {
        self.1.name()
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let mut reply = self.1.complete(request).await?;
        reply.finish = self.0.clone();
        Ok(reply)
    }
}

#[tokio::test]
async fn what_was_cut_off_filtered_or_refused_is_not_kept() {
    for (finish, is_kept) in [
        (FinishReason::Stop, true),
        (FinishReason::ToolCalls, true),
        (FinishReason::Length, false),
        (FinishReason::ContentFilter, false),
        (FinishReason::Refusal, false),
        (FinishReason::Other("cosmic rays".to_owned()), false),
    ] {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let inner = Ends(finish.clone(), ScriptedModel::replies(["a", "b", "c"]));
        let model = Cache::new(inner, Arc::clone(&store), path(), HOUR);
        model.complete(hi()).await.unwrap();
        model
            .stream(hi())
            .await
            .unwrap()
            .into_reply()
            .await
            .unwrap();
        let found = store.search(Search::under(&path())).await.unwrap();
        assert_eq!(!found.is_empty(), is_kept, "{finish:?}");
    }
}

#[tokio::test]
async fn what_fails_is_not_kept() {
    let replies = [
        ScriptedReply::from(overloaded()),
        ScriptedReply::from("half").then_fails(overloaded()),
        ScriptedReply::from("half").then_fails(overloaded()),
        ScriptedReply::from("whole"),
    ];
    let model = cache(
        &ScriptedModel::replies(replies),
        &Arc::new(MemoryStore::new()),
    );
    assert!(model.complete(hi()).await.is_err());
    assert!(model.complete(hi()).await.is_err());
    assert!(
        model
            .stream(hi())
            .await
            .unwrap()
            .into_reply()
            .await
            .is_err()
    );
    assert_eq!(model.complete(hi()).await.unwrap().text(), "whole");
}

#[tokio::test]
async fn a_stream_is_kept_when_it_has_ended_and_not_when_it_is_dropped() {
    let inner = ScriptedModel::replies(["number one", "number two"]);
    let store = Arc::new(MemoryStore::new());
    let model = cache(&inner, &store);
    let mut dropped = model.stream(hi()).await.unwrap();
    assert!(dropped.next().await.is_some());
    drop(dropped);
    let mut words = Vec::new();
    let mut stream = model.stream(hi()).await.unwrap();
    while let Some(event) = stream.next().await {
        if let ReplyEvent::Text { delta } = event.unwrap() {
            words.push(delta);
        }
    }
    assert_eq!(words, ["number ", "two"]);
    assert_eq!(model.complete(hi()).await.unwrap().text(), "number two");
}

#[tokio::test]
async fn a_store_that_fails_does_not_fail_the_call() {
    for failing in [Failing::Reads, Failing::Writes, Failing::All] {
        let store = Arc::new(Flaky::default());
        let model = cache(&ScriptedModel::replies(["a", "b"]), &store);
        store.fail(failing);
        assert_eq!(
            model.complete(hi()).await.unwrap().text(),
            "a",
            "{failing:?}"
        );
        let stream = model.stream(hi()).await.unwrap();
        assert_eq!(
            stream.into_reply().await.unwrap().text(),
            "b",
            "{failing:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_reply_is_as_good_as_missing() {
    let store = Arc::new(MemoryStore::new());
    let model = cache(&ScriptedModel::replies(["a", "b"]), &store);
    model.complete(hi()).await.unwrap();
    let found = store.search(Search::under(&path())).await.unwrap();
    let key = &found[0].item.key;
    store
        .put(&path(), key, json!({"message": "of another age"}))
        .await
        .unwrap();
    assert_eq!(model.complete(hi()).await.unwrap().text(), "b");
    assert_eq!(
        model.complete(hi()).await.unwrap().text(),
        "b",
        "it is replaced"
    );
}

#[tokio::test]
async fn a_reply_that_no_store_takes_is_given_all_the_same() {
    let long = "x".repeat(2 << 20);
    let model = cache(
        &ScriptedModel::replies([long.as_str()]),
        &Arc::new(MemoryStore::new()),
    );
    assert_eq!(model.complete(hi()).await.unwrap().text(), long);
}

#[tokio::test(start_paused = true)]
async fn of_the_same_requests_at_once_one_asks() {
    let inner = counting();
    let model = cache(&inner, &Arc::new(Flaky::default()));
    let requests = (0..9).map(|nth| model.complete(ChatRequest::user(["a", "b"][nth % 2])));
    let replies = join_all(requests).await;
    let texts: Vec<_> = replies
        .iter()
        .map(|reply| reply.as_ref().unwrap().text())
        .collect();
    assert_eq!(inner.requests().len(), 2);
    for pair in texts.chunks_exact(2) {
        assert_eq!(pair, &texts[..2]);
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_asks_when_the_one_that_asked_fails_or_is_dropped() {
    let replies = [
        ScriptedReply::from("late").after(Duration::from_secs(9)),
        ScriptedReply::from(overloaded()).after(Duration::from_secs(1)),
        ScriptedReply::from("done"),
    ];
    let model = cache(
        &ScriptedModel::replies(replies),
        &Arc::new(MemoryStore::new()),
    );
    let (dropped, failed, third, fourth) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(1), model.complete(hi())),
        model.complete(hi()),
        model.complete(hi()),
        model.complete(hi()),
    );
    assert!(dropped.is_err());
    assert!(matches!(failed, Err(ModelError::Overloaded { .. })));
    assert_eq!(third.unwrap().text(), "done");
    assert_eq!(fourth.unwrap().text(), "done");
}
