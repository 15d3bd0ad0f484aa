//! The library as its users see it: graphs that run on the memory store.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

mod changed_graph;
mod effects;
mod interrupts;
mod leases;
mod limits;
mod recovery;
mod retry;
mod sends;
mod streaming;
mod subgraphs;
mod supersteps;
mod ui;
