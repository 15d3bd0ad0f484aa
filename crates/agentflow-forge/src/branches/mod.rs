//! What may become of a branch and what does: protection, changes, renames, merges of branches,
//! commits of single files.
//!
//! Every change of a ref that a client asks for over REST passes `change`; a push passes git's own
//! hook, which is told the same rules.

mod change;
mod edit;
mod join;
mod protection;
mod push;
mod rename;

pub(crate) use self::change::{RefChange, RefRefusal, change_ref};
pub(crate) use self::edit::{EditRefusal, Edited, FileEdit, edit_file};
pub(crate) use self::join::{JoinRefusal, Joined, join, update_head};
pub(crate) use self::protection::{Protection, RequiredChecks, RequiredReviews, Rule, rule_of};
pub(crate) use self::push::push_rules;
pub(crate) use self::rename::{RenameRefusal, heal as heal_renames, rename};
