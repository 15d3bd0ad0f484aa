//! What was spent, per project and per thread, kept in a store.
//!
//! Counts, and nothing else: how much may be spent, and what happens then, is the layer
//! `Budget`'s business.

mod book;
mod own_rows;
mod scope;
mod shelf;
mod writer;

pub use book::Ledger;
pub use scope::BudgetScope;
