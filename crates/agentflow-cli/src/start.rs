//! From the process's arguments to its exit code.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;
use tracing_subscriber::EnvFilter;

use crate::args::RunArgs;
use crate::console::Console;
use crate::error::{CliError, describe};
use crate::exit::Exit;
use crate::prepare::MakeDemo;
use crate::progress::Reporter;
use crate::report::RunReport;
use crate::run::run;

/// How long work of the runtime's own may go on after the end.
const SHUTDOWN_MAX: Duration = Duration::from_secs(2);

/// Reads the process's arguments as `P`. Where they are wrong or ask for help, that is
/// printed, and the exit code to end with is returned.
///
/// # Errors
/// The exit code: 0 after help, 2 after a mistake.
pub fn parse<P: Parser>() -> Result<P, ExitCode> {
    let words: Vec<OsString> = std::env::args_os().collect();
    P::try_parse_from(&words).map_err(|error| {
        // Nobody can be told that nobody can be told.
        let _ = error.print();
        if matches!(
            error.kind(),
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
        ) {
            return Exit::Merged.into();
        }
        if words.iter().any(|word| word == "--json") {
            let words = error.to_string();
            let words = words.lines().next().unwrap_or_default().to_owned();
            Reporter::new(Console::of_process(), true)
                .end(&RunReport::failed(Exit::Usage, words), "");
        }
        Exit::Usage.into()
    })
}

/// Runs a command to its end in a runtime of its own.
pub fn run_to_end(args: RunArgs, demo: Option<MakeDemo>) -> ExitCode {
    log_to_stderr();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(source) => {
            let error = CliError::Setup(source);
            let mut reporter = Reporter::new(Console::of_process(), args.json);
            reporter.error(&describe(&error));
            reporter.end(&RunReport::failed(error.exit(), describe(&error)), "");
            return error.exit().into();
        }
    };
    let exit = runtime.block_on(run(args, demo, Console::of_process()));
    runtime.shutdown_timeout(SHUTDOWN_MAX);
    exit.into()
}

/// Logs only where `RUST_LOG` asks for it: the display is for people, the log for us.
fn log_to_stderr() {
    if let Ok(filter) = EnvFilter::try_from_default_env() {
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        // A program that has set up its own log keeps it.
        let _ = log.try_init();
    }
}
