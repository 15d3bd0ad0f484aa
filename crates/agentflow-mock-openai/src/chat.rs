//! `POST /v1/chat/completions`: asks the model, and tells what it says, whole or as it says it.

use std::convert::Infallible;
use std::sync::Arc;

use agentflow_llm::ReplyStream;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};

use crate::refusal::Refusal;
use crate::seen::label_of;
use crate::server::Mock;
use crate::wire::{Chunks, Delivery, Field, Head, WireRequest, parsed, whole_reply};

/// The last of every stream, instead of a chunk.
const DONE: &str = "[DONE]";

pub(crate) async fn complete(
    State(mock): State<Arc<Mock>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let label = label_of(&headers);
    let WireRequest {
        mut request,
        model,
        delivery,
    } = WireRequest::read(&Field::of(&parsed(&body)?))?;
    let head = Head::of(model, &body, label.as_deref());
    request.label = label;
    let answer = async {
        match delivery {
            Delivery::Whole => {
                let reply = mock.model.complete(request).await?;
                Ok(Json(whole_reply(&head, &reply)).into_response())
            }
            Delivery::Streamed(usage) => {
                let reply = mock.model.stream(request).await?;
                Ok(streamed(&mock, Chunks::new(head, usage), reply))
            }
        }
    };
    tokio::select! {
        answer = answer => answer.map_err(|error| Refusal::from(&error)),
        () = mock.stop.cancelled() => Err(Refusal::stopping()),
    }
}

fn streamed(mock: &Mock, mut chunks: Chunks, reply: ReplyStream) -> Response {
    let events = reply
        .flat_map(move |event| stream::iter(chunks.of(event)))
        .map(|chunk| chunk.to_string())
        .chain(stream::iter([DONE.to_owned()]))
        .map(|data| Ok::<_, Infallible>(Event::default().data(data)))
        .take_until(mock.stop.clone().cancelled_owned());
    Sse::new(events).into_response()
}
