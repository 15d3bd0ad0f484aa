//! What others tell a thread. Events wait with the thread, in the order in which
//! they came, until a superstep takes them; who may wait for which is the engine's.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::CheckpointError;
use super::limits::{check_delivery, check_waiting};
use crate::clock::Timestamp;
use crate::id::ThreadId;

/// An event's number in its thread. Grows with every delivery and is never given
/// twice, also after the event was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub u64);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Something that a thread was told and has not taken yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// What kind of thing happened.
    pub name: String,
    /// Its encoded content.
    pub payload: Vec<u8>,
    /// When it was delivered, by the deliverer's clock.
    pub delivered_at: Timestamp,
}

/// Something to tell a thread.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The thread, which may never have run.
    pub thread: ThreadId,
    /// What kind of thing happened.
    pub name: String,
    /// Its encoded content.
    pub payload: Vec<u8>,
    /// Two deliveries under one key are one event, also after it was taken and for as
    /// long as the thread is kept; that of a taken one may be forgotten after
    /// [`KEYS_MAX`](super::KEYS_MAX) newer events.
    pub key: Option<String>,
    /// The time now, by the deliverer's clock.
    pub now: Timestamp,
}

impl Delivery {
    /// Refuses what no store takes, whatever it has.
    ///
    /// # Errors
    /// `TooMuch`, naming what is too large.
    pub fn check(&self) -> Result<(), CheckpointError> {
        check_delivery(self)
    }

    /// Refuses the event where `waiting` others wait already.
    ///
    /// # Errors
    /// `TooMuch`.
    pub fn check_waiting(&self, waiting: usize) -> Result<(), CheckpointError> {
        check_waiting(&self.thread, waiting)
    }
}
