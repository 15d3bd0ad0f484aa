//! Starts children, disturbs them, and gathers what they leave for the judge.

mod campaign;
mod disk;
mod disturbance;
mod gather;
mod network;
mod plan;
mod process;
mod report;
mod server;
mod service;
mod trial;

pub use campaign::{Campaign, CampaignError, Progress, run};
pub use disturbance::{Disturbance, Kind};
pub use plan::Schedule;
pub use report::{Failure, Report};
