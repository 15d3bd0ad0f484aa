//! Pull requests: opening, reviewing, merging.

mod merge;
mod pull_request;
mod pull_requests;
mod review;
mod reviews;

pub use merge::{MergeMethod, Merged};
pub use pull_request::{
    FileStatus, NewPullRequest, PullRequest, PullRequestFile, PullRequestSide, PullRequestState,
    PullRequestUpdate,
};
pub use review::{
    DiffSide, NewReview, NewReviewComment, Review, ReviewComment, ReviewEvent, ReviewState,
};
