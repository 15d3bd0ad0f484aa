//! Tells whether code runs in a task of an entrypoint, by what is being polled on this
//! machine thread. What a task spawns elsewhere is not seen.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;

thread_local! {
    /// The entrypoints whose tasks are being polled, outermost first.
    static POLLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Runs a task of the entrypoint run `entry`.
pub(super) async fn run_inside<Fut: Future>(
    entry: usize,
    task: impl FnOnce() -> Fut,
) -> Fut::Output {
    let mut running = pin!(within(entry, task));
    poll_fn(|cx| within(entry, || running.as_mut().poll(cx))).await
}

/// Whether a task of this entrypoint run is being polled.
pub(super) fn is_inside(entry: usize) -> bool {
    POLLED.with_borrow(|polled| polled.contains(&entry))
}

fn within<T>(entry: usize, work: impl FnOnce() -> T) -> T {
    POLLED.with_borrow_mut(|polled| polled.push(entry));
    // Also when the task panics.
    let _leave = Leave;
    work()
}

struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        POLLED.with_borrow_mut(Vec::pop);
    }
}
