//! The figures that are printed.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::AddAssign;

use super::effects::{Begun, begun};
use super::evidence::Evidence;
use crate::journal::{Entry, Guard, Life, What};

/// What happened in trials, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Trials.
    pub trials: u32,
    /// Children that SIGKILL ended.
    pub kills: u32,
    /// Children that went on with what another one had committed.
    pub resumed: u32,
    /// Kills that fell between an effect and its record, or into the effect.
    pub windows: u32,
    /// Lines that were written again, of effects that `once` alone guards.
    pub doubled: u32,
    /// Requests that the service was sent again under a key it knew, and did not act on.
    pub repeats: u32,
    /// Children that were stopped past their lease.
    pub stopped: u32,
    /// Writes that were refused because another child had taken over.
    pub fenced: u32,
    /// Children that found no room.
    pub no_room: u32,
    /// Acknowledged supersteps and recorded effects that are not there.
    pub lost: u32,
    /// Everything that may not be, those that are lost included.
    pub violations: u32,
}

impl Figures {
    /// Counts what one trial's evidence shows.
    pub(super) fn of(evidence: &Evidence) -> Self {
        let count = |is: fn(&What) -> bool| {
            let entries = evidence.entries.iter();
            saturated(entries.filter(|entry| is(&entry.what)).count())
        };
        let effects: BTreeSet<_> = evidence.lines.iter().map(|line| &line.effect).collect();
        let repeats = evidence.calls.iter().filter(|call| !call.is_applied);
        Self {
            trials: 1,
            kills: count(|what| matches!(what, What::Killed)),
            resumed: resumed(&evidence.entries),
            windows: windows(&evidence.entries),
            doubled: saturated(evidence.lines.len() - effects.len()),
            repeats: saturated(repeats.count()),
            stopped: count(|what| matches!(what, What::Stopped)),
            fenced: count(|what| {
                matches!(
                    what,
                    What::Refused {
                        is_fenced: true,
                        ..
                    }
                )
            }),
            no_room: count(|what| matches!(what, What::GaveUp)),
            lost: 0,
            violations: 0,
        }
    }
}

/// Children that were granted the lease after another one had committed something.
fn resumed(entries: &[Entry]) -> u32 {
    let mut committed: BTreeSet<Life> = BTreeSet::new();
    let mut resumed: BTreeSet<Life> = BTreeSet::new();
    for entry in entries {
        match &entry.what {
            What::Acknowledged {
                committed: Some(_), ..
            } => {
                committed.insert(entry.life);
            }
            What::Granted { .. } if committed.iter().any(|life| *life != entry.life) => {
                resumed.insert(entry.life);
            }
            _ => {}
        }
    }
    saturated(resumed.len())
}

/// Effects that had begun and were not told as recorded when their child was killed. One
/// that shares a transaction with its record has no window.
fn windows(entries: &[Entry]) -> u32 {
    let killed: BTreeSet<Life> = entries
        .iter()
        .filter(|entry| entry.what == What::Killed)
        .map(|entry| entry.life)
        .collect();
    let open = |begun: &&Begun<'_>| killed.contains(&begun.life) && begun.closed.is_none();
    let has_window = |begun: &&Begun<'_>| begun.guard != Guard::Transaction;
    let begun = begun(entries);
    saturated(begun.iter().filter(open).filter(has_window).count())
}

pub(super) fn saturated(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.trials += other.trials;
        self.kills += other.kills;
        self.resumed += other.resumed;
        self.windows += other.windows;
        self.doubled += other.doubled;
        self.repeats += other.repeats;
        self.stopped += other.stopped;
        self.fenced += other.fenced;
        self.no_room += other.no_room;
        self.lost += other.lost;
        self.violations += other.violations;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, what) in [
            (self.trials, "trials"),
            (self.kills, "kills by SIGKILL"),
            (self.resumed, "children that went on with another's work"),
            (self.windows, "kills between an effect and its record"),
            (self.doubled, "lines doubled, where `once` alone guards"),
            (self.repeats, "requests repeated under a known key"),
            (self.stopped, "children stopped past their lease"),
            (self.fenced, "late writes refused"),
            (self.no_room, "children that found no room"),
            (self.lost, "lost"),
            (self.violations, "violations"),
        ] {
            writeln!(f, "{number:>7}  {what}")?;
        }
        Ok(())
    }
}
