//! One benchmark case in one process: runs it, prints one line of JSON.
//!
//! What this program does not have, a case, a backend or an option, ends it with
//! exit code 64, so that whoever compares programs skips that point.

mod args;
mod cases;
mod content;
mod counted;
mod latency;
mod limit;
mod process;
mod report;

use std::process::ExitCode;

use args::Args;
use mimalloc::MiMalloc;
use tokio::runtime::{Builder, Runtime};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What the program says when it does not have what it is asked for.
const NOT_THERE: u8 = 64;

fn main() -> ExitCode {
    let Some(args) = Args::parse(std::env::args().skip(1)) else {
        return ExitCode::from(NOT_THERE);
    };
    let base_mib = process::rss_now_mib();
    match runtime(&args).and_then(|runtime| runtime.block_on(cases::run(&args))) {
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

/// One core for a thread's own speed; all of them where many threads run at once.
fn runtime(args: &Args) -> Result<Runtime, cases::Failure> {
    let mut builder = match args.case.as_str() {
        "concurrent" => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    Ok(builder.enable_all().build()?)
}
