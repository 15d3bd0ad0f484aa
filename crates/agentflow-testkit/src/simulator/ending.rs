//! What a run says when it has ended, held against what the store has.

use agentflow_core::{CompiledGraph, Interrupt, Outcome, PauseReason, RunError, WaitsFor};
use futures::FutureExt;

use super::client::{THREAD, look};
use super::state::SimState;
use super::violation::Violation;
use super::world::{RunId, World};

/// What a run came to.
#[derive(Debug)]
pub(super) enum Ended {
    Outcome(Box<Outcome<SimState>>),
    /// There was no thread to go on with.
    NobodyDue,
    Edited,
}

/// Whether what a run said when it ended well is what the store has.
///
/// # Errors
/// What differs.
pub(super) fn check_end(
    world: &World,
    graph: &CompiledGraph<SimState>,
    run: RunId,
    outcome: &Outcome<SimState>,
) -> Result<(), Violation> {
    // Somebody else may have gone on meanwhile.
    if !world.lock().holds_lease(run) {
        return Ok(());
    }
    let wrong = |said: String, stored: String| Err(Violation::WrongEnd { run, said, stored });
    let stands = match look(graph) {
        Ok(Some(stands)) => stands,
        other => return wrong(format!("{outcome:?}"), format!("{other:?}")),
    };
    let (state, asked) = match outcome {
        Outcome::Done(state) => (state, Vec::new()),
        Outcome::Interrupted { state, .. } => (state, outcome.interrupts()),
    };
    let is_done = asked.is_empty();
    if *state != stands.values || is_done != stands.next.is_empty() {
        let stored = format!("{:?} before {:?}", stands.values, stands.next);
        return wrong(format!("{outcome:?}"), stored);
    }
    for pause in asked.iter().filter(|asked| asked.is_pause()) {
        check_pause(world, run, pause, stands.checkpoint)?;
    }
    let ids = |asked: Vec<&Interrupt>| {
        let asked = asked.into_iter().filter(|asked| !asked.is_pause());
        let mut ids: Vec<_> = asked.map(|asked| asked.id.clone()).collect();
        ids.sort();
        ids
    };
    // Those with an answer are asked again only if no other is open.
    let (asked, open) = (ids(asked), ids(stands.interrupts.iter().collect()));
    if asked != open {
        return wrong(format!("asking {asked:?}"), format!("{open:?} open"));
    }
    Ok(())
}

/// A run pauses by itself only if it was asked to, and at a breakpoint only once.
fn check_pause(
    world: &World,
    run: RunId,
    pause: &Interrupt,
    checkpoint: agentflow_core::CheckpointId,
) -> Result<(), Violation> {
    let world = world.lock();
    let note = &world.runs[run as usize];
    if let WaitsFor::Proceed(PauseReason::Drained(_)) = pause.waits_for
        && note.control.is_asked()
    {
        return Ok(());
    }
    let id = pause.id.as_str();
    let mut breaks = world.witness.breaks.iter();
    if !breaks.any(|(namespace, _, known)| *namespace == pause.namespace && known == id) {
        return Err(Violation::WrongEnd {
            run,
            said: format!("{pause:?}"),
            stored: "no pause".to_owned(),
        });
    }
    let told_since = world.witness.told_breaks.get(&(checkpoint, id.to_owned()));
    let is_old = |since: &u64| note.loaded_at.is_some_and(|loaded| *since <= loaded);
    if told_since.is_some_and(is_old) {
        let pause = id.to_owned();
        return Err(Violation::PausedAgain {
            run,
            pause,
            checkpoint,
        });
    }
    Ok(())
}

/// Holds the graph against what the thread has recorded.
///
/// # Errors
/// If it would go another way, or if something was not recorded.
pub(super) fn verify(
    graph: &CompiledGraph<SimState>,
    must_be_whole: bool,
) -> Result<(), Violation> {
    let thread = graph.thread(THREAD);
    let verified = thread.verify().now_or_never();
    let verified = verified.expect("whoever only looks does not wait");
    let how = match verified {
        // Nothing is there yet.
        Err(RunError::EmptyThread { .. }) => return Ok(()),
        Ok(verified) => match verified.divergence {
            Some(divergence) => format!("{divergence:?}"),
            None if must_be_whole && verified.unrecorded > 0 => {
                format!("{} supersteps are not recorded", verified.unrecorded)
            }
            None => return Ok(()),
        },
        Err(error) => error.to_string(),
    };
    Err(Violation::NotVerified { how })
}
