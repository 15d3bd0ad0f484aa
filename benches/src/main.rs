//! One benchmark case in one process: runs it, prints one line of JSON.
//!
//! What this program does not have, a case, a backend or an option, ends it with
//! exit code 64, so that whoever compares programs skips that point.

mod args;
mod cases;
mod counted;
mod latency;
mod process;
mod report;

use std::process::ExitCode;

use args::Args;

/// What the program says when it does not have what it is asked for.
const NOT_THERE: u8 = 64;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(args) = Args::parse(std::env::args().skip(1)) else {
        return ExitCode::from(NOT_THERE);
    };
    let base_mib = process::rss_now_mib();
    match cases::run(&args).await {
        Ok(Some(measured)) => {
            report::print(&args, base_mib, &measured);
            ExitCode::SUCCESS
        }
        Ok(None) => ExitCode::from(NOT_THERE),
        Err(error) => {
            report::print_error(&*error);
            ExitCode::FAILURE
        }
    }
}
