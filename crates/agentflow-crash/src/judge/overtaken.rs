//! Children past their last look: what others have done since then they cannot know, and no
//! library can call them back. The store refuses what they write.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Strain;
use crate::journal::{Entry, Life, What};

/// Who was stopped, or overtaken where leases may run out, since its last grant.
#[derive(Debug)]
pub(super) struct Overtaken {
    leases_run_out: bool,
    newest: Option<Life>,
    stopped: BTreeSet<Life>,
    overtaken: BTreeMap<Life, bool>,
}

impl Overtaken {
    pub(super) fn under(strain: Strain) -> Self {
        Self {
            leases_run_out: strain == Strain::ShortLease,
            newest: None,
            stopped: BTreeSet::new(),
            overtaken: BTreeMap::new(),
        }
    }

    /// Takes in the next entry of the journal.
    pub(super) fn see(&mut self, entry: &Entry) {
        match entry.what {
            What::Stopped => {
                self.stopped.insert(entry.life);
            }
            // It looks again at what others have finished.
            What::Granted { .. } => {
                if let Some(before) = self.newest.replace(entry.life) {
                    self.overtaken.insert(before, true);
                }
                self.overtaken.insert(entry.life, false);
                self.stopped.remove(&entry.life);
            }
            _ => {}
        }
    }

    /// Whether a child may do what others have done already.
    pub(super) fn is_past_its_look(&self, life: Life) -> bool {
        let is_overtaken = self.overtaken.get(&life).is_some_and(|is| *is);
        self.stopped.contains(&life) || self.leases_run_out && is_overtaken
    }
}
