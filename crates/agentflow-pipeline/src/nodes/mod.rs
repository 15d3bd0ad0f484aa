//! The steps of the code agent. Each does one thing, tells it, and looks first
//! whether its effect is there already.

mod analyse;
mod baseline;
mod checks;
mod clarify;
mod feedback;
mod give_up;
mod issue;
mod merge;
mod plan;
mod publish;
mod pull_request;
mod report;
mod retry;
mod verify;

pub(crate) use analyse::Analyse;
pub(crate) use baseline::Baseline;
pub(crate) use checks::WaitForChecks;
pub(crate) use clarify::Clarify;
pub(crate) use feedback::{address_feedback, after_review};
pub(crate) use give_up::GiveUp;
pub(crate) use issue::ParseIssue;
pub(crate) use merge::{ApproveMerge, Merge};
pub(crate) use plan::{ApprovePlan, MakePlan};
pub(crate) use publish::Publish;
pub(crate) use pull_request::OpenPullRequest;
pub(crate) use report::Report;
pub(crate) use retry::{model_retry, network_retry};
pub(crate) use verify::Verify;
