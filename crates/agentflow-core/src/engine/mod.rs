//! The pure machine that runs a plan in supersteps.
//!
//! It is told what happened ([`Input`]) and asked what to do ([`Action`]). It
//! never reads a clock, draws a random number, encodes, or waits; whoever drives
//! it does. Poll it until it says `None` after each input. Every action is
//! emitted at most once, and nothing comes after [`Action::Finish`].

mod action;
mod apply;
mod close;
mod failure;
mod machine;
mod persist;
mod prepare;
mod route;
mod settle;
mod slot;
mod start;
mod superstep;
#[cfg(test)]
mod tests;

pub(crate) use action::{
    Action, Emission, End, Input, RunTask, Save, Saved, Scheduled, Start, StartFrom, Transition,
};
use machine::Phase;
pub(crate) use machine::{Engine, Settings};
