//! One writer at a time: no epoch is granted twice, and nothing is taken from a writer
//! that tries after a later one was granted the thread.

use std::collections::{BTreeMap, BTreeSet};

use super::verdict::Violation;
use crate::journal::{Entry, Life, What};

pub(super) fn check(entries: &[Entry], found: &mut Vec<Violation>) {
    let mut granted: BTreeSet<u64> = BTreeSet::new();
    // A try before the grant may be answered after it: only those after it are late.
    let mut late: BTreeMap<(Life, u32), (&str, u64, u64)> = BTreeMap::new();
    for entry in entries {
        match &entry.what {
            What::Granted { epoch } => {
                let is_new = granted.insert(*epoch);
                let twice = (!is_new).then_some(Violation::GrantedTwice { epoch: *epoch });
                found.extend(twice);
            }
            What::Tries { write, call, epoch } => {
                if let Some(newest) = granted.last().filter(|newest| *newest > epoch) {
                    late.insert((entry.life, *write), (call, *epoch, *newest));
                }
            }
            What::Acknowledged { write, .. } => {
                if let Some((call, epoch, newest)) = late.get(&(entry.life, *write)) {
                    found.push(Violation::LateWriteTaken {
                        life: entry.life,
                        call: (*call).to_owned(),
                        epoch: *epoch,
                        newest: *newest,
                    });
                }
            }
            _ => {}
        }
    }
}
