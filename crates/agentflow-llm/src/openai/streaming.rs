//! Reads a reply while it comes over the wire.

use std::collections::VecDeque;

use futures::stream;
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;

use super::assembly::Assembly;
use super::fault::Asked;
use super::server::{Server, header};
use super::wire_chunk::WireChunk;
use super::wire_reply::WireReply;
use crate::{
    ChatRequest, EventTooLarge, InvalidReply, ModelError, ReplyEvent, ReplyStream, SseDecoder,
};

/// What a server sends as the last of a stream, instead of a chunk.
const DONE: &[u8] = b"[DONE]";

/// The reply that this answer holds. Some servers, and some proxies, do not stream although
/// they are asked to.
pub(super) async fn reply(
    server: Server,
    asked: Asked,
    response: Response,
    request: ChatRequest,
) -> Result<ReplyStream, ModelError> {
    let content_type = header(response.headers(), CONTENT_TYPE.as_str());
    if content_type.is_none_or(|kind| !kind.starts_with("text/event-stream")) {
        let whole: WireReply = server.whole_in_time(&asked.model, response).await?;
        let reply = whole.into_answer(&server, asked, &request)?;
        return Ok(ReplyStream::of(reply));
    }
    let reading = Reading {
        decoder: SseDecoder::new(server.reply_bytes_max),
        response,
        reply: Incoming {
            server,
            asked,
            request,
            assembly: Assembly::default(),
            ready: VecDeque::new(),
            is_over: false,
        },
    };
    let events = stream::unfold(reading, |mut reading| async {
        let event = reading.next().await;
        Some((event, reading))
    });
    ReplyStream::new(events).begun().await
}

/// The way from bytes to events.
struct Reading {
    response: Response,
    decoder: SseDecoder,
    reply: Incoming,
}

impl Reading {
    async fn next(&mut self) -> Result<ReplyEvent, ModelError> {
        loop {
            if let Some(event) = self.reply.ready.pop_front() {
                return event;
            }
            let Incoming { server, asked, .. } = &self.reply;
            let bytes = server.next_bytes(&asked.model, &mut self.response).await;
            let fed = match bytes {
                Ok(Some(bytes)) => self
                    .decoder
                    .feed(&bytes, |event| self.reply.take(event.data)),
                Ok(None) => {
                    let fed = self.decoder.finish(|event| self.reply.take(event.data));
                    let cut_off = self.reply.server.invalid(InvalidReply::Unfinished);
                    fed.map(|()| self.reply.hung_up(cut_off))
                }
                Err(error) => {
                    self.reply.hung_up(error);
                    Ok(())
                }
            };
            if let Err(EventTooLarge { bytes_max }) = fed {
                self.reply.fail_for(InvalidReply::TooLarge { bytes_max });
            }
        }
    }
}

/// A reply of which some events have come.
struct Incoming {
    server: Server,
    asked: Asked,
    request: ChatRequest,
    assembly: Assembly,
    /// What nobody has read yet. The last is `Done` or an error once `is_over`.
    ready: VecDeque<Result<ReplyEvent, ModelError>>,
    is_over: bool,
}

impl Incoming {
    /// Takes in the data of one event.
    fn take(&mut self, data: &[u8]) {
        if self.is_over {
            return;
        }
        if data == DONE {
            return self.end();
        }
        let chunk: WireChunk = match serde_json::from_slice(data) {
            Ok(chunk) => chunk,
            Err(source) => return self.fail_for(InvalidReply::Shape { source }),
        };
        let (assembly, ready) = (&mut self.assembly, &mut self.ready);
        if let Err(said) = assembly.add(chunk, |event| ready.push_back(Ok(event))) {
            let asked = self.asked.clone().or_id(self.assembly.id.clone());
            let error = self.server.refused(&said, asked);
            return self.fail(error);
        }
        let bytes_max = self.server.reply_bytes_max;
        if self.assembly.bytes() > bytes_max {
            self.fail_for(InvalidReply::TooLarge { bytes_max });
        }
    }

    /// No more bytes come.
    fn hung_up(&mut self, error: ModelError) {
        // Some servers end as soon as the model has said that it is done.
        if self.assembly.is_finished() {
            self.end();
        } else {
            self.fail(error);
        }
    }

    fn end(&mut self) {
        if !self.assembly.has_begun() {
            return self.fail_for(InvalidReply::NoChoice);
        }
        let reply =
            std::mem::take(&mut self.assembly).into_reply(self.asked.clone(), &self.request);
        self.finish_with(Ok(ReplyEvent::Done { reply }));
    }

    fn fail_for(&mut self, problem: InvalidReply) {
        let error = self.server.invalid(problem);
        self.fail(error);
    }

    fn fail(&mut self, error: ModelError) {
        self.finish_with(Err(error));
    }

    fn finish_with(&mut self, last: Result<ReplyEvent, ModelError>) {
        if !std::mem::replace(&mut self.is_over, true) {
            self.ready.push_back(last);
        }
    }
}
