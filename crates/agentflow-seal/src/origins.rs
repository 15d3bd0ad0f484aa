//! Which life each thread is in, as the calls of a run have told. Records come without it,
//! and are sealed with it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use agentflow_core::{Origin, ThreadId};

/// Threads that are remembered, 4,096. One that is not is looked up.
const THREADS_MAX: usize = 4_096;

/// Origins of threads. That of a thread stays while it is written under one lease, and
/// whoever takes the lease begins by loading: what was learned last is in force.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    origins: HashMap<ThreadId, Origin>,
    /// Grows whenever a thread may have begun another life.
    changes: u64,
}

/// When something was read of which an origin is to be noted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(u64);

impl Origins {
    pub(crate) fn get(&self, thread: &ThreadId) -> Option<Origin> {
        self.known().origins.get(thread).cloned()
    }

    /// To be asked before something is read.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.known().changes)
    }

    /// Notes what was read since that moment, unless a thread may have begun another life
    /// meanwhile: a slow reader must not bring an old one back.
    pub(crate) fn note_read(&self, since: Moment, thread: &ThreadId, origin: &Origin) {
        let mut known = self.known();
        if known.changes == since.0 {
            known.note(thread, origin);
        }
    }

    /// Notes what was written.
    pub(crate) fn note_written(&self, thread: &ThreadId, origin: &Origin) {
        let mut known = self.known();
        if known.origins.get(thread) != Some(origin) {
            known.changes += 1;
            known.note(thread, origin);
        }
    }

    pub(crate) fn forget(&self, thread: &ThreadId) {
        let mut known = self.known();
        known.changes += 1;
        known.origins.remove(thread);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn note(&mut self, thread: &ThreadId, origin: &Origin) {
        if self.origins.get(thread) == Some(origin) {
            return;
        }
        if self.origins.len() >= THREADS_MAX {
            self.origins.clear();
        }
        self.origins.insert(thread.clone(), origin.clone());
    }
}
