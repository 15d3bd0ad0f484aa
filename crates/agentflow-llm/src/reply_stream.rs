//! A reply while it is being written.
//!
//! Says what came and ends with the whole. How it comes over a wire is `openai`'s business.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};

use crate::{ChatReply, InvalidReply, ModelError};

/// What happens while a model writes its reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReplyEvent {
    /// It said more.
    Text {
        /// The words that are new.
        delta: String,
    },
    /// It reasoned more, as far as its provider shows that.
    Reasoning {
        /// The words that are new.
        delta: String,
    },
    /// It begins to call a tool; the arguments follow.
    ToolCall {
        /// Which of the reply's calls, from 0.
        index: usize,
        /// The call's id.
        id: String,
        /// The tool's name.
        name: String,
    },
    /// It wrote more of the arguments of a call that it has begun.
    Arguments {
        /// Which of the reply's calls, from 0.
        index: usize,
        /// The part of the raw JSON that is new.
        delta: String,
    },
    /// It has finished. The last event of every stream that does not fail.
    Done {
        /// All of the reply.
        reply: ChatReply,
    },
}

/// A reply that is being written: its events, the last of which is the whole reply.
///
/// Ends after [`ReplyEvent::Done`], and after an error. Dropping it stops the model.
///
/// ```
/// # async fn demo() -> Result<(), agentflow_llm::ModelError> {
/// use agentflow_llm::{ChatModel, ChatRequest, ReplyEvent, ScriptedModel};
///
/// let model = ScriptedModel::replies(["It is sunny."]);
/// let mut reply = model.stream(ChatRequest::user("How is the weather?")).await?;
/// let mut said = String::new();
/// while let Some(event) = reply.next().await {
///     match event? {
///         ReplyEvent::Text { delta } => said += &delta, // show it
///         ReplyEvent::Done { reply } => assert_eq!(reply.text(), said),
///         _ => {}
///     }
/// }
/// assert_eq!(said, "It is sunny.");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[must_use = "a reply is written only while it is read"]
pub struct ReplyStream {
    /// An event that was read to see that the reply has begun.
    ahead: Option<Result<ReplyEvent, ModelError>>,
    /// `None` once it has ended.
    rest: Option<BoxStream<'static, Result<ReplyEvent, ModelError>>>,
}

impl ReplyStream {
    /// A reply with these events. What comes after the first error or
    /// [`ReplyEvent::Done`] is not read; where neither comes, the end is an error.
    pub fn new(
        events: impl Stream<Item = Result<ReplyEvent, ModelError>> + Send + 'static,
    ) -> Self {
        Self {
            ahead: None,
            rest: Some(events.boxed()),
        }
    }

    /// A reply that is already whole, as the events that it could have come with.
    pub fn of(reply: ChatReply) -> Self {
        let mut events = events_of(&reply, |text| vec![text]);
        events.push(ReplyEvent::Done { reply });
        Self::new(stream::iter(events.into_iter().map(Ok)))
    }

    /// Waits until the model has said something, if only that it has finished.
    ///
    /// # Errors
    /// That of a reply which fails before; [`ChatModel::stream`](crate::ChatModel::stream)
    /// has to tell it as its own.
    ///
    /// # Cancel safety
    /// Dropping it stops the model.
    pub async fn begun(mut self) -> Result<Self, ModelError> {
        match self.next().await {
            Some(Err(error)) => Err(error),
            ahead => {
                self.ahead = ahead;
                Ok(self)
            }
        }
    }

    /// The same events, and keeps `guard` until the last of them, or until it is dropped.
    pub(crate) fn holding(self, guard: impl Send + 'static) -> Self {
        Self::new(self.inspect(move |_| {
            let _ = &guard;
        }))
    }

    /// The next event; `None` at the end.
    ///
    /// # Cancel safety
    /// Nothing is lost if it is dropped.
    pub async fn next(&mut self) -> Option<Result<ReplyEvent, ModelError>> {
        StreamExt::next(self).await
    }

    /// Reads to the end and gives the whole reply.
    ///
    /// # Errors
    /// That of the stream; [`InvalidReply::Unfinished`] if the model stopped before it had
    /// finished, or if the end was read before.
    pub async fn into_reply(mut self) -> Result<ChatReply, ModelError> {
        while let Some(event) = self.next().await {
            if let ReplyEvent::Done { reply } = event? {
                return Ok(reply);
            }
        }
        Err(unfinished())
    }
}

/// What came before the end of a reply, with its text in such parts.
pub(crate) fn events_of(
    reply: &ChatReply,
    parts: impl FnOnce(&str) -> Vec<&str>,
) -> Vec<ReplyEvent> {
    let texts = parts(reply.text()).into_iter();
    let texts = texts.filter(|delta| !delta.is_empty()).map(str::to_owned);
    let mut events: Vec<_> = texts.map(|delta| ReplyEvent::Text { delta }).collect();
    for (index, call) in reply.message.tool_calls.iter().enumerate() {
        events.push(ReplyEvent::ToolCall {
            index,
            id: call.id.clone(),
            name: call.name.clone(),
        });
        if !call.arguments.is_empty() {
            let delta = call.arguments.clone();
            events.push(ReplyEvent::Arguments { index, delta });
        }
    }
    events
}

fn unfinished() -> ModelError {
    ModelError::InvalidReply {
        address: "the model".into(),
        problem: InvalidReply::Unfinished,
    }
}

impl Stream for ReplyStream {
    type Item = Result<ReplyEvent, ModelError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let reply = &mut *self;
        if let Some(event) = reply.ahead.take() {
            return Poll::Ready(Some(event));
        }
        let Some(rest) = &mut reply.rest else {
            return Poll::Ready(None);
        };
        let event = std::task::ready!(rest.poll_next_unpin(cx));
        let event = event.unwrap_or_else(|| Err(unfinished()));
        if matches!(event, Err(_) | Ok(ReplyEvent::Done { .. })) {
            reply.rest = None;
        }
        Poll::Ready(Some(event))
    }
}

impl fmt::Debug for ReplyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyStream")
            .field("has_ended", &self.rest.is_none())
            .finish_non_exhaustive()
    }
}
