//! Runs that failed though nothing was done to them that makes runs fail.

use super::evidence::{Evidence, Strain};
use super::verdict::Violation;
use crate::journal::What;

pub(super) fn check(evidence: &Evidence, found: &mut Vec<Violation>) {
    for entry in &evidence.entries {
        let life = entry.life;
        let (what, excuse) = match &entry.what {
            What::RunFailed { error } => (error.clone(), Strain::None),
            What::GaveUp => ("the store had no room".to_owned(), Strain::NoRoom),
            What::Refused {
                is_fenced: true,
                error,
                ..
            } => (error.clone(), Strain::ShortLease),
            _ => continue,
        };
        let is_explained = match excuse {
            // Under any strain some runs fail.
            Strain::None => evidence.strain != Strain::None,
            excuse => evidence.strain == excuse,
        };
        if !is_explained {
            found.push(Violation::FailedWithoutCause { life, error: what });
        }
    }
}
