//! What watchers of an agent see while it works.

use std::sync::{Arc, Mutex};

use agentflow_core::{CompiledGraph, RetryPolicy, RunOptions, StreamKind, StreamMode};
use agentflow_llm::{
    AgentState, AssistantMessage, ChatModel, ChatReply, ChatRequest, Message, MessageEvent,
    ModelError, ReplyEvent, ReplyStream, ScriptedModel, ScriptedReply, agent,
};
use async_trait::async_trait;
use futures::StreamExt;
use serde_json::json;

use crate::agent::{call, question, said, tools};

/// What watchers of a graph were told, and what it came to.
async fn watched(graph: &CompiledGraph<AgentState>) -> (Vec<MessageEvent>, Vec<Message>) {
    let thread = graph.thread("t");
    let mut events = thread.stream(question(), StreamMode::Messages);
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        let StreamKind::Message { message, .. } = event.kind else {
            panic!("{event:?}")
        };
        seen.push(serde_json::from_value(message).unwrap());
    }
    let done = events.outcome().await.unwrap().into_done().unwrap();
    (seen, done.messages)
}

/// The words of each message that was written, by its id, in the order of their beginning.
fn written(seen: &[MessageEvent]) -> Vec<(&str, String)> {
    let mut written: Vec<(&str, String)> = Vec::new();
    for event in seen {
        let MessageEvent::Delta(piece) = event else {
            continue;
        };
        let known = written.iter().position(|(id, _)| *id == piece.message_id);
        let place = known.unwrap_or_else(|| {
            written.push((&piece.message_id, String::new()));
            written.len() - 1
        });
        if let ReplyEvent::Text { delta } = &piece.event {
            written[place].1 += delta;
        }
    }
    written
}

fn wholes(seen: Vec<MessageEvent>) -> Vec<Message> {
    let wholes = seen.into_iter().filter_map(|event| match event {
        MessageEvent::Whole(message) => Some(message),
        _ => None,
    });
    wholes.collect()
}

#[tokio::test]
async fn watchers_see_each_message_under_the_id_it_keeps() {
    let model = ScriptedModel::replies([call("echo"), "all is done".into()]);
    let graph = agent(model, tools()).compile().unwrap();
    let (seen, kept) = watched(&graph).await;
    let [.., asks, answer, done] = &kept[..] else {
        panic!("{kept:?}")
    };
    let text = |delta: &str| json!({"message_id": done.id(), "type": "text", "delta": delta});
    let call = |piece: serde_json::Value| {
        let mut told = json!({"message_id": asks.id(), "index": 0});
        told.as_object_mut()
            .unwrap()
            .extend(piece.as_object().unwrap().clone());
        told
    };
    let want = [
        call(json!({"type": "tool_call", "id": "call_1_0", "name": "echo"})),
        call(json!({"type": "arguments", "delta": r#"{"word":"w"}"#})),
        json!(asks),
        json!(answer),
        text("all "),
        text("is "),
        text("done"),
        json!(done),
    ];
    let told: Vec<_> = seen.iter().map(|event| json!(event)).collect();
    assert_eq!(told, want);
}

#[tokio::test(start_paused = true)]
async fn words_of_a_reply_that_broke_off_are_seen_again_under_another_id() {
    let unreachable = ModelError::Unreachable {
        address: "https://example.org".into(),
        source: "no route".into(),
    };
    let breaks_off = ScriptedReply::from("all is").then_fails(unreachable);
    let model = ScriptedModel::replies([breaks_off, "all is done".into()]);
    let graph = agent(model, tools()).retry("agent", RetryPolicy::default());
    let (seen, kept) = watched(&graph.compile().unwrap()).await;
    let written = written(&seen);
    let texts: Vec<_> = written.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["all is", "all is done"]);
    assert_ne!(written[0].0, written[1].0);
    assert_eq!(kept.last().unwrap().id(), Some(written[1].0));
    assert_eq!(wholes(seen), kept[2..]);
}

#[tokio::test]
async fn the_whole_message_counts_where_it_says_other_than_its_pieces() {
    let mut named = AssistantMessage::text("I am");
    named.id = Some("its own".into());
    let needs_steps = || ScriptedReply::from("I look.").and_call("echo", json!({"word": "w"}));
    for (name, reply, want) in [
        ("a message with an id of its own", named.into(), "I am"),
        (
            "a call without steps for it",
            needs_steps(),
            "Sorry, need more steps to process this request.",
        ),
    ] {
        let options = RunOptions {
            step_limit: 2,
            ..RunOptions::default()
        };
        let graph = agent(ScriptedModel::replies([reply]), tools()).compile();
        let (seen, kept) = watched(&graph.unwrap().with_options(options)).await;
        let id = written(&seen)[0].0.to_owned();
        let want = Message::assistant(want).with_id(id);
        assert_eq!(kept[2..], [want], "{name}");
        assert_eq!(wholes(seen), kept[2..], "{name}");
    }
}

/// Notes how it is asked.
#[derive(Clone, Debug, Default)]
struct Noting(Arc<Mutex<Vec<&'static str>>>);

#[async_trait]
impl ChatModel for Noting {
    fn name(&self) -> &'static str {
        "noting"
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        self.0.lock().unwrap().push("whole");
        ScriptedModel::replies(["done"]).complete(request).await
    }

    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        self.0.lock().unwrap().push("streamed");
        ScriptedModel::replies(["done"]).stream(request).await
    }
}

#[tokio::test]
async fn a_reply_is_streamed_only_where_somebody_watches_messages() {
    let model = Noting::default();
    let graph = agent(model.clone(), tools()).compile().unwrap();
    watched(&graph).await;
    said(&graph).await;
    let other = graph
        .thread("other")
        .stream(question(), StreamMode::Updates);
    drop(other.outcome().await.unwrap());
    assert_eq!(*model.0.lock().unwrap(), ["streamed", "whole", "whole"]);
}
