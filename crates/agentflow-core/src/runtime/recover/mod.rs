//! From a stored checkpoint back to where a run goes on, and the encoded forms of what
//! tasks leave.

mod command;
mod inside;
mod records;
mod schedule;
mod thread;

pub(super) use command::{StoredAmendment, StoredCommand};
pub(super) use inside::{OWNER, StoredWrites, WRITTEN, owner_of};
pub(super) use records::{BREAK, RESERVED, STOP, StoredAnswer, StoredFailure};
pub(super) use schedule::{encode_scheduled, next_nodes};
pub(super) use thread::{Recovered, amend, recover, recover_recorded};
