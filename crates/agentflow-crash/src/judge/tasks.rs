//! A task whose writes the store has acknowledged does not run again.

use std::collections::{BTreeMap, BTreeSet};

use super::verdict::Violation;
use crate::journal::{Entry, Life, What};

pub(super) fn check(entries: &[Entry], found: &mut Vec<Violation>) {
    let mut finished: BTreeMap<&str, Life> = BTreeMap::new();
    let mut stopped: BTreeSet<Life> = BTreeSet::new();
    for entry in entries {
        match &entry.what {
            What::Acknowledged {
                finished: tasks, ..
            } => finished.extend(tasks.iter().map(|task| (task.as_str(), entry.life))),
            What::Stopped => {
                stopped.insert(entry.life);
            }
            // It looks again at what others have finished.
            What::Granted { .. } => {
                stopped.remove(&entry.life);
            }
            What::TaskBegins { task } => {
                // One that was stopped is past its last look at what others have finished.
                let by = finished.get(task.as_str());
                let by = by.filter(|_| !stopped.contains(&entry.life));
                found.extend(by.map(|first| Violation::TaskRepeated {
                    task: task.clone(),
                    first: *first,
                    second: entry.life,
                }));
            }
            _ => {}
        }
    }
}
