//! Pull requests: opening, reviewing, merging.

mod branch_name;
mod codeowners;
mod decision;
mod merge;
mod pull_request;
mod pull_requests;
mod readiness;
mod review;
mod reviewers;
mod reviews;
mod template;
mod threads;

pub use branch_name::agent_branch;
pub use codeowners::{Codeowners, Owner};
pub use decision::ReviewDecision;
pub use merge::{MergeMethod, Merged};
pub use pull_request::{
    FileStatus, NewPullRequest, PullRequest, PullRequestFile, PullRequestSide, PullRequestState,
    PullRequestUpdate,
};
pub use review::{
    DiffSide, NewReview, NewReviewComment, Review, ReviewComment, ReviewEvent, ReviewState,
};
pub use reviewers::{RequestedReviewers, Team};
pub use template::{PullRequestTemplate, PullRequestText};
pub use threads::{ReviewThread, ThreadComment};
