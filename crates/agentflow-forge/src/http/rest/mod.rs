//! The REST endpoints, a file per subject. What is not here answers 404 and says so.

mod branches;
mod checks;
mod comments;
mod commits;
mod contents;
mod deliveries;
mod fields;
mod general;
mod hooks;
mod issues;
mod labels;
mod merges;
mod pull_content;
mod pulls;
mod requested_reviewers;
mod review_comments;
mod reviews;
mod routes;

pub(super) use self::routes::routes;
