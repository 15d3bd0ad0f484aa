//! Which disturbances a campaign makes, decided before any of them: one trial for each
//! named point, then others in turn until there were kills enough.

use std::time::Duration;

use crate::points::{Blow, Point};
use crate::random::Random;

/// Most kills of one trial at random moments.
const KILLS_MAX: u64 = 4;

/// The lease of a trial whose children wait for nobody's lease: longer than a trial may
/// last, so that one which a gone child left behind must be taken over from it.
const LONG_LEASE: Duration = Duration::from_secs(60);
/// The lease of a trial in which a child is stopped past it.
const SHORT_LEASE: Duration = Duration::from_millis(120);
/// The lease of a trial for the points of its renewal.
const RENEWED_LEASE: Duration = Duration::from_millis(24);

/// Where the file of a store that is limited may end: the smallest holds no tables, the
/// largest almost a whole trial.
const FILE_BYTES: (u64, u64) = (24 * 1024, 60 * 1024);
/// Kills that were asked for, to each trial that is not about a named point.
const KILLS_PER_OTHER: usize = 8;

/// What is done to the children of one trial.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disturbance {
    /// Nothing; and the child tells its points.
    None,
    /// One child after the other is killed.
    Kills {
        /// The first at this point.
        at: Option<Point>,
        /// Then so many at random moments.
        more: u64,
    },
    /// Two children run at once; so many are killed and replaced.
    Two {
        /// How many.
        kills: u64,
    },
    /// A child is stopped past its lease while another one goes on, then woken.
    Stop {
        /// Where it stops itself; at a random moment without one.
        at: Option<Point>,
        /// Whether it is woken while the other one still runs.
        amid: bool,
    },
    /// The disk of the store fills up.
    FullDisk,
    /// The store's file may not grow beyond this.
    FileLimit {
        /// In bytes.
        bytes_max: u64,
    },
}

impl Disturbance {
    /// How long leases last in its trial.
    pub(super) fn lease(&self) -> Duration {
        match self {
            Self::Stop { .. } => SHORT_LEASE,
            Self::Kills { at: Some(at), .. } if is_renewal(at) => RENEWED_LEASE,
            _ => LONG_LEASE,
        }
    }
}

/// Whether a point belongs to the renewal of leases, which an undisturbed run is too
/// short to reach.
pub(super) fn is_renewal(point: &Point) -> bool {
    point.name.starts_with("renew_lease")
}

/// All trials of a campaign, by their number.
#[derive(Clone, Debug)]
pub struct Schedule {
    seed: u64,
    kills: usize,
    /// Those that a child is killed at.
    points: Vec<Point>,
    /// Those that a child is stopped at.
    stops: Vec<Point>,
    is_file: bool,
}

impl Schedule {
    /// Kills at each of `passed`, the points of an undisturbed run, and at the renewals of
    /// a lease; or, if that is more than `kills` allow, at some of them, evenly spread.
    #[must_use]
    pub fn new(seed: u64, kills: u32, passed: &[Point], is_file: bool) -> Self {
        let renewals = ["before", "after"].map(|side| Point {
            name: format!("renew_lease.{side}"),
            nth: 1,
        });
        let mut points = [passed, &renewals].concat();
        let kills = kills as usize;
        let wanted = points.len().min(kills).max(1);
        let stride = points.len().div_ceil(wanted);
        points = points.into_iter().step_by(stride).collect();
        let stops = passed.iter().filter(|point| is_before_a_deed(point));
        Self {
            seed,
            kills,
            points,
            stops: stops.cloned().collect(),
            is_file,
        }
    }

    /// The named points it kills at, each in the trial of its number.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// How many trials are sure to be: those at points, and of the others at least so many
    /// that each has had its turn.
    #[must_use]
    pub fn sure(&self) -> usize {
        self.points.len() + self.turn().max(self.kills / KILLS_PER_OTHER)
    }

    fn turn(&self) -> usize {
        if self.is_file { 10 } else { 8 }
    }

