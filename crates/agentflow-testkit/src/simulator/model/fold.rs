//! What becomes of a state under what tasks wrote.

use super::super::state::SimState;
use super::super::task::Reply;

/// The state with what tasks wrote, in their order, after their superstep.
pub(super) fn folded<'a>(
    before: &SimState,
    replies: impl IntoIterator<Item = &'a Reply>,
) -> SimState {
    let mut state = written(before, replies);
    // It was for this superstep; what its tasks wrote is for the next.
    if state.1.is_none() {
        state.0.flash = None;
    }
    state.0
}

/// What a router sees: the state before the superstep with its node's own writes.
pub(super) fn seen_by_router(before: &SimState, reply: &Reply) -> SimState {
    written(before, [reply]).0
}

/// The state and what was flashed.
fn written<'a>(
    before: &SimState,
    replies: impl IntoIterator<Item = &'a Reply>,
) -> (SimState, Option<String>) {
    let mut state = before.clone();
    let (mut overwritten, mut flash) = (None, None);
    for reply in replies {
        if reply.overwrites {
            overwritten = Some(reply.lines.clone());
        }
        state.log.extend(reply.lines.iter().cloned());
        state.count += reply.count;
        if let Some(last) = &reply.last {
            state.last.clone_from(last);
        }
        if let Some(note) = &reply.note {
            state.note.clone_from(note);
        }
        if reply.flash.is_some() {
            flash.clone_from(&reply.flash);
            state.flash.clone_from(&reply.flash);
        }
    }
    if let Some(lines) = overwritten {
        state.log = lines;
    }
    (state, flash)
}

/// What the nodes of a graph wrote that works on the state of the one around it, as one
/// reply: `after` is the state that it came to.
pub(super) fn delta(replies: &[Reply], after: &SimState) -> Reply {
    let overwrites = replies.iter().any(|reply| reply.overwrites);
    let mut delta = Reply {
        overwrites,
        ..Reply::default()
    };
    for reply in replies {
        delta.lines.extend(reply.lines.iter().cloned());
        delta.count += reply.count;
        delta.last = reply.last.clone().or(delta.last);
        delta.note = reply.note.clone().or(delta.note);
    }
    if overwrites {
        delta.lines.clone_from(&after.log);
    }
    delta
}
