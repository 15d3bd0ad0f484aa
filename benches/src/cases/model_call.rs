//! `model_call`: what a call of a model costs beside the bare HTTP exchange. Both ask the same
//! server in this process, in turn, with the same bytes.

use std::time::{Duration, Instant};

use agentflow_llm::{
    ChatModel, ChatRequest, CircuitBreaker, ConcurrencyLimit, Message, OpenAiCompatible, Retry,
    Timeout,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Failure, Measured, Wrong};
use crate::latency::Latencies;

/// Messages of the conversation.
const MESSAGES: usize = 20;

/// None for a variant that is not there.
pub(crate) async fn run(n: u64, variant: Option<&str>) -> Result<Option<Measured>, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}/v1", listener.local_addr()?);
    let server = tokio::spawn(serve(listener));
    let client = OpenAiCompatible::builder(&base).models(["m"]).build()?;
    let model: Box<dyn ChatModel> = match variant {
        None => Box::new(client),
        Some("layers") => {
            let limited = Timeout::new(client, Duration::from_secs(60));
            let retried = Retry::new(CircuitBreaker::new(limited));
            Box::new(ConcurrencyLimit::new(retried, 8))
        }
        Some(_) => return Ok(None),
    };
    let measured = measure(n, &*model, &format!("{base}/chat/completions")).await;
    server.abort();
    measured.map(Some)
}

async fn measure(n: u64, model: &dyn ChatModel, url: &str) -> Result<Measured, Failure> {
    let bare = reqwest::Client::builder().no_proxy().build()?;
    let body = body();
    let (mut ours, mut limit) = (Latencies::of("call"), Latencies::of("bare call"));
    // The first turn opens the connections.
    for turn in 0..=n {
        let request = request();
        let began = Instant::now();
        let reply = model.complete(request).await?;
        let took = began.elapsed();
        let began = Instant::now();
        let sent = bare.post(url).header("content-type", "application/json");
        let bytes = sent.body(body.clone()).send().await?.bytes().await?;
        let bare_took = began.elapsed();
        if reply.text() != "done" || bytes.len() != reply_body().len() {
            return Err(Wrong(format!("`{}`, {} bytes", reply.text(), bytes.len())).into());
        }
        if turn > 0 {
            ours.add(took);
            limit.add(bare_took);
        }
    }
    let overhead = ours.at(0.5) - limit.at(0.5);
    let bare_p50 = limit.at(0.5);
    let measured = Measured {
        wall: ours.total(),
        latencies: Some(ours),
        ..Measured::default()
    };
    Ok(measured
        .noted("bare_p50_us", bare_p50)
        .noted("overhead_us", overhead))
}

fn words() -> impl Iterator<Item = String> {
    (0..MESSAGES).map(|place| format!("message {place} {}", "word ".repeat(40)))
}

fn request() -> ChatRequest {
    ChatRequest::new(words().map(Message::user))
}

fn body() -> String {
    let messages: Vec<_> = words()
        .map(|content| json!({"role": "user", "content": content}))
        .collect();
    json!({"model": "m", "messages": messages, "temperature": 0.1}).to_string()
}

fn reply_body() -> &'static str {
    r#"{"id":"gen-1","model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"done"}}],"usage":{"prompt_tokens":3,"completion_tokens":1,"cost":0.000002}}"#
}

async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream));
    }
}

/// Answers every request on a connection; the body of one ends with its last brace.
async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let body = reply_body();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut read = Vec::with_capacity(64 * 1024);
    loop {
        read.clear();
        while !read.ends_with(b"}") {
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        stream.write_all(answer.as_bytes()).await?;
    }
}
