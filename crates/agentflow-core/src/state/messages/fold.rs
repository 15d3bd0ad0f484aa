//! Folds one write into a list of messages.
//!
//! There is no index beside the list: the list is the user's, who may change it in
//! a migration or an overwrite, and an index would have to be stored or built again
//! for every run. One write looks through the list once, from its end, where the
//! ids that change are, and stops when it has found all of its own.

use std::collections::HashMap;

use super::id::Identified;
use super::write::{MessageWrite, MessageWrites};

/// From how many messages in one write on their ids are hashed rather than compared
/// one by one.
const HASHED_FROM: usize = 8;

/// Why a write to a list of messages is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessagesError {
    /// A message is to be removed that is not there.
    #[error("there is no message with the id `{id}` to remove")]
    UnknownId {
        /// The id.
        id: String,
    },
}

/// Adds, replaces and removes messages by their ids: `#[state(reducer = messages)]`.
///
/// A message whose id is in the list replaces that one where it stands; others are
/// added at the end. Of several with one id in one write the last stays, where the
/// first would be. A message that is removed and then put stays where it was. If the
/// list itself has an id twice, the later one counts.
///
/// # Errors
/// If an id is removed that neither the list nor the write before it has. The list
/// is then as it was.
pub fn messages<M: Identified>(
    value: &mut Vec<M>,
    write: MessageWrites<M>,
) -> Result<(), MessagesError> {
    let mut changes = Changes::of(write);
    if !changes.clears {
        changes.find_in(value);
    }
    changes.check()?;
    changes.make(value);
    Ok(())
}

/// What a write comes to for each id, in the order in which the ids came up.
struct Changes<M> {
    clears: bool,
    changes: Vec<Change<M>>,
    /// The changes by their ids, if there are many.
    places: Option<HashMap<String, usize>>,
}

struct Change<M> {
    outcome: Outcome<M>,
    /// The first thing the write did to this id was to remove it.
    begins_with_removal: bool,
    /// Where the list has this id.
    at: Option<usize>,
}

enum Outcome<M> {
    Put(M),
    Removed(String),
}

impl<M: Identified> Changes<M> {
    fn of(write: MessageWrites<M>) -> Self {
        let mut changes = Self {
            clears: false,
            changes: Vec::new(),
            places: (write.0.len() >= HASHED_FROM).then(HashMap::new),
        };
        for write in write.0 {
            match write {
                MessageWrite::Put(message) => changes.add(Outcome::Put(message)),
                MessageWrite::Remove(id) => changes.add(Outcome::Removed(id)),
                MessageWrite::RemoveAll => changes.clear(),
            }
        }
        changes
    }

    fn clear(&mut self) {
        self.clears = true;
        self.changes.clear();
        self.places.iter_mut().for_each(HashMap::clear);
    }

    fn add(&mut self, outcome: Outcome<M>) {
        if let Some(known) = outcome.id().and_then(|id| self.place_of(id)) {
            self.changes[known].outcome = outcome;
            return;
        }
        if let (Some(places), Some(id)) = (&mut self.places, outcome.id()) {
            places.insert(id.to_owned(), self.changes.len());
        }
        self.changes.push(Change {
            begins_with_removal: matches!(outcome, Outcome::Removed(_)),
            outcome,
            at: None,
        });
    }

    fn place_of(&self, id: &str) -> Option<usize> {
        match &self.places {
            Some(places) => places.get(id).copied(),
            None => self
                .changes
                .iter()
                .position(|change| change.outcome.id() == Some(id)),
        }
    }

    fn find_in(&mut self, list: &[M]) {
        let mut missing = self.changes.len();
        for (at, message) in list.iter().enumerate().rev() {
            if missing == 0 {
                return;
            }
            let Some(place) = message.id().and_then(|id| self.place_of(id)) else {
                continue;
            };
            if self.changes[place].at.is_none() {
                self.changes[place].at = Some(at);
                missing -= 1;
            }
        }
    }

    fn check(&self) -> Result<(), MessagesError> {
        for change in &self.changes {
            if change.begins_with_removal && change.at.is_none() {
                let id = change.outcome.id().unwrap_or_default().to_owned();
                return Err(MessagesError::UnknownId { id });
            }
        }
        Ok(())
    }

    fn make(self, list: &mut Vec<M>) {
        if self.clears {
            list.clear();
        }
        let mut removed = Vec::new();
        for change in self.changes {
            match (change.outcome, change.at) {
                (Outcome::Put(message), Some(at)) => list[at] = message,
                // What is added comes after all places that were found.
                (Outcome::Put(message), None) => list.push(message),
                (Outcome::Removed(_), Some(at)) => removed.push(at),
                (Outcome::Removed(_), None) => {}
            }
        }
        if removed.is_empty() {
            return;
        }
        removed.sort_unstable();
        let mut removed = removed.into_iter().peekable();
        let mut at = 0;
        list.retain(|_| {
            let stays = removed.next_if_eq(&at).is_none();
            at += 1;
            stays
        });
    }
}

impl<M: Identified> Outcome<M> {
    fn id(&self) -> Option<&str> {
        match self {
            Self::Put(message) => message.id(),
            Self::Removed(id) => Some(id),
        }
    }
}
