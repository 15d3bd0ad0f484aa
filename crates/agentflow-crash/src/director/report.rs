//! What a campaign found, as it is printed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::disturbance::{Disturbance, Kind};
use crate::address::Backend;
use crate::judge::{Figures, Violation};
use crate::points::Point;

/// What a campaign found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The store it was about.
    pub backend: Backend,
    /// The seed of its choices.
    pub seed: u64,
    /// The kills that were asked for: they decide at which points there are any.
    pub wanted: u32,
    /// Named points that an undisturbed run passes, renewals of the lease included.
    pub points: usize,
    /// Named points at which a child died.
    pub struck: usize,
    /// Those at which one was to die and none did: the undisturbed run had passed them by
    /// the way its moments fell, and the child that was to die there had ended before.
    pub missed: Vec<Point>,
    /// What happened, counted.
    pub figures: Figures,
    /// The same by kind of trial.
    pub kinds: BTreeMap<Kind, Figures>,
    /// What this machine did not allow, and why.
    pub skipped: BTreeSet<String>,
    /// Trials with violations.
    pub failures: Vec<Failure>,
}

/// A trial with violations.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its number.
    pub trial: usize,
    /// What was done in it.
    pub disturbance: Disturbance,
    /// What was found.
    pub violations: Vec<Violation>,
    /// The end of its journal, one entry to a line.
    pub journal: Vec<String>,
}

impl Report {
    /// Whether there were as many kills as were asked for.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.figures.kills >= self.wanted
    }

    /// Whether nothing was violated.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failures.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "trial {}: {:?}", failure.trial, failure.disturbance)?;
            for violation in &failure.violations {
                writeln!(f, "  violated: {violation}")?;
            }
            writeln!(f, "  the end of its journal:")?;
            for entry in &failure.journal {
                writeln!(f, "    {entry}")?;
            }
            writeln!(
                f,
                "  again: cargo xtask crash --backend {} --kills {} --seed {} --trial {}\n",
                self.backend, self.wanted, self.seed, failure.trial
            )?;
        }
        for skipped in &self.skipped {
            writeln!(f, "skipped: {skipped}")?;
        }
        writeln!(f, "{}, seed {}:", self.backend, self.seed)?;
        let of = format!("named points struck, of {}", self.points);
        writeln!(f, "{:>7}  {of}", self.struck)?;
        for point in &self.missed {
            writeln!(f, "         not reached again: {point}")?;
        }
        if self.figures.rows == 0 {
            writeln!(
                f,
                "        no rows: the store shares no transaction with effects"
            )?;
        }
        let heads = self.figures.columns().map(|(head, _)| head);
        write!(f, "{:<18}", "")?;
        for head in heads {
            write!(f, "  {head}")?;
        }
        writeln!(f)?;
        for (kind, figures) in &self.kinds {
            write_row(f, kind, figures)?;
        }
        write_row(f, "in all", &self.figures)
    }
}

/// One line of the table, each number under the head of its column.
fn write_row(f: &mut fmt::Formatter<'_>, of: impl fmt::Display, row: &Figures) -> fmt::Result {
    write!(f, "{of:<18}")?;
    for (head, number) in row.columns() {
        write!(f, "  {number:>width$}", width = head.len())?;
    }
    writeln!(f)
}
