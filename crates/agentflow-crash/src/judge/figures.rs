//! The figures that are printed.

use std::collections::BTreeSet;
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
    /// Restarts of the server.
    pub restarts: u32,
    /// Connections that were cut.
    pub cuts: u32,
    /// Children that went on with what another one had committed.
    pub resumed: u32,
    /// Kills that fell between an effect and its record, or into the effect.
    pub windows: u32,
    /// Lines that were written again, of effects that `once` alone guards.
    pub doubled: u32,
    /// Requests that the service was sent again under a key it knew, and did not act on.
    pub repeats: u32,
    /// Rows that were added in one transaction with their record.
    pub rows: u32,
    /// Children that were held past their lease, by a stop or by a slow network.
    pub held: u32,
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
            restarts: count(|what| matches!(what, What::Restarted { .. })),
            cuts: evidence.cuts,
            resumed: resumed(&evidence.entries),
            windows: windows(evidence),
            doubled: saturated(evidence.lines.len() - effects.len()),
            repeats: saturated(repeats.count()),
            rows: saturated(evidence.rows.len()),
            held: count(|what| matches!(what, What::Stopped | What::HeldBack)),
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
fn windows(evidence: &Evidence) -> u32 {
    let entries = evidence.entries.iter();
    let killed: BTreeSet<Life> = entries
        .filter(|entry| entry.what == What::Killed)
        .map(|entry| entry.life)
        .collect();
    let open = |begun: &&Begun<'_>| killed.contains(&begun.life) && begun.closed.is_none();
    let has_window = |begun: &&Begun<'_>| begun.guard != Guard::Transaction;
    let begun = begun(evidence);
    saturated(begun.iter().filter(open).filter(has_window).count())
}

pub(super) fn saturated(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.trials += other.trials;
        self.kills += other.kills;
        self.restarts += other.restarts;
        self.cuts += other.cuts;
        self.resumed += other.resumed;
        self.windows += other.windows;
        self.doubled += other.doubled;
        self.repeats += other.repeats;
        self.rows += other.rows;
        self.held += other.held;
        self.fenced += other.fenced;
        self.no_room += other.no_room;
        self.lost += other.lost;
        self.violations += other.violations;
    }
}

impl Figures {
    /// What is counted, by the word that heads its column.
    #[must_use]
    pub fn columns(&self) -> [(&'static str, u32); 14] {
        [
            ("trials", self.trials),
            ("kills", self.kills),
            ("restarts", self.restarts),
            ("cuts", self.cuts),
            ("held", self.held),
            ("resumed", self.resumed),
            ("windows", self.windows),
            ("doubled", self.doubled),
            ("repeats", self.repeats),
            ("rows", self.rows),
            ("fenced", self.fenced),
            ("no room", self.no_room),
            ("lost", self.lost),
            ("violations", self.violations),
        ]
    }
}
