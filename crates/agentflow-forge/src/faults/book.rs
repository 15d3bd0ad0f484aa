//! The faults that are to come, and how many have come.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::{Fault, Trouble};

/// The faults of a forge, for tests. See [`Forge::faults`](crate::Forge::faults).
#[derive(Clone, Debug, Default)]
pub struct Faults {
    inside: Arc<Mutex<Inside>>,
}

#[derive(Debug, Default)]
struct Inside {
    waiting: Vec<Fault>,
    struck: usize,
}

impl Faults {
    /// Adds one. Where several fit a request, the one that was added first strikes, alone.
    pub fn add(&self, fault: Fault) {
        self.inside().waiting.push(fault);
    }

    /// How many requests were struck.
    pub fn struck(&self) -> usize {
        self.inside().struck
    }

    /// How many requests are still to be struck.
    pub fn left(&self) -> u32 {
        self.inside().waiting.iter().map(|fault| fault.left).sum()
    }

    /// Takes back what has not struck yet.
    pub fn clear(&self) {
        self.inside().waiting.clear();
    }

    /// The trouble that this request is in.
    pub(crate) fn strike(&self, method: &str, path: &str) -> Option<Trouble> {
        let mut inside = self.inside();
        let fits = |fault: &Fault| fault.left > 0 && fault.pattern.fits(method, path);
        let fault = inside.waiting.iter_mut().find(|fault| fits(fault))?;
        fault.left -= 1;
        let trouble = fault.trouble.clone();
        inside.waiting.retain(|fault| fault.left > 0);
        inside.struck += 1;
        Some(trouble)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // Every change is whole, so one who panicked left nothing half done.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
