//! Any bytes, cut anywhere: the decoder never panics, keeps no more than it may, and gives the
//! same events as for the same bytes in one piece.
#![no_main]

use agentflow_llm::{EventTooLarge, SseDecoder};
use libfuzzer_sys::fuzz_target;

const EVENT_BYTES_MAX: usize = 64;

type Events = (Vec<(Vec<u8>, Vec<u8>)>, Result<(), EventTooLarge>);

fn events<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Events {
    let mut decoder = SseDecoder::new(EVENT_BYTES_MAX);
    let mut seen = Vec::new();
    for chunk in chunks {
        let fed = decoder.feed(chunk, |event| {
            assert!(event.data.len() <= EVENT_BYTES_MAX);
            assert!(event.kind.len() <= EVENT_BYTES_MAX);
            seen.push((event.kind.to_vec(), event.data.to_vec()));
        });
        if fed.is_err() {
            return (seen, fed);
        }
    }
    let end = decoder.finish(|event| seen.push((event.kind.to_vec(), event.data.to_vec())));
    (seen, end)
}

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (stream, sizes) = input;
    let mut rest = &stream[..];
    let mut chunks = Vec::new();
    for size in sizes {
        let (chunk, behind) = rest.split_at(usize::from(size).min(rest.len()));
        chunks.push(chunk);
        rest = behind;
    }
    chunks.push(rest);
    assert_eq!(events(chunks), events([&stream[..]]));
});
