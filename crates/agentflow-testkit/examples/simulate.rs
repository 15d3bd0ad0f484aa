//! Runs many seeds of the simulator and stops at the first that fails.
//! Run: `cargo run --release -p agentflow-testkit --example simulate -- --seeds 1000`
//! Prints how far it is every few seconds, and at the end what happened in all worlds:
//! `1000 seeds from 0 hold: 4000 worlds, …`. `--events` says how many a failure shows. No network.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program talks to its terminal"
)]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use agentflow_testkit::simulator::{Failure, Options, Report, simulate_with};

/// How often progress is told.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let wanted = match parse(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(wrong) => {
            eprintln!("{wrong}; usage: simulate [--seeds N] [--from S] [--events N]");
            return ExitCode::from(2);
        }
    };
    let Wanted { seeds, from, .. } = wanted;
    let all = All {
        wanted,
        begun: AtomicU64::new(0),
        done: Mutex::new((0, Report::default(), Instant::now())),
        failure: Mutex::new(None),
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| all.run());
        }
    });
    if let Some(failure) = all
        .failure
        .lock()
        .ok()
        .and_then(|mut failure| failure.take())
    {
        eprintln!("{failure}");
        return ExitCode::FAILURE;
    }
    let report = all.done.lock().map(|done| done.1).unwrap_or_default();
    println!("{seeds} seeds from {from} hold: {report}");
    ExitCode::SUCCESS
}

/// What the command line asks for.
struct Wanted {
    seeds: u64,
    from: u64,
    options: Options,
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted {
        seeds: 1_000,
        from: 0,
        options: Options::default(),
    };
    while let Some(word) = words.next() {
        let number = words.next().and_then(|number| number.parse().ok());
        match (word.as_str(), number) {
            ("--seeds", Some(number)) => wanted.seeds = number,
            ("--from", Some(number)) => wanted.from = number,
            ("--events", Some(number)) => wanted.options.events_max = number as usize,
            _ => return Err(format!("`{word}` is no option with a number")),
        }
    }
    Ok(wanted)
}

/// All seeds, shared by the threads that run them.
struct All {
    wanted: Wanted,
    begun: AtomicU64,
    /// How many are done, what happened in them, and when this was told last.
    done: Mutex<(u64, Report, Instant)>,
    failure: Mutex<Option<Box<Failure>>>,
}

impl All {
    fn run(&self) {
        loop {
            let next = self.begun.fetch_add(1, Ordering::Relaxed);
            if next >= self.wanted.seeds || self.failure.lock().is_ok_and(|found| found.is_some()) {
                return;
            }
            match simulate_with(self.wanted.from + next, &self.wanted.options) {
                Ok(report) => self.note(report),
                Err(failure) => {
                    if let Ok(mut found) = self.failure.lock() {
                        found.get_or_insert(Box::new(failure));
                    }
                }
            }
        }
    }

    fn note(&self, report: Report) {
        let Ok(mut done) = self.done.lock() else {
            return;
        };
        done.0 += 1;
        done.1 += report;
        if done.2.elapsed() > PROGRESS_INTERVAL {
            done.2 = Instant::now();
            println!("{} of {} seeds: {}", done.0, self.wanted.seeds, done.1);
        }
    }
}
