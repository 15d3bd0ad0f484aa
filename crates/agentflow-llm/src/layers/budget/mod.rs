//! Spends only so much, over all runs of a thread and of a project.

mod alert;
mod call;
mod layer;
mod on_the_way;
mod policy;
mod terms;

pub use alert::{BudgetAlert, BudgetUnit};
pub use layer::Budget;
pub use policy::{BudgetPolicy, SpendLimits};
