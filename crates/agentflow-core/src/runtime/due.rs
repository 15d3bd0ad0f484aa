//! Whether a thread whose wake-up has come has something to go on for, as its records
//! say. Reads what is stored and decides; it neither runs the thread nor puts it to sleep.

use std::collections::{HashMap, HashSet};

use super::recover::{BREAK, STOP};
use crate::checkpoint::{CheckpointSource, Event, EventId, RecordKind, Stored, Wake};
use crate::clock::Timestamp;
use crate::id::CheckpointId;
use crate::interrupt::{Interrupt, WaitsFor};

/// A thread as whoever wakes it finds it.
#[derive(Debug)]
pub(super) struct Standing {
    /// The checkpoint it stands at.
    pub(super) base: CheckpointId,
    /// Since when it could have gone on from there.
    pub(super) since: Timestamp,
    pub(super) calls_for: CallsFor,
    /// The newest event that waits.
    seen: EventId,
}

/// What a thread whose wake-up has come calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallsFor {
    /// It goes on: something it waits for is there, or a run of it stopped half way.
    GoingOn,
    /// It sleeps on: until this time, or until a person or an event comes.
    Sleep(Option<Timestamp>),
}

impl Standing {
    pub(super) fn of(stored: &Stored, events: &[Event], now: Timestamp) -> Self {
        let checkpoint = &stored.checkpoint;
        let left = Left::behind(stored);
        let mut standing = Self {
            base: checkpoint.id,
            since: checkpoint.created_at,
            calls_for: CallsFor::Sleep(None),
            seen: events.last().map_or(EventId(0), |event| event.id),
        };
        // Whoever has edited a thread goes on with it, as whoever it has paused for does.
        let is_edited = matches!(
            checkpoint.source,
            CheckpointSource::Update | CheckpointSource::Fork
        );
        let waits_to_begin = !left.has_begun && (left.is_paused || is_edited);
        if !checkpoint.next.is_empty() && !left.is_paused_inside && !waits_to_begin {
            standing.look_at(&left, events, now);
        }
        standing
    }

    /// Looks whether one of the open waits is over. Questions keep nothing asleep but
    /// themselves.
    fn look_at(&mut self, left: &Left, events: &[Event], now: Timestamp) {
        if left.asked.is_empty() || left.is_answered {
            self.calls_for = CallsFor::GoingOn;
            return;
        }
        let (mut is_over, mut wakes_at) = (false, None);
        let mut over_since = |moment: Timestamp| {
            is_over = true;
            self.since = self.since.max(moment);
        };
        for asked in &left.asked {
            match &asked.waits_for {
                WaitsFor::Time(at) if *at <= now => over_since(*at),
                WaitsFor::Time(at) => {
                    wakes_at = Some(wakes_at.map_or(*at, |time: Timestamp| time.min(*at)));
                }
                WaitsFor::Event(name) => {
                    let found = events.iter().find(|event| event.name == *name);
                    found
                        .into_iter()
                        .for_each(|event| over_since(event.delivered_at));
                }
                WaitsFor::Answer | WaitsFor::Proceed(_) => {}
            }
        }
        self.calls_for = if is_over {
            CallsFor::GoingOn
        } else {
            CallsFor::Sleep(wakes_at)
        };
    }

    /// The wake-up of the thread if it sleeps until `time`: an event that came after this
    /// look wakes it all the same.
    pub(super) fn asleep_until(&self, time: Option<Timestamp>) -> Wake {
        Wake::AfterEvents {
            seen: self.seen,
            time,
        }
    }
}

/// What the tasks of the unfinished superstep have left.
#[derive(Debug, Default)]
struct Left {
    /// What tasks that have not finished wait for.
    asked: Vec<Interrupt>,
    /// A question has its answer, and its task has not gone on with it yet.
    is_answered: bool,
    /// The thread paused before the superstep.
    is_paused: bool,
    /// A graph inside has paused: nothing but a person's word may carry it on, so the
    /// graph around it stands still with it.
    is_paused_inside: bool,
    /// Some task has run: a pause before it is passed.
    has_begun: bool,
}

impl Left {
    fn behind(stored: &Stored) -> Self {
        let mut left = Self::default();
        let (mut finished, mut answered) = (HashSet::new(), HashSet::new());
        let mut asked: HashMap<&str, Vec<Interrupt>> = HashMap::new();
        for record in &stored.records {
            match record.kind {
                RecordKind::Interrupt if [BREAK, STOP].contains(&record.key.as_str()) => {
                    left.is_paused = true;
                    continue;
                }
                RecordKind::Interrupt => {
                    // What does not decode is for the recovery to refuse, with its reason.
                    if let Ok(questions) = serde_json::from_slice(&record.value) {
                        asked.insert(record.task.as_str(), questions);
                    }
                }
                RecordKind::Answer if !record.value.is_empty() => {
                    answered.insert(record.key.as_str());
                }
                RecordKind::Writes => drop(finished.insert(record.task.as_str())),
                RecordKind::Answer | RecordKind::Undone | RecordKind::Amend => continue,
                RecordKind::Once | RecordKind::Error | RecordKind::Event | RecordKind::Failed => {}
            }
            left.has_begun = true;
        }
        asked.retain(|task, _| !finished.contains(task));
        // A task whose only question is a pause inside of it leaves none.
        left.is_paused_inside = asked
            .values()
            .any(|asked| asked.is_empty() || asked.iter().any(Interrupt::is_pause));
        left.asked = asked.into_values().flatten().collect();
        let mut questions = left.asked.iter();
        left.is_answered = questions.any(|asked| answered.contains(asked.id.as_str()));
        left
    }
}
