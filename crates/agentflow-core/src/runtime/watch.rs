//! Events on their way to whoever watches a run.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::channel::mpsc;
use futures::future::BoxFuture;
use futures::{FutureExt, SinkExt, Stream, StreamExt};

use super::outcome::Outcome;
use crate::error::RunError;
use crate::id::{Namespace, Step};
use crate::stream::{StreamEvent, StreamKind, StreamModes};

/// Events that may wait for their watcher; a run that is further ahead waits.
const UNREAD_MAX: usize = 256;

/// The sending end, shared by a run and the graphs inside of it.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    pub(super) modes: StreamModes,
    sender: mpsc::Sender<StreamEvent>,
}

impl Watch {
    /// Sends an event; one that nobody reads any more is dropped.
    pub(super) async fn send(&self, namespace: &Namespace, step: Step, kind: StreamKind) {
        let event = StreamEvent {
            namespace: namespace.clone(),
            step,
            kind,
        };
        let _ = self.sender.clone().send(event).await;
    }
}

pub(super) fn channel(modes: StreamModes) -> (Watch, mpsc::Receiver<StreamEvent>) {
    let (sender, events) = mpsc::channel(UNREAD_MAX);
    (Watch { modes, sender }, events)
}

/// A run and its events. It advances only while it is polled.
#[must_use = "a run advances only while its stream is polled"]
pub struct RunStream<'a, S> {
    run: Option<BoxFuture<'a, Result<Outcome<S>, RunError>>>,
    outcome: Option<Result<Outcome<S>, RunError>>,
    events: mpsc::Receiver<StreamEvent>,
}

impl<'a, S> RunStream<'a, S> {
    pub(super) fn new(
        run: BoxFuture<'a, Result<Outcome<S>, RunError>>,
        events: mpsc::Receiver<StreamEvent>,
    ) -> Self {
        Self {
            run: Some(run),
            outcome: None,
            events,
        }
    }

    /// Runs to the end, dropping the events that were not read.
    ///
    /// # Errors
    /// As the call would that runs without a stream.
    pub async fn outcome(mut self) -> Result<Outcome<S>, RunError>
    where
        S: Unpin,
    {
        while self.next().await.is_some() {}
        match self.outcome.take() {
            Some(outcome) => outcome,
            None => unreachable!("events end after the run has come to its outcome"),
        }
    }
}

impl<S: Unpin> Stream for RunStream<'_, S> {
    type Item = StreamEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<StreamEvent>> {
        if let Some(run) = &mut self.run
            && let Poll::Ready(outcome) = run.poll_unpin(cx)
        {
            self.outcome = Some(outcome);
            self.run = None;
        }
        match self.events.poll_next_unpin(cx) {
            // A node may have left a context behind, which could still send.
            Poll::Pending if self.run.is_none() => Poll::Ready(None),
            // The run lets go of its watch before it has come to its outcome.
            Poll::Ready(None) if self.run.is_some() => Poll::Pending,
            polled => polled,
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for RunStream<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunStream")
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use futures::executor::block_on;
    use futures::future::poll_fn;

    use super::*;

    /// Lets the stream be polled once more before the run goes on.
    async fn pause() {
        let mut paused = false;
        poll_fn(move |cx| {
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut paused, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    #[test]
    fn a_run_that_lets_go_of_its_watch_early_still_comes_to_its_outcome() {
        let (watch, events) = channel(StreamModes::ALL);
        let run = async move {
            drop(watch);
            pause().await;
            Ok(Outcome::Done(7))
        };
        let stream = RunStream::new(Box::pin(run), events);
        assert_eq!(block_on(stream.outcome()).unwrap(), Outcome::Done(7));
    }

    #[test]
    fn a_watch_that_outlives_its_run_does_not_keep_the_stream_open() {
        let (watch, events) = channel(StreamModes::ALL);
        let stream = RunStream::new(Box::pin(async { Ok(Outcome::Done(7)) }), events);
        assert_eq!(block_on(stream.outcome()).unwrap(), Outcome::Done(7));
        drop(watch);
    }
}
