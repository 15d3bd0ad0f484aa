//! One seed from its graph to its verdict.

use std::sync::Arc;

use agentflow_core::{Durability, Journal as Keeps};

use super::blueprint::Blueprint;
use super::build::{Settings, graph};
use super::compare::compare;
use super::director::Director;
use super::edit::Plan;
use super::journal::Journal;
use super::model;
use super::options::{Crashes, Options};
use super::random::{Random, digest};
use super::report::{Failure, Report};
use super::violation::Violation;
use super::weather::Mode;
use super::world::World;

/// Runs the graph of `seed` under every durability, in peace and disturbed, and compares.
///
/// # Errors
/// The first promise of the library that did not hold, and how to see it again.
pub fn simulate(seed: u64) -> Result<Report, Failure> {
    simulate_with(seed, &Options::default())
}

/// As [`simulate`], with `options`.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_with(seed: u64, options: &Options) -> Result<Report, Failure> {
    let mut report = Report::default();
    let place = Place {
        seed,
        durability: Durability::Sync,
        mode: Mode::Calm,
        calm: None,
    };
    let calm = place
        .run(options)
        .map_err(|found| place.failure(*found, None, options))?;
    let verified = model::verify(&calm.lock(), &Blueprint::of(seed));
    verified.map_err(|found| place.failure(found, None, options))?;
    report += calm.lock().report;
    for durability in &options.durabilities {
        let place = Place {
            durability: *durability,
            calm: Some(&calm),
            ..place
        };
        match options.crashes {
            Crashes::Drawn => {
                let mode = Mode::Wild;
                report += Place { mode, ..place }.compared(&calm, options)?;
            }
            Crashes::AtEach => {
                for action in 0..options.actions_max {
                    let mode = Mode::CrashAt(action);
                    let one = Place { mode, ..place }.compared(&calm, options)?;
                    report += one;
                    if one.crashes == 0 {
                        break;
                    }
                }
            }
        }
    }
    Ok(report)
}

/// One world to run.
#[derive(Clone, Copy)]
struct Place<'a> {
    seed: u64,
    durability: Durability,
    mode: Mode,
    /// The undisturbed world, for a disturbed one.
    calm: Option<&'a World>,
}

impl Place<'_> {
    fn run(self, options: &Options) -> Result<World, Box<Violation>> {
        let (world, found) = self.run_with(Journal::default(), options);
        found.map_or(Ok(world), |found| Err(Box::new(found)))
    }

    fn run_with(self, journal: Journal, options: &Options) -> (World, Option<Violation>) {
        let world = World::new(self.seed, self.durability, self.mode, journal);
        world.lock().report.worlds = 1;
        let blueprint = Blueprint::of(self.seed);
        let plan = Plan::of(&blueprint);
        let foreseen = self.calm.map(|calm| calm.lock().waited.clone());
        let mut inner = world.lock();
        if plan.has_edits() {
            inner.weather.spare_edits();
        }
        inner.plan = plan;
        inner.foreseen = Arc::from(foreseen.unwrap_or_default());
        drop(inner);
        let settings = self.settings();
        let graph = match graph(blueprint, &world, settings) {
            Ok(graph) => graph,
            Err(error) => unreachable!("the simulator drew a graph that is none: {error}"),
        };
        let actions_max = options.actions_max;
        let mut director = Director::new(world.clone(), &graph, self.mode, settings, actions_max);
        let ran = director.run();
        let mut inner = world.lock();
        inner.report.digest = inner.journal.digest();
        inner.report.pauses = inner.witness.breaks.len() as u64;
        inner.report.handled = inner.witness.handled();
        drop(inner);
        (world, ran.err())
    }

    fn settings(self) -> Settings {
        let mut random = Random::seeded(digest(&(self.seed, "concurrency")));
        let max_concurrency = 1 + random.below(4);
        let place = (
            self.seed,
            self.durability as u8,
            self.calm.is_some(),
            "journal",
        );
        let journal = if Random::seeded(digest(&place)).chance(50) {
            Keeps::Replies
        } else {
            Keeps::Off
        };
        Settings {
            durability: self.durability,
            journal,
            max_concurrency,
        }
    }

    fn compared(self, calm: &World, options: &Options) -> Result<Report, Failure> {
        let ran = self.run(options);
        let compared = ran.and_then(|wild| {
            let wild = wild.lock();
            compare(&calm.lock(), &wild)
                .map(|()| wild.report)
                .map_err(Box::new)
        });
        compared.map_err(|found| self.failure(*found, Some(calm), options))
    }

    /// Runs the world again, now with its events in words.
    fn failure(self, found: Violation, calm: Option<&World>, options: &Options) -> Failure {
        let (world, again) = self.run_with(Journal::keeping(options.events_max), options);
        let again = again.or_else(|| match calm {
            Some(calm) => compare(&calm.lock(), &world.lock()).err(),
            None => model::verify(&world.lock(), &Blueprint::of(self.seed)).err(),
        });
        let violation = match again {
            Some(again) if again == found => found,
            again => Violation::NotRepeatable {
                first: found.to_string(),
                then: again.map_or("nothing".to_owned(), |again| again.to_string()),
            },
        };
        let crash_at = match self.mode {
            Mode::CrashAt(action) => Some(action),
            _ => None,
        };
        let journal = std::mem::take(&mut world.lock().journal);
        Failure {
            seed: self.seed,
            durability: self.durability,
            crash_at,
            violation: Box::new(violation),
            events: journal.into_events(),
        }
    }
}
