//! Starts children, disturbs them, and gathers what they leave for the judge.

mod campaign;
mod disk;
mod gather;
mod plan;
mod process;
mod report;
mod service;
mod trial;

pub use campaign::{Campaign, CampaignError, Progress, run};
pub use plan::{Disturbance, Schedule};
pub use report::{Failure, Report};
