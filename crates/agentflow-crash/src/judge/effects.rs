//! Effects: each happened, and each that happened again had a reason to.
//!
//! An effect may begin a second time only if the first had no record: its child was
//! killed, or stopped past its lease, or its record was refused. Or if the second child
//! was itself stopped or overtaken: it had looked for the record before there was one.

use std::collections::BTreeMap;

use super::evidence::{Evidence, Expected};
use super::overtaken::Overtaken;
use super::verdict::Violation;
use crate::journal::{Entry, Guard, Life, What};

/// An effect that began, and how its window closed.
pub(super) struct Begun<'a> {
    pub(super) effect: &'a str,
    pub(super) life: Life,
    pub(super) guard: Guard,
    /// Its place in the journal.
    at: usize,
    /// Whether whoever began it was past its last look at what others had recorded.
    is_late: bool,
    /// What closed its window, if anything did.
    pub(super) closed: Option<Closed>,
}

/// What closed an effect's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    Recorded,
    /// The record was refused, or the run that would have stored it failed.
    Unrecorded,
}

/// Every beginning of an effect, in order.
pub(super) fn begun(evidence: &Evidence) -> Vec<Begun<'_>> {
    let mut all: Vec<Begun<'_>> = Vec::new();
    let mut overtaken = Overtaken::under(evidence.strain);
    for (at, entry) in evidence.entries.iter().enumerate() {
        let life = entry.life;
        overtaken.see(entry);
        let mut close = |of: Option<&str>, how| {
            let open = all.iter_mut().filter(|begun| {
                begun.life == life
                    && begun.closed.is_none()
                    && of.is_none_or(|of| of == begun.effect)
            });
            open.for_each(|begun| begun.closed = Some(how));
        };
        match &entry.what {
            What::EffectBegins { effect, guard } => all.push(Begun {
                effect,
                life,
                guard: *guard,
                at,
                is_late: overtaken.is_past_its_look(life),
                closed: None,
            }),
            What::EffectRecorded { effect } => close(Some(effect), Closed::Recorded),
            What::EffectUnrecorded { effect } => close(Some(effect), Closed::Unrecorded),
            // Whatever was still running was dropped.
            What::RunFailed { .. } => close(None, Closed::Unrecorded),
            _ => {}
        }
    }
    all
}

pub(super) fn check(expected: &Expected, evidence: &Evidence, found: &mut Vec<Violation>) {
    let begun = begun(evidence);
    let mut by_effect: BTreeMap<&str, Vec<&Begun<'_>>> = BTreeMap::new();
    for one in &begun {
        by_effect.entry(one.effect).or_default().push(one);
    }
    for (effect, begun) in &by_effect {
        for pair in begun.windows(2) {
            if !may_repeat(&evidence.entries, pair[0], pair[1]) {
                found.push(Violation::EffectRepeated {
                    effect: (*effect).to_owned(),
                    first: pair[0].life,
                    second: pair[1].life,
                });
            }
        }
        if !expected.effects.contains(*effect) {
            let effect = (*effect).to_owned();
            found.push(Violation::EffectUnexpected { effect });
        }
    }
    for effect in &expected.effects {
        check_happened(effect, evidence, by_effect.get(effect.as_str()), found);
    }
}

fn may_repeat(entries: &[Entry], first: &Begun<'_>, second: &Begun<'_>) -> bool {
    let did = |life: Life, what: &What, mut within: std::ops::Range<usize>| {
        within.any(|at| entries[at].life == life && entries[at].what == *what)
    };
    // Looked for to the end: a child is told as killed only once its parent has seen it.
    let first_died = did(first.life, &What::Killed, first.at..entries.len());
    let first_was_stopped = did(first.life, &What::Stopped, first.at..second.at);
    second.is_late
        || match first.closed {
            None => first_died,
            Some(Closed::Unrecorded) => true,
            Some(Closed::Recorded) => false,
        }
        || first_was_stopped && first.closed != Some(Closed::Recorded)
}

fn check_happened(
    effect: &str,
    evidence: &Evidence,
    begun: Option<&Vec<&Begun<'_>>>,
    found: &mut Vec<Violation>,
) {
    let effect = effect.to_owned();
    let lines = evidence.lines.iter().filter(|line| line.effect == effect);
    let lines = lines.count();
    let applied: Vec<_> = evidence
        .calls
        .iter()
        .filter(|call| call.effect == effect && call.is_applied)
        .collect();
    let rows = evidence.rows.iter().filter(|row| row.effect == effect);
    let rows = rows.count();
    if lines + applied.len() + rows == 0 {
        if !evidence.states.is_empty() {
            // Of a thread that is not done, it may still come.
            found.push(Violation::EffectLost { effect });
        }
    } else if applied.len() > 1 {
        found.push(Violation::EffectDoubled {
            effect,
            times: applied.len(),
        });
    } else if rows > 1 {
        found.push(Violation::RowDoubled {
            effect,
            times: rows,
        });
    } else if lines > begun.map_or(0, Vec::len) {
        found.push(Violation::LineTooMany { effect });
    }
}
