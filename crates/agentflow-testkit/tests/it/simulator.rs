//! The whole library under random graphs and random worlds. A seed that fails is run alone
//! by `AGENTFLOW_SEED=…`.

use std::ops::Range;
use std::thread;

use agentflow_testkit::simulator::{Crashes, Failure, Options, Report, simulate_with};

/// Seeds of one test; `cargo xtask simulate` runs more.
const SEEDS: u64 = 200;

/// Seeds whose runs crash at each boundary; every one is hundreds of worlds.
const SEEDS_CRASHED_EVERYWHERE: u64 = 2;

fn seeds(count: u64) -> Range<u64> {
    let only = std::env::var("AGENTFLOW_SEED").ok();
    let only: Option<u64> = only.map(|seed| seed.parse().unwrap());
    only.map_or(0..count, |seed| seed..seed + 1)
}

/// Runs the seeds on as many threads as the machine has; a world itself has none.
fn run(seeds: Range<u64>, options: &Options) -> Report {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let ran = thread::scope(|scope| {
        let part = |first| {
            let seeds = seeds.clone().skip(first).step_by(threads);
            scope.spawn(move || run_part(seeds, options))
        };
        let parts: Vec<_> = (0..threads).map(part).collect();
        let ended = parts.into_iter().map(|part| part.join().unwrap());
        ended.collect::<Result<Vec<_>, Failure>>()
    });
    let mut all = Report::default();
    match ran {
        Ok(parts) => parts.into_iter().for_each(|part| all += part),
        Err(failure) => panic!("{failure}"),
    }
    all
}

fn run_part(seeds: impl Iterator<Item = u64>, options: &Options) -> Result<Report, Failure> {
    let mut all = Report::default();
    for seed in seeds {
        all += simulate_with(seed, options)?;
    }
    Ok(all)
}

#[test]
fn a_disturbed_thread_comes_to_the_checkpoints_of_an_undisturbed_one() {
    run(seeds(SEEDS), &Options::default());
}

#[test]
fn a_crash_at_any_boundary_changes_nothing() {
    let options = Options {
        crashes: Crashes::AtEach,
        ..Options::default()
    };
    let report = run(seeds(SEEDS_CRASHED_EVERYWHERE), &options);
    assert!(report.crashes > 0, "{report}");
}

#[test]
fn the_worlds_are_wild() {
    let report = run(0..SEEDS, &Options::default());
    for (what, count) in [
        ("crashes", report.crashes),
        ("faults", report.faults),
        ("rivals", report.rivals),
        ("refused", report.refused),
        ("answers", report.answers),
        ("events", report.events),
        ("wakes", report.wakes),
        ("stops", report.stops),
        ("pauses", report.pauses),
        ("handled failures", report.handled),
        ("changes", report.edits),
        ("forgotten checkpoints", report.pruned),
        ("effects", report.effects),
        ("repeated effects", report.repeated_effects),
    ] {
        assert!(count > 20, "only {count} {what} in {report}");
    }
}

#[test]
fn a_seed_repeats_itself() {
    for seed in seeds(40) {
        let [first, second] = [(); 2].map(|()| run(seed..seed + 1, &Options::default()));
        assert_eq!(first, second, "seed {seed}");
    }
}

#[test]
fn a_failure_says_what_how_and_how_to_see_it_again() {
    // A world that may do next to nothing does not come to its end.
    let options = Options {
        actions_max: 3,
        ..Options::default()
    };
    let failure = simulate_with(5, &options).unwrap_err();
    let said = failure.to_string();
    for part in [
        "seed 5, durability Sync",
        "did not come to its end in 3 actions",
        "\n    run 0 begins",
        "again: AGENTFLOW_SEED=5 cargo nextest run -p agentflow-testkit simulator",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}
