//! Futures that run side by side. A lone one, the common case, is polled where it
//! lies; only a second one makes them a [`FuturesUnordered`].

use std::future::Future;
use std::task::{Context, Poll, ready};

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

/// Futures that run side by side.
#[derive(Debug)]
pub(super) struct Crowd<F> {
    lone: Option<F>,
    more: FuturesUnordered<F>,
}

impl<F: Future + Unpin> Crowd<F> {
    pub(super) fn new() -> Self {
        Self {
            lone: None,
            more: FuturesUnordered::new(),
        }
    }

    pub(super) fn push(&mut self, future: F) {
        match self.lone.take() {
            None if self.more.is_empty() => self.lone = Some(future),
            lone => {
                self.more.extend(lone);
                self.more.push(future);
            }
        }
    }

    /// Drops them all.
    pub(super) fn clear(&mut self) {
        self.lone = None;
        self.more.clear();
    }

    /// The next one that is ready; `None` if there are none.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let Some(lone) = &mut self.lone else {
            // Asking an empty one costs a registered waker.
            return if self.more.is_empty() {
                Poll::Ready(None)
            } else {
                self.more.poll_next_unpin(cx)
            };
        };
        let output = ready!(lone.poll_unpin(cx));
        self.lone = None;
        Poll::Ready(Some(output))
    }
}
