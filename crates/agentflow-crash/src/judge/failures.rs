//! Runs that failed though nothing was done to them that makes runs fail.

use super::evidence::{Evidence, Strain};
use super::verdict::Violation;
use crate::journal::What;

pub(super) fn check(evidence: &Evidence, found: &mut Vec<Violation>) {
    for entry in &evidence.entries {
        let error = match (&entry.what, evidence.strain) {
            (What::RunFailed { error }, Strain::None) => error.clone(),
            (What::GaveUp, Strain::None | Strain::Rivalry) => "the store had no room".to_owned(),
            _ => continue,
        };
        found.push(Violation::FailedWithoutCause {
            life: entry.life,
            error,
        });
    }
}
