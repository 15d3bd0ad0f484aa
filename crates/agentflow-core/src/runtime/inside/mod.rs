//! A graph that runs as a task of another: in a namespace of its own, under the outer
//! run's lease.

mod begin;
mod give_back;
mod memory;
mod run;

pub(super) use memory::heads_inside;
