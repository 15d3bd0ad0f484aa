//! Kills real processes until a store is proved, or found out. Run: `cargo xtask crash`.
//!
//! With orders in its environment it is one of the children that are killed.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program talks to its terminal"
)]

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use agentflow_crash::args::{self, Wanted};
use agentflow_crash::child::{self, DONE, Ending, NO_ROOM, ORDERS};
use agentflow_crash::director::{self, Campaign, CampaignError, Progress, Report};
use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::signal::unix::{SignalKind, signal};

/// How often progress is told where nobody watches.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);
/// The status of a program that was interrupted.
const INTERRUPTED: u8 = 130;

// One thread: a child's death signal follows the thread that started it, and children
// start faster.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match std::env::var(ORDERS) {
        Ok(orders) => live(&orders).await,
        Err(_) => direct().await,
    }
}

async fn live(orders: &str) -> ExitCode {
    let lived = async {
        // Whatever ends the parent, no child stays behind.
        set_parent_process_death_signal(Some(Signal::KILL))?;
        let orders = serde_json::from_str(orders)?;
        Ok::<_, Box<dyn Error>>(child::live(orders).await?)
    };
    match lived.await {
        Ok(Ending::Done(state)) => {
            println!("{DONE}{state}");
            ExitCode::SUCCESS
        }
        Ok(Ending::NoRoom(error)) => {
            complain(&*error);
            ExitCode::from(NO_ROOM)
        }
        Err(error) => {
            complain(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn direct() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{}", args::USAGE);
        return ExitCode::SUCCESS;
    }
    let wanted = match args::parse(words.into_iter()) {
        Ok(wanted) => wanted,
        Err(error) => {
            eprint!("{error}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    let began = Instant::now();
    match prove(wanted).await {
        Ok(Some(report)) => {
            print!("{report}");
            println!("{:>7.1}  seconds", began.elapsed().as_secs_f64());
            let is_complete = wanted.trial.is_some() || report.is_complete();
            if !is_complete {
                eprintln!("fewer kills than were asked for: this proves too little");
            }
            match report.holds() && is_complete {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            }
        }
        Ok(None) => {
            eprintln!("\ninterrupted; nothing is left behind");
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Carries out the campaign; `None` if somebody wants it to end before.
async fn prove(wanted: Wanted) -> Result<Option<Report>, CampaignError> {
    let seed = wanted.seed.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        u64::from(since.unwrap_or_default().subsec_nanos())
    });
    println!("{}, seed {seed}, {} kills", wanted.backend, wanted.kills);
    let campaign = Campaign {
        program: std::env::current_exe()?,
        backend: wanted.backend,
        kills: wanted.kills,
        seed,
        only: wanted.trial,
    };
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    // The terminal was closed, or somebody is impatient.
    let (mut hang_up, mut quit) = (signal(SignalKind::hangup())?, signal(SignalKind::quit())?);
    let mut teller = Teller::new();
    tokio::select! {
        report = director::run(&campaign, |progress| teller.tell(progress)) => {
            teller.end();
            report.map(Some)
        }
        _ = interrupt.recv() => Ok(None),
        _ = terminate.recv() => Ok(None),
        _ = hang_up.recv() => Ok(None),
        _ = quit.recv() => Ok(None),
    }
}

/// Tells progress: on one line of a terminal, elsewhere now and then on a line of its own.
struct Teller {
    is_terminal: bool,
    told: Instant,
}

impl Teller {
    fn new() -> Self {
        Self {
            is_terminal: std::io::stderr().is_terminal(),
            told: Instant::now(),
        }
    }

    fn tell(&mut self, progress: Progress) {
        let Progress {
            figures,
            wanted,
            trials,
            ..
        } = progress;
        let line = format!(
            "{} of {} trials, {} of {wanted} kills, {} resumed, {} violations",
            figures.trials,
            trials.max(figures.trials as usize),
            figures.kills,
            figures.resumed,
            figures.violations
        );
        if self.is_terminal {
            eprint!("\r{line}\x1b[K");
        } else if self.told.elapsed() > PROGRESS_INTERVAL {
            self.told = Instant::now();
            eprintln!("{line}");
        }
    }

    fn end(&self) {
        if self.is_terminal {
            eprintln!();
        }
    }
}

fn complain(error: &(dyn Error + 'static)) {
    eprintln!("agentflow-crash: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
}
