//! `sse`: reading server-sent events, beside a bare split of the same bytes into lines.

use std::hint::black_box;
use std::time::{Duration, Instant};

use agentflow_llm::SseDecoder;

use super::{Failure, Measured, Wrong};

/// What a TLS record holds, and so what a client reads at once.
const CHUNK_BYTES: usize = 16 * 1024;
const EVENT_BYTES_MAX: usize = 1 << 20;
/// Turns, so that both meet the same moments of the machine.
const TURNS: u32 = 20;

/// `n` events of a chat reply, as OpenRouter sends them.
fn stream(n: u64) -> String {
    let mut stream = String::from(": OPENROUTER PROCESSING\n\n");
    for word in 0..n {
        stream += &format!(
            "data: {{\"id\":\"gen-1700000000-0f8fad5bd9cb469fa165\",\"provider\":\"Example\",\"model\":\"example/model-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"choices\":[{{\"index\":0,\"delta\":{{\"role\":\"assistant\",\"content\":\" word{word}\"}},\"finish_reason\":null,\"native_finish_reason\":null,\"logprobs\":null}}]}}\n\n"
        );
    }
    stream + "data: [DONE]\n\n"
}

pub(crate) fn run(n: u64) -> Result<Measured, Failure> {
    let stream = stream(n);
    let (mut ours, mut limit) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..TURNS {
        let began = Instant::now();
        let events = decode(stream.as_bytes())?;
        ours += began.elapsed();
        let began = Instant::now();
        let lines = split(stream.as_bytes());
        limit += began.elapsed();
        if (events, lines) != (n + 1, 2 * n + 4) {
            return Err(Wrong(format!("{events} events, {lines} lines")).into());
        }
    }
    let megabytes = stream.len() as f64 * f64::from(TURNS) / 1e6;
    let (rate, limit) = (
        megabytes / ours.as_secs_f64(),
        megabytes / limit.as_secs_f64(),
    );
    let measured = Measured {
        wall: ours,
        ..Measured::default()
    };
    Ok(measured
        .noted("mb_per_s", rate)
        .noted("limit_mb_per_s", limit)
        .noted("of_limit", rate / limit))
}

fn decode(stream: &[u8]) -> Result<u64, Failure> {
    let mut decoder = SseDecoder::new(EVENT_BYTES_MAX);
    let mut events = 0;
    for chunk in stream.chunks(CHUNK_BYTES) {
        decoder.feed(chunk, |event| {
            black_box(event.data);
            events += 1;
        })?;
    }
    Ok(events)
}

fn split(stream: &[u8]) -> u64 {
    let chunks = stream.chunks(CHUNK_BYTES);
    let lines = chunks.map(|chunk| memchr::memchr_iter(b'\n', chunk).map(black_box).count());
    lines.sum::<usize>() as u64
}
