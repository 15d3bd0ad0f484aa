//! Named points of a child, at which it can be told to strike itself.
//!
//! A point is a name and how often it was passed by then, counted in each process anew:
//! `commit.after#3`. On both sides of every call to the store and of every effect there
//! is one.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};

use crate::journal::{Journal, What};

/// The `nth` time that a process passes `name`, from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Point {
    /// Its name, such as `commit.before`.
    pub name: String,
    /// Which occurrence.
    pub nth: u32,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.name, self.nth)
    }
}

/// What a child does to itself at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blow {
    /// SIGKILL: nothing is caught, nothing is tidied up.
    Kill,
    /// SIGSTOP: it stands until somebody lets it go on.
    Stop,
}

/// Counts the points a process passes, and strikes at the one it was told.
#[derive(Debug)]
pub struct Points {
    strike: Option<(Point, Blow)>,
    tells: bool,
    passed: Mutex<BTreeMap<String, u32>>,
}

impl Points {
    /// Strikes at this point; tells the journal of every point it passes if `tells`.
    #[must_use]
    pub fn new(strike: Option<(Point, Blow)>, tells: bool) -> Self {
        Self {
            strike,
            tells,
            passed: Mutex::default(),
        }
    }

    /// The process passes `place`, on the `side` of it.
    pub fn pass(&self, journal: &Journal, place: &str, side: &str) {
        let name = format!("{place}.{side}");
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let nth = passed.entry(name.clone()).or_default();
        *nth += 1;
        let point = Point { name, nth: *nth };
        drop(passed);
        if self.tells {
            note(journal, What::Passed(point.clone()));
        }
        if let Some((at, blow)) = &self.strike
            && *at == point
        {
            note(journal, What::Strikes(point));
            strike(*blow);
        }
    }
}

/// A child that cannot keep its journal proves nothing, and must not go on as if it did.
pub(crate) fn note(journal: &Journal, what: What) {
    let noted = journal.note(what);
    noted.expect("the journal lies on a disk with room");
}

fn strike(blow: Blow) {
    let signal = match blow {
        Blow::Kill => Signal::KILL,
        Blow::Stop => Signal::STOP,
    };
    let sent = kill_process(getpid(), signal);
    sent.expect("a process may send itself signals");
    // The signal reaches the process before this thread does anything else that shows.
    if blow == Blow::Kill {
        loop {
            std::thread::park();
        }
    }
}
