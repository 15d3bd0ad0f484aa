//! The rules of pull requests: opening, following branches, reviewing, judging, merging, healing.
//!
//! It speaks of rows and commits; how they look on the wire is `http`'s business.

mod closing;
mod compare;
mod heal;
mod judge;
mod merge;
mod open;
mod plan;
mod review;
mod submit;
mod sync;
mod verdicts;

pub(crate) use self::compare::{Comparison, of_pull};
pub(crate) use self::heal::heal;
pub(crate) use self::judge::{Judgement, judge};
pub(crate) use self::merge::{MergeOrder, MergeRefusal, merge};
pub(crate) use self::open::{NewPull, OpenRefusal, open};
pub(crate) use self::plan::{MergeMethod, signature};
pub(crate) use self::review::{
    NewComment, NewReview, ReviewEvent, ReviewRefusal, comment, reply, review,
};
pub(crate) use self::submit::{dismiss, submit};
pub(crate) use self::sync::{follow_branches, follow_locked};
pub(crate) use self::verdicts::verdicts;
