//! A task whose writes the store has acknowledged does not run again.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::overtaken::Overtaken;
use super::verdict::Violation;
use crate::journal::{Life, What};

pub(super) fn check(evidence: &Evidence, found: &mut Vec<Violation>) {
    let mut finished: BTreeMap<&str, Life> = BTreeMap::new();
    let mut overtaken = Overtaken::under(evidence.strain);
    for entry in &evidence.entries {
        overtaken.see(entry);
        match &entry.what {
            What::Acknowledged {
                finished: tasks, ..
            } => finished.extend(tasks.iter().map(|task| (task.as_str(), entry.life))),
            What::TaskBegins { task } => {
                let by = finished.get(task.as_str());
                let by = by.filter(|_| !overtaken.is_past_its_look(entry.life));
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
