//! The forge's records in one SQLite file.
//!
//! Functions take a connection, so that several of them make one transaction. They hold no rule
//! of the forge; those live with what they rule.

pub(crate) mod accounts;
pub(crate) mod annotations;
pub(crate) mod assignees;
pub(crate) mod checks;
pub(crate) mod collaborators;
pub(crate) mod comments;
mod database;
pub(crate) mod deliveries;
pub(crate) mod events;
mod formats;
pub(crate) mod hooks;
pub(crate) mod intents;
pub(crate) mod issues;
pub(crate) mod known_refs;
pub(crate) mod labels;
pub(crate) mod outbox;
pub(crate) mod protections;
pub(crate) mod pulls;
pub(crate) mod reactions;
pub(crate) mod renames;
pub(crate) mod repositories;
pub(crate) mod review_comments;
pub(crate) mod reviews;
pub(crate) mod roles;
pub(crate) mod statuses;
pub(crate) mod threads;
pub(crate) mod tokens;

pub(crate) use self::database::{Database, random_secret, set_setting, setting};

/// Most rows that one listing reads.
pub(crate) const ROWS_MAX: i64 = 10_000;
