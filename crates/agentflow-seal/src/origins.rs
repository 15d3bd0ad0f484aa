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
    known: Mutex<HashMap<ThreadId, Origin>>,
}

impl Origins {
    pub(crate) fn get(&self, thread: &ThreadId) -> Option<Origin> {
        self.known().get(thread).cloned()
    }

    pub(crate) fn note(&self, thread: &ThreadId, origin: &Origin) {
        let mut known = self.known();
        if known.get(thread) == Some(origin) {
            return;
        }
        if known.len() >= THREADS_MAX {
            known.clear();
        }
        known.insert(thread.clone(), origin.clone());
    }

    pub(crate) fn forget(&self, thread: &ThreadId) {
        self.known().remove(thread);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<ThreadId, Origin>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
