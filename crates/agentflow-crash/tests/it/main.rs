//! The proof itself in short, and that each of its parts finds what it is for.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(
    clippy::print_stdout,
    reason = "figures are worth reading, and what is skipped is said aloud"
)]

mod crash;
mod crash_leftovers;
mod evidence;
mod judge;
mod proxy;
