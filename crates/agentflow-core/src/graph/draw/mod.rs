//! Drawings of a [`GraphDescription`](super::GraphDescription): for GitHub and
//! editors, for graphviz, for a terminal. They know nothing but the description.

mod ascii;
mod caption;
mod dot;
mod mermaid;
mod outline;
mod plan;