    /// What is done in a trial, and what its own choices are drawn from.
    pub(crate) fn trial(&self, number: usize) -> (Disturbance, Random) {
        let mut random = Random::of_trial(self.seed, number);
        if let Some(point) = self.points.get(number) {
            let more = random.between(0, 1);
            let at = Some(point.clone());
            return (Disturbance::Kills { at, more }, random);
        }
        let disturbance = match (number - self.points.len()) % self.turn() {
            0 | 4 => Disturbance::Kills {
                at: None,
                more: random.between(2, KILLS_MAX),
            },
            1 | 3 | 6 => Disturbance::Two {
                kills: random.between(1, KILLS_MAX),
            },
            2 | 5 => Disturbance::Stop {
                at: self.stop(&mut random),
                amid: random.coin(),
            },
            7 => Disturbance::Stop {
                at: None,
                amid: random.coin(),
            },
            8 => Disturbance::FullDisk,
            _ => Disturbance::FileLimit {
                bytes_max: random.between(FILE_BYTES.0, FILE_BYTES.1),
            },
        };
        (disturbance, random)
    }

    fn stop(&self, random: &mut Random) -> Option<Point> {
        let last = self.stops.len().checked_sub(1)?;
        let at = random.between(0, last as u64);
        self.stops.get(usize::try_from(at).ok()?).cloned()
    }
}

/// Where a pause is worst: whoever wakes there writes or acts next.
fn is_before_a_deed(point: &Point) -> bool {
    const DEEDS: [&str; 8] = [
        "commit.before",
        "save_records.before",
        "line.begins",
        "line.happened",
        "service.begins",
        "service.happened",
        "row.begins",
        "row.happened",
    ];
    DEEDS.contains(&point.name.as_str())
}

/// How a child strikes itself at a point, if it does.
pub(super) fn strike(at: Option<&Point>, blow: Blow) -> Option<(Point, Blow)> {
    at.map(|at| (at.clone(), blow))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn passed(count: u32) -> Vec<Point> {
        let name = || "commit.before".to_owned();
        (1..=count).map(|nth| Point { name: name(), nth }).collect()
    }

    #[test]
    fn with_kills_enough_every_point_has_its_trial() {
        let passed = passed(40);
        let schedule = Schedule::new(7, 300, &passed, true);
        let struck: BTreeSet<_> = (0..schedule.points().len())
            .filter_map(|number| match schedule.trial(number).0 {
                Disturbance::Kills { at, .. } => at,
                _ => None,
            })
            .collect();
        assert!(passed.iter().all(|point| struck.contains(point)));
        assert_eq!(struck.len(), 42, "and both sides of a renewal");
    }

    #[test]
    fn with_few_kills_points_are_spread_over_the_whole_run() {
        let schedule = Schedule::new(7, 10, &passed(98), true);
        let struck: Vec<_> = (0..schedule.points().len())
            .filter_map(|number| match schedule.trial(number).0 {
                Disturbance::Kills { at, .. } => at.map(|at| at.nth),
                _ => None,
            })
            .collect();
        assert_eq!(struck, [1, 11, 21, 31, 41, 51, 61, 71, 81, 91]);
    }

    #[test]
    fn a_turn_has_every_disturbance_that_the_store_can_have() {
        for (is_file, want) in [(true, 5), (false, 3)] {
            let schedule = Schedule::new(7, 10, &passed(10), is_file);
            let others = schedule.points().len()..schedule.sure();
            let kinds: BTreeSet<_> = others
                .map(|number| std::mem::discriminant(&schedule.trial(number).0))
                .map(|kind| format!("{kind:?}"))
                .collect();
            assert_eq!(kinds.len(), want, "on a file: {is_file}");
        }
    }

    #[test]
    fn a_trial_is_the_same_whenever_it_is_asked_for() {
        let schedule = Schedule::new(7, 10, &passed(10), true);
        let all = || {
            (0..60)
                .map(|number| schedule.trial(number).0)
                .collect::<Vec<_>>()
        };
        assert_eq!(all(), all());
        let other = Schedule::new(8, 10, &passed(10), true);
        assert_ne!(
            all(),
            (0..60)
                .map(|number| other.trial(number).0)
                .collect::<Vec<_>>()
        );
    }
}
