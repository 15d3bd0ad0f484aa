//! The pure machine that runs a plan in supersteps.
//!
//! It is told what happened ([`Input`]) and asked what to do ([`Action`]). It
//! never reads a clock, draws a random number, encodes, or waits; whoever drives
//! it does. Poll it until it says `None` after each input. Every action is
//! emitted at most once, and nothing comes after [`Action::Finish`].

mod action;
mod alone;
mod apply;
mod close;
mod dataflow;
mod edit;
mod exits;
mod failure;
mod lane;
mod machine;
mod persist;
mod prepare;
mod route;
mod settle;
mod slot;
mod start;
mod stop;
mod superstep;
#[cfg(test)]
mod tests;

pub(crate) use action::{
    Action, Beside, Edit, EditKind, Emission, End, Finished, Input, Resumption, RunExtra, RunTask,
    Save, Saved, Scheduled, ScheduledExtra, Start, StartFrom, TaskEnd, Transition, WakeOn,
};
pub(crate) use apply::{guarded, panic_message};
use machine::Phase;
pub(crate) use machine::{Breakpoints, Engine, Settings};
