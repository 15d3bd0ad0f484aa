//! What whoever traces a program learns of a call, and what not.

use std::io;
use std::sync::{Arc, Mutex};

use agentflow_llm::{ChatModel, ChatRequest};
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::ResponseTemplate;

use crate::client::{KEY, open_router_at, reply_body, serves};

#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_call_is_traced_with_what_was_asked_and_who_answered_and_without_the_key() {
    let mut body = reply_body("the answer");
    body["provider"] = "Azure".into();
    let chunk = json!({
        "id": "gen-1", "model": "openai/gpt-4o-mini", "provider": "Azure",
        "choices": [{"index": 0, "delta": {"content": "the answer"}, "finish_reason": "stop"}],
        "usage": body["usage"],
    });
    let stream = format!("data: {chunk}\n\ndata: [DONE]\n\n");
    for answer in [
        ResponseTemplate::new(200).set_body_json(body),
        ResponseTemplate::new(200).set_body_raw(stream, "text/event-stream"),
    ] {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::DEBUG)
            .with_ansi(false)
            .with_writer(log.clone())
            .finish();
        let tracing = tracing::subscriber::set_default(subscriber);
        let model = open_router_at(&serves(answer).await);
        let request = || ChatRequest::user("the question").label("review/1");
        let reply = model.stream(request()).await.unwrap();
        reply.into_reply().await.unwrap();
        drop(tracing);
        let told = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let line = told.lines().find(|line| line.contains("chat reply"));
        let line = line.unwrap_or_else(|| panic!("{told}"));
        for part in [
            "model=\"openai/gpt-4o-mini\"",
            "label=\"review/1\"",
            "messages=1",
            "answered_by=\"openai/gpt-4o-mini\"",
            "provider=\"Azure\"",
            "prompt_tokens: 3",
            "cost_micro_usd: Some(2)",
            "finish=Stop",
            "request_id=\"gen-1\"",
        ] {
            assert!(line.contains(part), "{part} in {line}");
        }
        for secret in [KEY, "the question", "the answer"] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
    }
}
