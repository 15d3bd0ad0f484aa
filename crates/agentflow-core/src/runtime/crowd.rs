//! Futures that run side by side. One that is ready when it is first polled, the common
//! case, costs nothing more; only those that wait beside others enter a
//! [`FuturesUnordered`].

use std::collections::VecDeque;
use std::future::Future;
use std::task::{Context, Poll, ready};

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

/// Futures that run side by side.
#[derive(Debug)]
pub(super) struct Crowd<F> {
    /// Not polled yet.
    fresh: VecDeque<F>,
    /// The only one that waits.
    lone: Option<F>,
    /// Those that are not polled yet come before it, once.
    lone_goes_last: bool,
    /// Made when it is needed, which costs something.
    more: Option<FuturesUnordered<F>>,
}

impl<F: Future + Unpin> Crowd<F> {
    pub(super) fn new() -> Self {
        Self {
            fresh: VecDeque::new(),
            lone: None,
            lone_goes_last: false,
            more: None,
        }
    }

    pub(super) fn push(&mut self, future: F) {
        self.fresh.push_back(future);
    }

    /// Adds the first one, which has had its turn but was not ready.
    pub(super) fn push_polled(&mut self, future: F) {
        debug_assert!(self.is_empty());
        self.lone = Some(future);
        self.lone_goes_last = true;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.lone.is_none() && self.has_no_more()
    }

    /// Takes out all that are not done.
    pub(super) fn take(&mut self) -> Vec<F> {
        let more = self.more.take().into_iter().flatten();
        self.lone.take().into_iter().chain(more).collect()
    }

    /// Drops them all.
    pub(super) fn clear(&mut self) {
        self.fresh.clear();
        self.lone = None;
        self.more = None;
    }

    /// The next one that is ready; `None` if there are none.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        self.poll_next_or(cx, || None)
    }

    /// As [`Crowd::poll_next`], with more of them that `start` makes when it is their turn.
    pub(super) fn poll_next_or(
        &mut self,
        cx: &mut Context<'_>,
        mut start: impl FnMut() -> Option<F>,
    ) -> Poll<Option<F::Output>> {
        let goes_last = std::mem::take(&mut self.lone_goes_last);
        if !goes_last && let Poll::Ready(output) = self.poll_lone(cx) {
            return Poll::Ready(Some(output));
        }
        while let Some(mut future) = self.fresh.pop_front().or_else(&mut start) {
            if let Poll::Ready(output) = future.poll_unpin(cx) {
                return Poll::Ready(Some(output));
            }
            if self.lone.is_none() && self.has_no_more() {
                self.lone = Some(future);
            } else {
                let more = self.more.get_or_insert_default();
                more.extend(self.lone.take());
                more.push(future);
            }
        }
        // Asking an empty one costs a registered waker.
        match (
            &self.lone,
            self.more.as_mut().filter(|more| !more.is_empty()),
        ) {
            (Some(_), None) if goes_last => self.poll_lone(cx).map(Some),
            (Some(_), None) => Poll::Pending,
            (None, None) => Poll::Ready(None),
            (_, Some(more)) => more.poll_next_unpin(cx),
        }
    }

    fn has_no_more(&self) -> bool {
        self.more.as_ref().is_none_or(FuturesUnordered::is_empty)
    }

    fn poll_lone(&mut self, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(lone) = &mut self.lone else {
            return Poll::Pending;
        };
        let output = ready!(lone.poll_unpin(cx));
        self.lone = None;
        Poll::Ready(output)
    }
}
