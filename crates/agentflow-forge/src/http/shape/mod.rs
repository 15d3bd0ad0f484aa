//! How rows and commits look on the wire, field by field as GitHub's schemas require.
//!
//! Pure: nothing here reads a row or asks git.

mod check;
mod commit;
mod content;
mod hook;
mod issue;
mod links;
mod object;
mod protection;
mod pull;
mod repository;
mod review;
mod user;
mod workflow;

pub(super) use self::check::{
    annotation, brief_status, check_run, check_suite, combined_status, status, suite_id,
};
pub(super) use self::commit::{branch, commit, diff_entry, short_branch};
pub(super) use self::content::content;
pub(super) use self::hook::{delivery, full_delivery, hook, hook_config};
pub(super) use self::issue::{event, issue, issue_comment, label};
pub(super) use self::links::Links;
pub(super) use self::object::{git_commit, git_object, git_ref, signed, tree, unsigned};
pub(super) use self::protection::{protection, rules};
pub(super) use self::pull::{PullDetails, pull, pull_minimal, with_details};
pub(super) use self::repository::{full_repository, minimal_repository, repository};
pub(super) use self::review::{review, review_comment, thread_id};
pub(super) use self::user::{merge, private_user, user};
pub(super) use self::workflow::{job, workflow_run};
