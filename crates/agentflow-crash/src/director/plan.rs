//! Which disturbances a campaign makes, decided before any of them: one trial for each
//! named point, then others in turn until there were kills enough.

use super::disturbance::{Disturbance, Kind};
use crate::address::Backend;
use crate::journal::Mode;
use crate::points::{Blow, Point};
use crate::random::Random;

/// Most kills of one trial at random moments.
const KILLS_MAX: u64 = 4;
/// Cuts of one trial.
const CUTS: (u64, u64) = (3, 6);
/// Most restarts of one trial.
const RESTARTS_MAX: u64 = 2;
/// Where the file of a store that is limited may end: the smallest holds no tables, the
/// largest almost a whole trial.
const FILE_BYTES: (u64, u64) = (24 * 1024, 64 * 1024);
/// Kills that were asked for, to each trial that is not about a named point.
const KILLS_PER_OTHER: usize = 8;

/// The trials of a store in a file that are not about a named point, in turn.
const ON_A_FILE: [Kind; 12] = [
    Kind::Moments,
    Kind::Two,
    Kind::Stopped,
    Kind::Async,
    Kind::Two,
    Kind::Moments,
    Kind::Exit,
    Kind::Stopped,
    Kind::FullDisk,
    Kind::Two,
    Kind::FileLimit,
    Kind::Stopped,
];
/// Those of a store behind a server.
const ON_A_SERVER: [Kind; 14] = [
    Kind::Moments,
    Kind::Cuts,
    Kind::Two,
    Kind::Stopped,
    Kind::Restarts,
    Kind::Async,
    Kind::HeldBack,
    Kind::Two,
    Kind::Moments,
    Kind::Cuts,
    Kind::Exit,
    Kind::Stopped,
    Kind::Two,
    Kind::HeldBack,
];

/// All trials of a campaign, by their number.
#[derive(Clone, Debug)]
pub struct Schedule {
    seed: u64,
    kills: usize,
    /// Those that a child is killed at.
    points: Vec<Point>,
    /// Those that a child is stopped at.
    stops: Vec<Point>,
    /// Trials that are not about a named point.
    turn: &'static [Kind],
}

impl Schedule {
    /// Kills at each of `passed`, the points of an undisturbed run, and at the renewals of
    /// a lease; or, if that is more than `kills` allow, at some of them, evenly spread.
    #[must_use]
    pub fn new(seed: u64, kills: u32, passed: &[Point], backend: Backend) -> Self {
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
            turn: match backend.is_file() {
                true => &ON_A_FILE,
                false => &ON_A_SERVER,
            },
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
        self.points.len() + self.turn.len().max(self.kills / KILLS_PER_OTHER)
    }

    /// What is done in a trial, and what its own choices are drawn from.
    pub(crate) fn trial(&self, number: usize) -> (Disturbance, Random) {
        let mut random = Random::of_trial(self.seed, number);
        if let Some(point) = self.points.get(number) {
            let more = random.between(0, 1);
            let at = Some(point.clone());
            return (Disturbance::Kills { at, more }, random);
        }
        let turn = (number - self.points.len()) % self.turn.len();
        let disturbance = match self.turn[turn] {
            Kind::Points | Kind::Moments => Disturbance::Kills {
                at: None,
                more: random.between(2, KILLS_MAX),
            },
            Kind::Two => Disturbance::Two {
                kills: random.between(1, KILLS_MAX),
            },
            Kind::Stopped => Disturbance::Stop {
                at: self.stop(&mut random),
                amid: random.coin(),
            },
            Kind::HeldBack => Disturbance::HeldBack {
                amid: random.coin(),
            },
            Kind::Cuts => Disturbance::Cuts {
                cuts: random.between(CUTS.0, CUTS.1),
            },
            Kind::Restarts => Disturbance::Restarts {
                times: random.between(1, RESTARTS_MAX),
                two: random.coin(),
            },
            Kind::Async => self.kills_in(Mode::Async, &mut random),
            Kind::Exit => self.kills_in(Mode::Exit, &mut random),
            Kind::FullDisk => Disturbance::FullDisk,
            Kind::FileLimit => Disturbance::FileLimit {
                bytes_max: random.between(FILE_BYTES.0, FILE_BYTES.1),
            },
        };
        (disturbance, random)
    }

    fn kills_in(&self, mode: Mode, random: &mut Random) -> Disturbance {
        Disturbance::KillsIn {
            mode,
            at: self.stop(random),
            more: random.between(1, KILLS_MAX),
        }
    }

    /// One of three times none, so that it is a moment's.
    fn stop(&self, random: &mut Random) -> Option<Point> {
        if random.between(1, 3) == 1 {
            return None;
        }
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
        let schedule = Schedule::new(7, 300, &passed, Backend::Sqlite);
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
        let schedule = Schedule::new(7, 10, &passed(98), Backend::Sqlite);
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
        use Kind::*;
        let everywhere = [Moments, Two, Stopped, Async, Exit];
        for (name, backend) in Backend::ALL {
            let own: &[Kind] = match backend.is_file() {
                true => &[FullDisk, FileLimit],
                false => &[Cuts, HeldBack, Restarts],
            };
            let schedule = Schedule::new(7, 10, &passed(10), backend);
            let others = schedule.points().len()..schedule.sure();
            let kinds: BTreeSet<_> = others
                .filter_map(|number| schedule.trial(number).0.kind())
                .collect();
            let want: BTreeSet<_> = everywhere.iter().chain(own).copied().collect();
            assert_eq!(kinds, want, "{name}");
        }
    }

    #[test]
    fn a_trial_is_the_same_whenever_it_is_asked_for() {
        let schedule = Schedule::new(7, 10, &passed(10), Backend::Sqlite);
        let all = || {
            (0..60)
                .map(|number| schedule.trial(number).0)
                .collect::<Vec<_>>()
        };
        assert_eq!(all(), all());
        let other = Schedule::new(8, 10, &passed(10), Backend::Sqlite);
        assert_ne!(
            all(),
            (0..60)
                .map(|number| other.trial(number).0)
                .collect::<Vec<_>>()
        );
    }
}
